"""Keys, users and roles in a real browser: the settings (G4)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product

Visit = Callable[[str, str], Page]

# The product and its database stay for all tests.
NUMBERS = itertools.count(1)


@pytest.fixture
def visit(chromium: Browser, product: Product) -> Iterator[Visit]:
    """Return what signs a person in, in a browser of the person's own."""
    contexts = []

    def open_page(name: str, password: str) -> Page:
        context = chromium.new_context(base_url=product.address, locale="en-GB")
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Home")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()


def ask_with(product: Product, token: str) -> int:
    """Ask the API with a key; return the status of the answer."""
    request = Request(f"{product.address}/api/products/", headers={"X-API-Key": token})
    try:
        with urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def make_key(page: Page, name: str) -> str:
    """Make a key in the modal and return its token."""
    page.goto("/settings/keys/")
    page.get_by_role("button", name="New key").click()
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy")).to_be_focused()
    return page.get_by_label("Token", exact=True).input_value()


def create_user(page: Page, role: str) -> tuple[str, str]:
    """Create a user in the modal and return name and password."""
    name = f"person-{next(NUMBERS)}"
    page.goto("/settings/users/")
    page.get_by_role("button", name="New user").click()
    page.get_by_label("User name").fill(name)
    page.get_by_label(role).check()
    page.get_by_role("button", name="Create the user").click()
    password = page.get_by_role("textbox", name="Password").input_value()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("rowheader", name=name)).to_be_visible()
    return name, password


def test_a_key_is_made_copied_used_and_revoked(page: Page, product: Product) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    name = f"crawler {next(NUMBERS)}"
    token = make_key(page, name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.get_by_role("button", name="I have copied it").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Live")
    expect(page.get_by_role("button", name="New key")).to_be_focused()
    assert token not in page.content()
    assert ask_with(product, token) == HTTPStatus.OK
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator(".toast")).to_contain_text("is revoked")
    expect(row).to_contain_text("Revoked")
    expect(row.get_by_role("button")).to_have_count(0)
    assert ask_with(product, token) == HTTPStatus.UNAUTHORIZED


def test_a_rotation_gives_a_second_token_and_the_first_works_on(
    page: Page, product: Product
) -> None:
    name = f"crawler {next(NUMBERS)}"
    old = make_key(page, name)
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("button", name=f"Rotate {name}").click()
    page.get_by_label("Hours for which the old token works on").fill("200")
    page.get_by_role("button", name="Rotate the key").click()
    expect(page.locator(".field-error")).to_contain_text("less than or equal to 168")
    page.get_by_label("Hours for which the old token works on").fill("1")
    page.get_by_role("button", name="Rotate the key").click()
    new = page.get_by_label("Token", exact=True).input_value()
    assert (ask_with(product, old), ask_with(product, new)) == (HTTPStatus.OK, HTTPStatus.OK)
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("row").filter(has_text=name)).to_have_count(2)


def test_the_modal_asks_for_what_is_missing_and_closes_by_the_keyboard(page: Page) -> None:
    page.goto("/settings/keys/")
    page.get_by_role("button", name="New key").click()
    name = page.get_by_label("Name")
    expect(name).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#id_name_error")).to_have_text("This field is required.")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-describedby", "id_name_helptext id_name_error")
    page.keyboard.press("Escape")
    expect(page.locator("#modal-frame")).to_be_hidden()
    expect(page.get_by_role("button", name="New key")).to_be_focused()


@pytest.mark.usefixtures("some_products")
def test_a_viewer_sees_nothing_to_change_until_he_is_made_an_editor(
    page: Page, visit: Visit
) -> None:
    name, password = create_user(page, "Viewer")
    theirs = visit(name, password)
    theirs.goto("/settings/keys/")
    expect(theirs.get_by_role("link", name="Password")).to_be_visible()
    expect(theirs.get_by_role("link", name="Users")).to_have_count(0)
    expect(theirs.get_by_role("link", name="Tables")).to_have_count(0)
    theirs.get_by_role("button", name="New key").click()
    expect(theirs.get_by_role("checkbox")).to_have_count(2)
    theirs.goto("/products/?sku=list-00")
    expect(theirs.locator("tbody tr")).to_have_count(10)
    edits = theirs.get_by_role("button", name=re.compile("Edit|Delete|New|Add"))
    expect(edits).to_have_count(0)
    page.get_by_role("button", name=f"Change the role of {name}").click()
    page.get_by_label("Editor").check()
    page.get_by_role("button", name="Give this role").click()
    expect(page.locator(".toast")).to_contain_text(f"{name} has the role Editor now.")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Editor")
    theirs.reload()
    expect(theirs.get_by_role("button", name="Edit LIST-000")).to_be_visible()
    theirs.goto("/settings/keys/")
    theirs.get_by_role("button", name="New key").click()
    expect(theirs.get_by_role("checkbox")).to_have_count(4)


def test_a_deactivated_user_is_out_at_the_next_click(page: Page, visit: Visit) -> None:
    name, password = create_user(page, "Editor")
    theirs = visit(name, password)
    page.get_by_role("button", name=f"Deactivate {name}").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("button", name=f"Reactivate {name}")).to_be_visible()
    theirs.get_by_role("link", name="Products", exact=True).click()
    expect(theirs.get_by_role("heading", name="Sign in")).to_be_visible()


def test_everybody_changes_the_own_password(page: Page, visit: Visit) -> None:
    name, password = create_user(page, "Viewer")
    theirs = visit(name, password)
    theirs.goto("/settings/password/")
    theirs.get_by_label("Old password").fill(password)
    theirs.get_by_label("New password", exact=True).fill("a word of my own")
    theirs.get_by_label("New password confirmation").fill("a word of my own")
    theirs.get_by_role("button", name="Change the password").click()
    expect(theirs.locator(".toast")).to_contain_text("Your password is changed.")
    visit(name, "a word of my own")


def test_too_many_wrong_passwords_lock_whatever_address_the_headers_claim(visitor: Page) -> None:
    name = f"nobody-{next(NUMBERS)}"
    for number in range(10):
        # The server in front of Django must not believe it either (ABUSE 14).
        visitor.set_extra_http_headers({"X-Forwarded-For": f"203.0.113.{number}"})
        visitor.goto("/sign-in/")
        visitor.get_by_label("User name").fill(name)
        visitor.get_by_label("Password").fill("wrong")
        visitor.get_by_role("button", name="Sign in").click()
        expect(visitor.get_by_text(re.compile("correct username|Too many"))).to_be_visible()
    expect(visitor.get_by_role("heading", name="Too many wrong passwords")).to_be_visible()
    expect(visitor.get_by_text(re.compile(r"Try again in 1\d minutes"))).to_be_visible()


def test_the_operators_tables_work_under_the_content_security_policy(page: Page) -> None:
    page.goto("/settings/keys/")
    page.get_by_role("link", name="Tables").click()
    expect(page.get_by_role("heading", name="Tables")).to_be_visible()
    page.get_by_role("link", name="Api keys").first.click()
    expect(page.get_by_role("heading", name="Select api key to view")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('#header')).display") == "flex"


@pytest.mark.parametrize("path", ["/settings/keys/", "/settings/users/", "/settings/password/"])
def test_on_a_phone_nothing_is_cut_off(page: Page, path: str) -> None:
    create_user(page, "Viewer")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    for element in ("document.documentElement", "document.querySelector('.table-responsive')"):
        too_wide = f"({element}?.scrollWidth ?? 0) > ({element}?.clientWidth ?? 0)"
        assert page.evaluate(too_wide) is False
