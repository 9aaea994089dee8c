"""Uploads that go straight to storage, on lines that break (A2); here it is the local storage."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.uploads import (
    PART_BYTES,
    Sent,
    arrived_parts,
    choose,
    expect_completed,
    expect_percent,
    kept_id,
    part_number,
    slow_line,
    state,
    unfinished,
    write_large_file,
)

SMALL = b"sku,name\nDIRECT-1,One\nDIRECT-2,Two\n"
PARTS = 6
SLOW = 20_000_000
# In percent, as many bytes as four parts have, which go side by side at first.
MORE_THAN_FOUR = "7[3-9]|[89]."
PUTS = re.compile(r"/storage/")
# The answer of the next PUT gets lost on its way back, as far as the page can tell.
LOSE_ANSWER = """() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
        XMLHttpRequest.prototype.send = send;
        Object.defineProperty(this, "status", { get: () => 0 });
        return send.call(this, body);
    };
}"""


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("direct") / "supplier.csv"
    write_large_file(path, PARTS * PART_BYTES - PART_BYTES // 2)
    return path


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.csv"
    path.write_bytes(SMALL)
    return path


@pytest.fixture
def imports(page: Page) -> Page:
    """Return the import page of somebody who leaves without being asked."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/imports/")
    return page


@pytest.fixture
def half_sent(imports: Page, large_file: Path) -> Page:
    """Return a page whose upload is paused: some parts are there, others were cut off."""
    with slow_line(imports, SLOW):
        choose(imports, large_file)
        expect_percent(imports, MORE_THAN_FOUR)
        imports.get_by_role("button", name="Pause").click()
    expect(state(imports)).to_have_text("Paused")
    assert 0 < len(arrived_parts(imports)) < PARTS
    return imports


def second_tab(page: Page) -> Page:
    tab = page.context.new_page()
    tab.goto("/imports/")
    return tab


# --- in one piece ---------------------------------------------------------------------------


def test_a_small_file_goes_in_one_piece_to_the_storage(imports: Page, small_file: Path) -> None:
    sent = Sent(imports)
    choose(imports, small_file)
    expect_completed(imports)
    (put,) = sent.puts()
    assert "/storage/" in put.url
    assert put.all_headers()["content-length"] == str(len(SMALL))
    assert "x-amz-checksum-crc32" in put.all_headers()
    assert not [each for each in sent.finished if each.url.endswith("/api/uploads/")]


def test_a_small_file_whose_answer_got_lost_is_not_sent_again(
    imports: Page, small_file: Path
) -> None:
    sent = Sent(imports)
    imports.evaluate(LOSE_ANSWER)
    choose(imports, small_file)
    expect_completed(imports)
    assert len(sent.puts()) == 1


def test_an_address_that_storage_refuses_is_replaced(imports: Page, small_file: Path) -> None:
    refused = refuse_first(imports, PUTS, 403)
    choose(imports, small_file)
    expect_completed(imports)
    assert len(refused) == 1


def test_a_server_that_is_down_is_asked_again_until_it_answers(
    imports: Page, small_file: Path
) -> None:
    imports.route("**/create-upload/", lambda route: route.fulfill(status=503, body=""))
    choose(imports, small_file)
    expect(state(imports)).to_have_text("The server cannot do that now")
    expect(imports.locator("#upload-again")).to_have_text(re.compile(r"Trying again in \d+ s\."))
    imports.unroute("**/create-upload/")
    imports.get_by_role("button", name="Try now").click()
    expect_completed(imports)


def test_a_browser_without_a_database_uploads_too(imports: Page, small_file: Path) -> None:
    imports.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    imports.reload()
    choose(imports, small_file)
    expect_completed(imports)


def test_a_browser_that_cannot_reach_the_storage_is_offered_the_way_through_the_server(
    imports: Page, small_file: Path
) -> None:
    imports.route(PUTS, lambda route: route.abort())
    choose(imports, small_file)
    for _ in range(2):
        expect(state(imports)).to_have_text("No connection to the storage")
        expect(imports.get_by_text("this browser cannot reach the storage")).to_be_hidden()
        imports.get_by_role("button", name="Try now").click()
        expect(imports.get_by_role("button", name="Try now")).to_be_visible()
    expect(imports.get_by_text("this browser cannot reach the storage")).to_be_visible()
    with imports.expect_request("**/api/uploads/"):
        imports.get_by_role("button", name="Send through the server instead").click()
    expect_completed(imports)


# --- in parts -------------------------------------------------------------------------------


def test_a_paused_upload_sends_only_what_is_missing(half_sent: Page) -> None:
    arrived, sent = arrived_parts(half_sent), Sent(half_sent)
    half_sent.get_by_role("button", name="Resume").click()
    expect_completed(half_sent)
    assert sent.is_only_rest_of(arrived)


def test_a_lost_connection_is_told_and_the_upload_goes_on_when_it_is_back(
    imports: Page, large_file: Path
) -> None:
    sent = Sent(imports)
    with slow_line(imports, SLOW) as line:
        choose(imports, large_file)
        expect_percent(imports, MORE_THAN_FOUR)
        line.cut()
        expect(state(imports)).to_have_text(re.compile("No connection to the (storage|server)"))
        expect(imports.get_by_role("button", name="Try now")).to_be_visible()
    # The line is back: the browser tells the page, and nobody has to click.
    expect_completed(imports)
    numbers = sent.part_numbers()
    assert len(numbers) == len(set(numbers)) <= PARTS


def test_parts_whose_answer_got_lost_are_not_sent_again(imports: Page, large_file: Path) -> None:
    sent = Sent(imports)
    imports.evaluate(LOSE_ANSWER)
    choose(imports, large_file)
    expect_completed(imports)
    assert sent.part_numbers() == list(range(1, PARTS + 1))


def test_a_part_that_storage_refuses_gets_a_new_address(imports: Page, large_file: Path) -> None:
    refused = refuse_first(imports, PUTS, 403)
    sent = Sent(imports)
    choose(imports, large_file)
    expect_completed(imports)
    again = [each for each in sent.puts() if part_number(each) == part_number(refused[0])]
    assert [each.url == refused[0].url for each in again] == [False]


def test_a_storage_that_refuses_all_stops_the_upload_which_can_be_tried_again(
    imports: Page, large_file: Path
) -> None:
    imports.route(PUTS, lambda route: route.fulfill(status=403))
    choose(imports, large_file)
    sentence = re.compile(
        r"The storage refused part \d of the file 3 times \(403\)\. .*check_storage"
    )
    expect(imports.get_by_role("alert")).to_have_text(sentence)
    expect(state(imports)).to_have_text("Stopped")
    imports.unroute(PUTS)
    imports.get_by_role("button", name="Try again").click()
    expect_completed(imports)


def test_an_upload_that_the_storage_has_forgotten_begins_again(half_sent: Page) -> None:
    sent = Sent(half_sent)
    refuse_first(half_sent, PUTS, 404)
    with slow_line(half_sent, SLOW):
        half_sent.get_by_role("button", name="Resume").click()
        expect(half_sent.locator("#upload-note")).to_have_text(
            "The storage does not know this upload any more. It is sent again from the beginning."
        )
    expect_completed(half_sent)
    assert set(range(1, PARTS + 1)) <= set(sent.part_numbers())


def test_a_file_that_was_changed_meanwhile_has_to_be_chosen_again(
    half_sent: Page, large_file: Path
) -> None:
    before = large_file.stat().st_mtime
    os.utime(large_file, (before, before + 60))
    try:
        half_sent.get_by_role("button", name="Resume").click()
        expect(half_sent.get_by_role("alert")).to_have_text(
            "The file was changed, moved or deleted while it was sent. Choose it again."
        )
        expect(half_sent.get_by_role("button", name="Choose a file")).to_be_focused()
    finally:
        os.utime(large_file, (before, before))


# --- another time, another tab ----------------------------------------------------------------


def test_the_same_file_goes_on_after_a_reload(half_sent: Page, large_file: Path) -> None:
    half_sent.reload()
    listed = unfinished(half_sent)
    sentence = r"supplier\.csv: \d\d % is already there, expires to(day|morrow) \d\d:\d\d\. "
    expect(listed).to_contain_text(re.compile(sentence + "Choose the file again to go on"))
    arrived, sent = arrived_parts(half_sent), Sent(half_sent)
    with half_sent.expect_file_chooser() as chooser:
        listed.get_by_role("button", name="Go on with supplier.csv").click()
    chooser.value.set_files(large_file)
    expect_completed(half_sent)
    assert sent.is_only_rest_of(arrived)
    half_sent.goto("/imports/")
    expect(half_sent.get_by_role("button", name="Choose a file")).to_be_visible()
    expect(listed).to_be_hidden()


@pytest.fixture
def half_sent_with_options(imports: Page, large_file: Path) -> Page:
    """Return a page that was left in the middle of an upload, with options, and opened anew."""
    imports.get_by_label("Show me first what it would do").check()
    imports.get_by_text("More options").click()
    imports.get_by_label("What it may do").select_option("Only create")
    imports.get_by_label("Source", exact=True).fill("Half & half")
    with slow_line(imports, SLOW):
        choose(imports, large_file)
        expect_percent(imports, MORE_THAN_FOUR)
        imports.get_by_role("button", name="Pause").click()
    expect(state(imports)).to_have_text("Paused")
    imports.reload()
    expect(imports.get_by_label("Show me first what it would do")).not_to_be_checked()
    return imports


def expect_options_of_the_beginning(page: Page) -> None:
    expect(page.locator("#import .job-line .status")).to_have_text("Needs review")
    facts = page.locator(".facts")
    expect(facts).to_contain_text("only create")
    expect(facts).to_contain_text("Half & half")


def test_what_was_said_of_a_file_counts_when_it_goes_on(
    half_sent_with_options: Page, large_file: Path
) -> None:
    page = half_sent_with_options
    expect(unfinished(page)).to_contain_text(
        "Options: shown first, only create, source Half & half."
    )
    with page.expect_file_chooser() as chooser:
        unfinished(page).get_by_role("button", name="Go on with supplier.csv").click()
    expect(page.get_by_label("Source", exact=True)).to_have_value("Half & half")
    chooser.value.set_files(large_file)
    expect_options_of_the_beginning(page)


def test_what_was_said_of_a_file_counts_when_it_is_only_chosen_again(
    half_sent_with_options: Page, large_file: Path
) -> None:
    page = half_sent_with_options
    with slow_line(page, SLOW):
        choose(page, large_file)
        expect(page.locator("#upload-note")).to_have_text(
            "It goes on as it was begun. Options: shown first, only create, source Half & half."
        )
    expect_options_of_the_beginning(page)


def test_what_is_said_anew_counts_when_a_file_goes_on(
    half_sent_with_options: Page, large_file: Path
) -> None:
    page = half_sent_with_options
    with page.expect_file_chooser():
        unfinished(page).get_by_role("button", name="Go on with supplier.csv").click()
    page.get_by_label("Source", exact=True).fill("Another")
    choose(page, large_file)
    expect(page.locator("#import .job-line .status")).to_have_text("Needs review")
    expect(page.locator(".facts")).to_contain_text("Another")
    expect(page.locator(".facts")).to_contain_text("only create")


def test_another_file_begins_a_new_upload_and_the_unfinished_one_stays(
    half_sent: Page, small_file: Path
) -> None:
    half_sent.reload()
    expect(unfinished(half_sent)).to_contain_text("supplier.csv")
    choose(half_sent, small_file)
    expect_completed(half_sent)
    half_sent.goto("/imports/")
    expect(unfinished(half_sent)).to_contain_text("supplier.csv")
    expect(unfinished(half_sent)).not_to_contain_text("small.csv")


def test_two_tabs_do_not_send_the_same_upload(half_sent: Page, large_file: Path) -> None:
    tab = second_tab(half_sent)
    expect(unfinished(tab)).to_contain_text("supplier.csv: is being sent in another tab.")
    expect(tab.get_by_role("button", name="Discard supplier.csv")).to_be_hidden()
    choose(tab, large_file)
    expect(tab.get_by_role("alert")).to_have_text(
        "Another tab is sending this file. Go on there, or close that tab."
    )
    half_sent.close()
    arrived, sent = arrived_parts(tab), Sent(tab)
    tab.get_by_role("button", name="Try again").click()
    expect_completed(tab)
    assert sent.is_only_rest_of(arrived)


@pytest.mark.parametrize("deed", ["Cancel", "Discard supplier.csv"])
def test_what_is_given_up_is_forgotten_here_and_there(half_sent: Page, deed: str) -> None:
    upload_id = kept_id(half_sent)
    if deed != "Cancel":
        half_sent.reload()
    with half_sent.expect_response(lambda response: response.request.method == "DELETE") as answer:
        half_sent.get_by_role("button", name=deed).click()
    assert answer.value.status == 204
    expect(unfinished(half_sent)).to_be_hidden()
    assert half_sent.request.get(f"/api/imports/uploads/{upload_id}/").status == 404


def refuse_first(page: Page, addresses: re.Pattern[str], status: int) -> list[Request]:
    """Refuse the first request to some addresses; return the list that holds it then."""
    refused: list[Request] = []

    def answer(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request)
        route.fulfill(status=status, body="")

    page.route(addresses, answer)
    return refused
