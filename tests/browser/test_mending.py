"""Mending rejected rows in the page, in a real browser (A9)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import shown_counts
from tests.browser.test_import import drop, expect_status

FILE = b"sku,name,price,shelf\nMEND-1,Apple,1.50,7\nMEND-2,Pear,cheap,8\n,Plum,2.50,9\n"


def import_it(page: Page, content: bytes = FILE) -> None:
    page.goto("/imports/")
    drop(page, ("to-mend.csv", content))
    expect_status(page, "Completed")
    page.get_by_role("link", name="Mend them here").click()
    expect(page.get_by_role("heading", name="Mend 2 rows")).to_be_visible()


def test_two_rejected_rows_are_mended_and_imported(page: Page) -> None:
    import_it(page)
    second, third = page.get_by_role("group").all()
    price = second.get_by_label("price")
    expect(price).to_have_value("cheap")
    expect(price).to_have_attribute("aria-invalid", "true")
    price.fill("2")
    third.get_by_label("sku").fill("MEND-3")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="to-mend-mended.csv")).to_be_visible()
    expect_status(page, "Completed")
    counts = shown_counts(page)
    assert (counts["Rows"], counts["Failed"]) == (2, 0)
    page.get_by_role("link", name="to-mend.csv").click()
    expect(page.get_by_text("2 rows were mended in to-mend-mended.csv")).to_be_visible()
    page.goto("/products/?sku=MEND-")
    expect(page.locator("tbody th")).to_have_text(["MEND-1", "MEND-2", "MEND-3"])


def test_a_row_can_be_left_out_but_not_all(page: Page) -> None:
    import_it(page, FILE.replace(b"MEND", b"LEFT"))
    page.get_by_label("Leave out line 3").check()
    page.get_by_label("Leave out line 4").check()
    page.get_by_role("button", name="Import the mended rows").click()
    expect(page.get_by_role("alert")).to_contain_text("Every row is left out")
    expect(page.get_by_label("Leave out line 3")).to_be_checked()
    page.get_by_label("Leave out line 3").uncheck()
    page.get_by_label("price").first.fill("2")
    page.get_by_role("button", name="Import the mended rows").click()
    expect_status(page, "Completed")
    assert shown_counts(page)["Rows"] == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_at_any_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    import_it(page, FILE.replace(b"MEND", f"W{width}".encode()))
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert page.evaluate(too_wide) is False
