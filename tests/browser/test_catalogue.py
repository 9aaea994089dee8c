"""Looking after the catalogue in a real browser: single and bulk edits, history (B2–B4)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Product


@pytest.fixture
def modal(page: Page) -> Locator:
    """Return the one modal of the pages."""
    return page.locator("#modal")


def toast(page: Page, text: str) -> Locator:
    return page.locator(".toast").filter(has_text=text)


def row(page: Page, sku: str) -> Locator:
    return page.locator("tbody tr").filter(has=page.get_by_role("link", name=sku, exact=True))


def create(page: Page, sku: str, **values: str) -> None:
    """Add a product as a person does it, and wait until it is there."""
    page.get_by_role("button", name="New product").click()
    modal = page.locator("#modal")
    for name, value in {"sku": sku, **values}.items():
        modal.locator(f"[name={name}]").fill(value)
    modal.get_by_role("button", name="Create").click()
    expect(toast(page, f"Created {sku}.")).to_be_visible()
    expect(modal).to_be_hidden()


def some(page: Page, prefix: str, number: int) -> None:
    """Bring products in by a file; again changes nothing."""
    lines = ["sku,name,active", *(f"{prefix}-{each:03},Thing,true" for each in range(number)), ""]
    page.goto("/imports/")
    page.locator("#file").set_input_files(
        {"name": f"{prefix}.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    )
    expect(page.locator("#import .job-line .status")).to_have_text("Completed")


def test_a_product_is_created_edited_after_a_mistake_and_its_history_tells_it(
    page: Page, modal: Locator
) -> None:
    page.goto("/products/")
    page.keyboard.press("n")
    expect(modal.get_by_label("SKU")).to_be_focused()
    page.keyboard.press("Escape")
    create(page, "EDIT-1", name="Desk lamp", price="19.90", currency="eur")
    page.goto("/products/?search=edit-1")
    expect(row(page, "EDIT-1")).to_contain_text("19.90 EUR")

    row(page, "EDIT-1").get_by_role("button", name="Edit").click()
    modal.get_by_label("Price").fill("cheap")
    modal.get_by_label("Name").fill("Floor lamp")
    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_text("This is not a price.")).to_be_visible()
    expect(modal.get_by_label("Price")).to_be_focused()
    expect(modal.get_by_label("Price")).to_have_value("cheap")
    expect(modal.get_by_label("Name")).to_have_value("Floor lamp")
    modal.get_by_label("Price").fill("25")
    modal.get_by_role("button", name="Save").click()
    expect(row(page, "EDIT-1")).to_contain_text("25.00 EUR")
    expect(modal).to_be_hidden()

    row(page, "EDIT-1").get_by_role("link", name="EDIT-1").click()
    expect(page.get_by_role("heading", name="Floor lamp")).to_be_visible()
    changes = page.locator(".event")
    expect(changes).to_have_count(2)
    expect(changes.first.locator("del")).to_have_text(["Desk lamp", "19.90"])
    expect(changes.first.locator("ins")).to_have_text(["Floor lamp", "25.00"])
    changes.first.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Desk lamp")).to_be_visible()
    expect(changes).to_have_count(3)


def test_what_two_people_edit_at_once_is_not_lost(page: Page, modal: Locator) -> None:
    page.goto("/products/")
    create(page, "BOTH-1", name="Lamp")
    page.goto("/products/?search=both-1")
    row(page, "BOTH-1").get_by_role("button", name="Edit").click()
    expect(modal.get_by_label("Name")).to_have_value("Lamp")

    other = page.context.new_page()
    other.goto("/products/?search=both-1")
    row(other, "BOTH-1").get_by_role("button", name="Edit").click()
    other.locator("#modal").get_by_label("Name").fill("Theirs")
    other.locator("#modal").get_by_role("button", name="Save").click()
    expect(row(other, "BOTH-1")).to_contain_text("Theirs")
    other.close()

    modal.get_by_label("Name").fill("Mine")
    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_role("alert")).to_contain_text("Somebody has changed this product")
    expect(modal.get_by_label("Name")).to_have_value("Mine")
    modal.get_by_role("button", name="Load what is there now").click()
    expect(modal.get_by_label("Name")).to_have_value("Theirs")


def test_a_deleted_product_is_brought_back_by_its_toast(page: Page) -> None:
    page.goto("/products/")
    create(page, "GONE-1", name="Lamp")
    page.goto("/products/?search=gone-1")
    row(page, "GONE-1").get_by_role("link", name="GONE-1").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("This product was deleted")).to_be_visible()
    toast(page, "Deleted GONE-1.").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("This product was deleted")).to_be_hidden()


def test_the_ticked_products_are_changed_together_and_it_can_be_undone(page: Page) -> None:
    some(page, "TICK", 12)
    page.goto("/products/?search=tick")
    bar = page.locator("#selection")
    expect(bar).to_be_hidden()
    page.get_by_label("Select TICK-002").check()
    page.get_by_label("Select TICK-005").click(modifiers=["Shift"])
    expect(bar.get_by_role("status")).to_have_text("4 selected")
    # Somebody else changes the list: it is loaded again, and the ticks stay.
    before = page.locator("#product-table").element_handle()
    page.evaluate("htmx.trigger(document.body, 'products-changed')")
    page.wait_for_function("table => !table.isConnected", arg=before)
    expect(bar.get_by_role("status")).to_have_text("4 selected")
    bar.get_by_role("button", name="Deactivate").click()
    done = toast(page, "Deactivated 4 products.")
    expect(page.locator("tbody .status", has_text="Inactive")).to_have_count(4)
    expect(bar).to_be_hidden()
    done.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody .status", has_text="Inactive")).to_have_count(0)
    expect(done).to_be_hidden()

    page.get_by_label("Select all on this page").check()
    bar.get_by_role("button", name="Delete").click()
    expect(page.locator("#confirm-question")).to_contain_text("Delete 12 products?")
    page.get_by_role("button", name="Go back").click()
    expect(page.locator("#confirm")).to_be_hidden()
    bar.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("heading", name="No product matches")).to_be_visible()
    toast(page, "Deleted 12 products.").get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(12)


def test_all_that_match_are_changed_in_the_background_and_undone_from_the_tray(
    page: Page,
) -> None:
    some(page, "MANY", 60)
    page.goto("/products/?search=many")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Select all 60 that match").click()
    bar = page.locator("#selection")
    expect(bar.get_by_role("status")).to_have_text("All 60 selected")
    bar.get_by_role("button", name="Deactivate").click()
    tray = page.get_by_role("complementary", name="Running jobs")
    expect(tray).to_contain_text("Deactivate products · Search: many")
    expect(tray.locator(".status")).to_have_text("Completed")
    # The list follows by itself.
    expect(page.locator("tbody .status", has_text="Inactive")).to_have_count(50)
    tray.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("heading", name="Undo: Deactivate products")).to_be_visible()
    expect(page.locator("#job .job-line .status")).to_have_text("Completed")
    page.goto("/products/?search=many&active=true")
    expect(page.get_by_text("1–50 of 60")).to_be_visible()


def test_everything_is_deleted_after_typing_the_number_and_comes_back(
    page: Page, modal: Locator
) -> None:
    some(page, "ALL", 30)
    page.goto("/")
    tile = page.get_by_role("link", name="Products", exact=False).filter(has=page.locator("strong"))
    number = tile.locator("strong").inner_text()
    page.goto("/products/")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete all products").click()
    modal.get_by_label(f"Type {number} to confirm").fill("7")
    modal.get_by_role("button", name="Delete all").click()
    expect(modal.get_by_text("Type exactly that number.")).to_be_visible()
    modal.get_by_label(f"Type {number} to confirm").fill(number)
    modal.get_by_role("button", name="Delete all").click()
    expect(page.get_by_role("heading", name="Delete all products")).to_be_visible()
    status = page.locator("#job .job-line .status")
    expect(status).to_have_text("Completed")
    expect(page.locator(".counts")).to_contain_text(number)
    job = page.url
    page.goto("/products/")
    expect(page.get_by_role("heading", name="The book is empty")).to_be_visible()
    page.goto(job)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("heading", name="Undo: Delete all products")).to_be_visible()
    expect(status).to_have_text("Completed")
    page.goto("/products/")
    expect(page.get_by_text(f"of {number}")).to_be_visible()


def test_a_waiting_bulk_edit_can_be_cancelled(page: Page, product: Product) -> None:
    some(page, "WAIT", 60)
    page.goto("/products/?search=wait")
    with product.paused_workers():
        page.get_by_label("Select all on this page").check()
        page.get_by_role("button", name="Select all 60 that match").click()
        page.locator("#selection").get_by_role("button", name="Delete").click()
        expect(page.locator("#confirm-question")).to_contain_text("Delete 60 products?")
        page.get_by_role("button", name="Yes, do it").click()
        tray = page.get_by_role("complementary", name="Running jobs")
        tray.get_by_role("link", name="Delete products · Search: wait").click()
        page.locator("#job").get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Yes, do it").click()
        expect(page.locator("#job .job-line .status")).to_have_text("Cancelled")
    page.goto("/products/?search=wait")
    expect(page.get_by_text("1–50 of 60")).to_be_visible()


@pytest.mark.usefixtures("some_products")
def test_the_keyboard_alone_moves_ticks_edits_and_opens(page: Page, modal: Locator) -> None:
    page.goto("/products/?search=list&sort=sku")
    lines = page.locator("tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(lines.nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("#selection").get_by_role("status")).to_have_text("2 selected")
    page.keyboard.press("e")
    expect(modal.get_by_label("SKU")).to_have_value("LIST-000")
    expect(modal.get_by_label("SKU")).to_be_focused()
    page.keyboard.press("Escape")
    expect(lines.first.get_by_role("button", name="Edit")).to_be_focused()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    # Not before it is all there does it listen to Escape.
    expect(keys).to_be_focused()
    page.keyboard.press("Escape")
    expect(lines.first).to_be_focused()
    page.keyboard.press("j")
    expect(lines.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/products/\d+/$"))


def test_a_hostile_name_stays_text_and_what_is_invisible_is_seen(page: Page) -> None:
    page.goto("/products/")
    create(page, "EVIL-1", name="<img src=x onerror=document.title='hit'>\u202egpj.exe")
    main = page.get_by_role("main")
    page.goto("/products/?search=evil-1")
    expect(main.get_by_text("U+202E")).to_be_visible()
    row(page, "EVIL-1").get_by_role("link", name="EVIL-1").click()
    expect(main.get_by_text("U+202E").first).to_be_visible()
    expect(main.locator("img")).to_have_count(0)
    expect(page).to_have_title("EVIL-1 · Pricebook")


@pytest.mark.usefixtures("some_products")
def test_a_chip_takes_its_filter_away(page: Page) -> None:
    page.goto("/products/?search=list-00&active=false")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Remove the filter Inactive").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page).to_have_url(re.compile(r"\?search=list-00$"))


@pytest.mark.usefixtures("some_products")
def test_on_a_phone_nothing_is_cut_off(page: Page, modal: Locator) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    page.goto("/products/?search=list")
    page.get_by_label("Select LIST-001").check()
    assert page.evaluate(too_wide) is False
    page.get_by_role("link", name="LIST-001").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert page.evaluate(too_wide) is False
    page.get_by_role("button", name="Edit").click()
    expect(modal.get_by_role("button", name="Save")).to_be_in_viewport()
