"""The main job in a real browser: drop a file, watch it go in, see what was refused (A1, A8)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.conftest import Product, shown_counts

HEADER = ["sku", "name", "description", "price", "active"]
GOOD = [[f"DROP-{number}", f"Thing {number}", "One, two", "9.50", "true"] for number in range(20)]
BAD = [["DROP-X", "No price", "", "cheap", "true"], ["", "No SKU", "", "1.00", "true"]]
SLOW_ROWS = 200_000


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


SMALL = as_csv([HEADER, *GOOD, *BAD])


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file whose import takes long enough to be watched."""
    path = tmp_path_factory.mktemp("upload") / "large.csv"
    lines = (f"LARGE-{number},Thing number {number}\n" for number in range(SLOW_ROWS))
    path.write_text("sku,name\n" + "".join(lines))
    return path


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files on the drop zone, as the browser's own event."""
    carried = page.evaluate_handle(
        """files => {
            const carried = new DataTransfer();
            for (const [name, text] of files) carried.items.add(new File([text], name));
            return carried;
        }""",
        [[name, content.decode()] for name, content in files],
    )
    page.dispatch_event("#drop-zone", "drop", {"dataTransfer": carried})


def expect_status(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator("#import .job-line .status")).to_have_text(words)


def test_a_file_chosen_by_the_picker_is_imported_and_its_counts_are_the_files(page: Page) -> None:
    page.goto("/imports/")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "small.csv", "mimeType": "text/csv", "buffer": SMALL})
    expect(page.get_by_role("heading", name="small.csv")).to_be_visible()
    expect_status(page, "Completed")
    counts = shown_counts(page)
    assert counts["Rows"] == len(GOOD) + len(BAD)
    assert counts["Failed"] == len(BAD)
    assert counts.pop("Rows") == sum(counts.values())


def test_a_dropped_file_shows_its_rejects_and_they_can_be_downloaded(page: Page) -> None:
    page.goto("/imports/")
    drop(page, ("dropped.csv", SMALL))
    expect_status(page, "Completed")
    causes = page.locator(".cause")
    expect(causes).to_have_count(2)
    expect(causes.filter(has_text="This is not a price")).to_contain_text("cheap")
    causes.filter(has_text="The SKU is blank").get_by_text("The SKU is blank").click()
    expect(
        causes.filter(has_text="The SKU is blank").get_by_role("cell", name="23")
    ).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 2 rows").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    reasons = ["error_line", "error_column", "error_code", "error_message"]
    assert rows[0] == HEADER + reasons
    assert [row[: len(HEADER)] for row in rows[1:]] == BAD
    assert [row[len(HEADER) : len(HEADER) + 2] for row in rows[1:]] == [
        ["22", "price"],
        ["23", "sku"],
    ]


def test_the_progress_goes_on_after_a_reload(
    page: Page, product: Product, large_file: Path
) -> None:
    page.goto("/imports/")
    page.locator("#file").set_input_files(large_file)
    expect_status(page, "Reading the file")
    expect(page.locator('[data-value="percent"]')).to_have_text(re.compile("[1-9]"))
    with product.paused_workers():
        page.reload()
        expect_status(page, re.compile("Reading the file|Merging into the book"))
        expect(page.locator('[data-value="processed_rows"]')).to_have_text(re.compile("[1-9]"))
    expect_status(page, "Completed")
    assert shown_counts(page)["Rows"] == SLOW_ROWS


def test_the_tray_follows_the_person_and_a_waiting_import_can_be_cancelled_and_retried(
    page: Page, product: Product
) -> None:
    with product.paused_workers():
        page.goto("/imports/")
        drop(page, ("waits.csv", SMALL))
        expect_status(page, "Waiting")
        page.goto("/products/")
        tray = page.get_by_role("complementary", name="Running jobs")
        expect(tray).to_contain_text("waits.csv")
        tray.get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name="Yes, do it").click()
        expect(page.locator(".toast")).to_contain_text("Cancelled")
        expect(tray.locator(".status")).to_have_text("Cancelled")
        tray.get_by_role("link", name="waits.csv").click()
        expect_status(page, "Cancelled")
    page.get_by_role("button", name="Retry").click()
    expect_status(page, "Completed")


def test_two_files_at_once_are_refused_with_a_sentence(page: Page) -> None:
    page.goto("/imports/")
    drop(page, ("one.csv", SMALL), ("two.csv", SMALL))
    expect(page.get_by_role("alert")).to_have_text("One file at a time, please: these were 2.")


def test_what_the_server_refuses_is_shown_in_place(page: Page) -> None:
    page.goto("/imports/")
    page.route(
        "**/api/imports/create-upload/",
        lambda route: route.fulfill(
            status=413,
            content_type="application/problem+json",
            body='{"title": "Content Too Large", "detail": "The file is larger than the limit."}',
        ),
    )
    drop(page, ("huge.csv", SMALL))
    expect(page.get_by_role("alert")).to_have_text("The file is larger than the limit.")
    expect(page.get_by_role("button", name="Choose a file")).to_be_focused()


def test_a_file_that_is_no_product_file_fails_with_a_sentence(page: Page) -> None:
    page.goto("/imports/")
    drop(page, ("poem.csv", b"rain, rain\ngo, away\n"))
    expect_status(page, "Failed")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\w+ \w+.*\."))


@pytest.fixture
def slow_line(page: Page) -> Iterator[None]:
    """Let uploads of the page crawl."""
    session = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": 200_000})
    yield
    session.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": -1})


@pytest.mark.usefixtures("slow_line")
def test_an_upload_can_be_cancelled(page: Page, large_file: Path) -> None:
    page.goto("/imports/")
    page.locator("#file").set_input_files(large_file)
    expect(page.locator("#upload-figures")).to_contain_text("left")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    page.reload()
    expect(page.get_by_role("list", name="Unfinished uploads")).to_be_hidden()


@pytest.mark.usefixtures("slow_line")
def test_leaving_during_an_upload_asks_first_and_says_afterwards_what_was_cut_off(
    page: Page, large_file: Path
) -> None:
    page.goto("/imports/")
    page.locator("#file").set_input_files(large_file)
    expect(page.locator("#upload-figures")).to_contain_text("left")
    questions: list[str] = []

    def leave(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.reload()
    assert questions == ["beforeunload"]
    unfinished = page.get_by_role("list", name="Unfinished uploads")
    sentence = "large.csv: was not sent to its end. Choose the file again to send it."
    expect(unfinished).to_contain_text(sentence)
    unfinished.get_by_role("button", name="Discard large.csv").click()
    expect(unfinished).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    expect(unfinished).to_be_hidden()


def test_the_keyboard_alone_reaches_the_drop_zone_and_opens_the_picker(page: Page) -> None:
    page.goto("/imports/")
    button = page.get_by_role("button", name="Choose a file")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    assert chooser.value.is_multiple() is False
