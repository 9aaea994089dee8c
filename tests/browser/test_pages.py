"""Signing in, the look, and the product list, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in


def test_the_anonymous_is_sent_to_sign_in_and_then_to_where_he_wanted(visitor: Page) -> None:
    visitor.goto("/products/?sku=A")
    expect(visitor).to_have_url(re.compile("/sign-in/"))
    sign_in(visitor)
    expect(visitor).to_have_url(re.compile(r"/products/\?sku=A$"))


def test_a_wrong_password_is_answered_with_a_sentence(visitor: Page) -> None:
    visitor.goto("/")
    sign_in(visitor, "not the password")
    expect(visitor.get_by_role("alert")).to_contain_text("correct username and password")
    expect(visitor.get_by_label("User name")).to_have_value("admin")
    expect(visitor.get_by_label("Password")).to_be_focused()


def test_signing_out_closes_the_pages(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/products/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_theme_follows_the_system_until_a_person_chooses(page: Page) -> None:
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Light theme").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_on_a_phone_the_navigation_opens_and_nothing_is_cut_off(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/imports/")
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert page.evaluate(too_wide) is False
    expect(page.get_by_role("link", name="Products")).to_be_hidden()
    page.get_by_role("button", name="Open the navigation").click()
    page.get_by_role("link", name="Products").click()
    expect(page.get_by_role("heading", name="Products")).to_be_visible()
    assert page.evaluate(too_wide) is False


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/imports/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Sample file")).to_be_focused()


@pytest.mark.usefixtures("some_products")
def test_the_list_filters_as_one_types_and_keeps_it_in_the_address(page: Page) -> None:
    page.goto("/products/")
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search")
    expect(search).to_be_focused()
    page.keyboard.type("list-00")
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page).to_have_url(re.compile(r"/products/\?search=list-00$"))
    page.get_by_label("Active").select_option("Inactive")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?search=list-00&active=false$"))
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(search).to_have_value("list-00")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page.get_by_role("heading", name="Products")).to_be_visible()
    search.fill("no such thing")
    page.get_by_role("link", name="Clear the filters").click()
    expect(page).to_have_url(re.compile(r"/products/$"))


@pytest.mark.usefixtures("some_products")
def test_the_list_is_paged_and_sorted_within_its_filter(page: Page) -> None:
    page.goto("/products/?sku=list")
    first = page.locator("tbody th").first
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Next").click()
    expect(first).to_have_text("LIST-050")
    expect(page.get_by_text("51–60 of 60")).to_be_visible()
    page.locator("#sort-sku").click()
    expect(first).to_have_text("LIST-059")
    expect(page).to_have_url(re.compile(r"\?sku=list&sort=-sku$"))
