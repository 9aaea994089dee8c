"""Looking before an import changes anything, in a real browser (A11, A12)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import shown_counts
from tests.browser.test_import import drop, expect_status

FIRST = b"sku,name,price,currency\nLOOK-1,Apple,1.20,EUR\nLOOK-2,Pear,2.00,EUR\n"
SECOND = b"sku,name,price,currency\nLOOK-1,Apple,120,EUR\nLOOK-3,Plum,3.00,EUR\n"


def preview(page: Page, name: str, content: bytes) -> None:
    page.goto("/imports/")
    page.get_by_label("Show me first what it would do").check()
    drop(page, (name, content))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect_status(page, "Needs review")


def test_a_previewed_file_waits_says_what_it_would_do_and_goes_on_when_approved(page: Page) -> None:
    preview(page, "look.csv", FIRST)
    expect(page.get_by_text("Nothing has been changed yet.")).to_be_visible()
    counts = shown_counts(page)
    assert (counts["Rows"], counts["New"], counts["Changed"]) == (2, 2, 0)
    page.get_by_role("button", name="Import 2 products").click()
    expect_status(page, "Completed")
    expect(page.get_by_role("heading", name="What was approved")).to_be_visible()

    preview(page, "again.csv", SECOND)
    changed = page.get_by_role("listitem").filter(has_text="LOOK-1")
    expect(changed).to_contain_text(re.compile(r"Price\s*1\.20\s*120\.00"))
    expect(page.get_by_text("are these cents?")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect_status(page, "Cancelled")


def test_a_preview_that_is_not_the_latest_is_not_approved_and_the_latest_shows(page: Page) -> None:
    preview(page, "seen.csv", FIRST.replace(b"LOOK", b"SEEN"))
    # Somebody else reads the file in another way.
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("link", name="Change how it is read").click()
    other.get_by_label("name", exact=True).first.select_option("Brand")
    other.get_by_role("button", name="Read it so").click()
    expect_status(other, "Needs review")

    page.get_by_role("button", name="Import 2 products").click()
    expect(page.get_by_text("The import was looked at anew since you saw it.")).to_be_visible()
    expect(page.locator(".samples")).to_contain_text(re.compile(r"Brand\s*Apple"))
    page.get_by_role("button", name="Import 2 products").click()
    expect_status(page, "Completed")


def test_a_file_whose_prices_leap_stops_by_itself(page: Page) -> None:
    header = "sku,name,price,currency\n"
    rows = [f"LEAP-{number},Thing,1.00,EUR\n" for number in range(30)]
    page.goto("/imports/")
    drop(page, ("monday.csv", (header + "".join(rows)).encode()))
    expect_status(page, "Completed")
    page.goto("/imports/")
    drop(page, ("tuesday.csv", (header + "".join(rows).replace("1.00", "100")).encode()))
    expect_status(page, "Needs review")
    expect(page.get_by_text("30 prices move by more than 50 %")).to_be_visible()
    page.get_by_role("button", name="Import 30 products").click()
    expect_status(page, "Completed")
