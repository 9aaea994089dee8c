"""Saying how a file is to be read, as a person does it, in a real browser (A10, A15)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shown_counts
from tests.browser.test_import import drop, expect_status

GERMAN = "Nummer;Ware;Netto;Regal\nMAP-1;Äpfel;1.234,50;7\nMAP-2;Birnen;2,00;8\n".encode()
SHOPIFY = (
    b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Status\n"
    b"map-shirt,Shirt,Colour,Red,,19.00,active\nmap-shirt,,,Blue,,21.00,\n"
)
POINTS = b"sku,name,price\nPOINT-1,Apple,1.234\nPOINT-2,Pear,2.345\n"

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def import_file(page: Page, name: str, content: bytes) -> None:
    page.goto("/imports/")
    drop(page, (name, content))
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def open_mapping(page: Page) -> None:
    page.get_by_role("link", name="Change how it is read").first.click()
    expect(page.get_by_role("heading", name="How the file is read")).to_be_visible()


def read_it_so(page: Page) -> None:
    page.get_by_role("button", name="Read it so").click()
    expect_status(page, "Needs review")


def difference(page: Page, sku: str) -> Callable[[str | re.Pattern[str]], None]:
    """Return what expects a text at the sample of a product."""
    return expect(page.get_by_role("listitem").filter(has_text=sku)).to_contain_text


def test_columns_that_nobody_understands_are_chosen_previewed_and_imported(page: Page) -> None:
    import_file(page, "waren.csv", GERMAN)
    expect_status(page, "Failed")
    page.get_by_role("link", name="Choose the columns").click()
    row = page.get_by_role("row").filter(has_text="Netto")
    expect(row).to_contain_text("1.234,50")
    # By the keyboard alone: from one column to the next, and a letter chooses.
    page.get_by_label("Nummer", exact=True).first.focus()
    page.keyboard.type("SKU")
    page.keyboard.press("Tab")
    page.keyboard.type("Name")
    page.keyboard.press("Tab")
    page.keyboard.type("Price")
    page.get_by_label("Regal", exact=True).first.select_option("Kept as an attribute")
    page.get_by_label("Currency of prices that come without one").fill("EUR")
    page.get_by_label("Name of this mapping").fill("Waren")
    read_it_so(page)
    difference(page, "MAP-1")(re.compile(r"Price\s*1,234\.50"))
    page.get_by_role("button", name="Import 2 products").click()
    expect_status(page, "Completed")

    # The next one is read so by itself.
    import_file(page, "waren2.csv", GERMAN.replace(b"2,00", b"3,00"))
    expect_status(page, "Completed")
    expect(page.locator(".facts")).to_contain_text("Waren")
    assert shown_counts(page)["Updated"] == 1
    page.goto("/settings/mappings/")
    expect(page.get_by_role("row").filter(has_text="Waren")).to_contain_text("Nummer → SKU")


def test_a_source_is_renamed_and_forgotten(page: Page) -> None:
    page.goto("/imports/")
    page.get_by_text("More options").click()
    page.get_by_label("Source", exact=True).fill("Nroth & Co")
    drop(page, ("north.csv", POINTS.replace(b"POINT", b"NORTH")))
    expect_status(page, "Completed")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Sources").click()
    row = page.get_by_role("row").filter(has_text=re.compile("N[ro]+th & Co"))
    expect(row).to_contain_text(re.compile(r"Nroth & Co\s*2\s*2"))
    row.get_by_role("button", name="Rename Nroth & Co").click()
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    name.fill("North & Co")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("North & Co")
    expect(row.get_by_role("button", name="Rename North & Co")).to_be_focused()
    row.get_by_role("button", name="Forget North & Co").click()
    expect(page.get_by_text("Forget North & Co and what its last file held?")).to_be_visible()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("North & Co is forgotten.")).to_be_visible()
    expect(row).to_be_hidden()


def test_what_is_wrong_is_told_at_its_column(page: Page) -> None:
    import_file(page, "wrong.csv", POINTS.replace(b"POINT", b"WRONG"))
    expect_status(page, "Completed")
    open_mapping(page)
    page.get_by_label("name", exact=True).first.select_option("Price")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_role("alert")).to_contain_text("More than one column holds the same")
    wrong = page.get_by_label("name", exact=True).first
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(re.compile("Choose one of them"))


def test_a_shopify_export_is_recognised(page: Page) -> None:
    import_file(page, "shop.csv", SHOPIFY)
    expect_status(page, "Completed")
    expect(page.locator(".facts")).to_contain_text("Shopify, recognised")
    page.goto("/products/?sku=map-shirt")
    expect(page.locator("tbody th")).to_have_text(["map-shirt-Blue", "map-shirt-Red"])


def test_another_start_shows_its_columns_at_once(page: Page) -> None:
    import_file(page, "start.csv", SHOPIFY.replace(b"map-", b"start-"))
    expect_status(page, "Completed")
    open_mapping(page)
    expect(page.get_by_role("checkbox", name="Handle")).to_be_checked()
    page.get_by_label("Start from").select_option("The words of the header alone")
    expect(page).to_have_url(re.compile(r"\?preset=none$"))
    page.get_by_text("Where the SKU is blank").first.click()
    expect(page.get_by_role("checkbox", name="Handle")).not_to_be_checked()


def test_another_decimal_mark_and_delimiter_change_what_the_preview_shows(page: Page) -> None:
    page.goto("/imports/")
    page.get_by_label("Show me first what it would do").check()
    drop(page, ("points.csv", POINTS))
    expect_status(page, "Needs review")
    difference(page, "POINT-1")(re.compile(r"Price\s*1\.234\b"))
    open_mapping(page)
    page.get_by_label("Decimal mark").select_option("Comma")
    page.get_by_label("Remember for files with this header").uncheck()
    read_it_so(page)
    difference(page, "POINT-1")(re.compile(r"Price\s*1,234\.00"))
    open_mapping(page)
    page.get_by_label("Delimiter").select_option("Tab")
    page.get_by_label("Remember for files with this header").uncheck()
    page.get_by_role("button", name="Read it so").click()
    expect_status(page, "Failed")
    page.get_by_role("link", name="Choose the columns").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_label("Delimiter").select_option("Find it out")
    page.get_by_label("Remember for files with this header").uncheck()
    read_it_so(page)
    page.get_by_role("button", name="Import 2 products").click()
    expect_status(page, "Completed")


def test_what_a_source_has_no_more_is_switched_off_after_a_look_and_back_on_by_undo(
    page: Page,
) -> None:
    rows = [f"ACME-{number},Thing\n" for number in range(40)]

    def send(name: str, count: int) -> None:
        page.goto("/imports/")
        page.get_by_text("More options").click()
        page.get_by_label("Switch off what this source had").check()
        drop(page, (name, ("sku,name\n" + "".join(rows[:count])).encode()))
        expect(page.get_by_role("alert")).to_contain_text("Name the source")
        page.get_by_label("Source", exact=True).fill("Acme")
        drop(page, (name, ("sku,name\n" + "".join(rows[:count])).encode()))
        expect(page.get_by_role("heading", name=name)).to_be_visible()

    send("all.csv", 40)
    expect_status(page, "Completed")
    send("half.csv", 10)
    expect_status(page, "Needs review")
    expect(page.get_by_text("30 products of Acme are missing from the file")).to_be_visible()
    page.get_by_role("button", name="Switch off 30 products").click()
    expect_status(page, "Completed")
    off = page.get_by_text("30 products of Acme that the file does not have were switched off.")
    expect(off).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("heading", name="Undo: half.csv")).to_be_visible()
    expect(page.locator("#job .status")).to_have_text("Completed")
    page.goto("/products/?sku=ACME-39&active=true")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_at_any_width(page: Page, width: int) -> None:
    import_file(page, f"{width}.csv", SHOPIFY.replace(b"map-", b"wide-"))
    expect_status(page, "Completed")
    page.set_viewport_size({"width": width, "height": 844})
    open_mapping(page)
    assert page.evaluate(TOO_WIDE) is False
    page.goto("/settings/mappings/")
    assert page.evaluate(TOO_WIDE) is False
