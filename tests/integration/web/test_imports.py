"""The import pages (A1, A7, A9, A13)."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from pricebook.catalogue.modes import Mode
from pricebook.catalogue.sources import find_source
from pricebook.feed.choices import Choices
from pricebook.feed.outline import fingerprint
from pricebook.imports.mappings import save_mapping
from pricebook.imports.mending import mend as mend_rows
from pricebook.imports.mending import read_rejects
from pricebook.imports.models import Import, RejectCause, RejectedRow
from pricebook.imports.options import Options
from pricebook.imports.outlines import outline_of
from pricebook.imports.remap import remap_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import an_import, imported
from tests.integration.web.conftest import MakeImport

pytestmark = pytest.mark.django_db

HOSTILE = '<img src=x onerror="alert(1)">.csv'
ESCAPED = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;.csv"


def shown_counts(html: str) -> dict[str, int]:
    """Return the counts that a page shows, by the name of their field."""
    found = re.findall(r'<dd data-value="(\w+)">([\d,]+)</dd>', html)
    return {name: int(number.replace(",", "")) for name, number in found}


def shown_mapping(html: str) -> str:
    """Return what the page of an import says that its columns were read by."""
    return "".join(re.findall("<dt>Mapping</dt><dd><bdi>(.*?)</bdi></dd>", html))


def test_without_imports_the_page_says_what_to_do(browser: Client) -> None:
    html = browser.get("/imports/").text
    assert "Nothing was imported yet" in html
    assert "/sample_products.csv" in html


@pytest.mark.parametrize("path", ["/", "/imports/"])
def test_a_viewer_is_offered_no_upload(viewer: Client, browser: Client, path: str) -> None:
    assert 'id="drop-zone"' in browser.get(path).text
    html = viewer.get(path, headers={"HX-Request": ""}).text
    assert "<h1>" in html
    assert "drop-zone" not in html
    assert "upload.js" not in html


def test_the_history_shows_file_state_and_counts(browser: Client, make_import: MakeImport) -> None:
    make_import("spring.csv", status=Status.CANCELLED, total_rows=512_345, failed_rows=1_234)
    html = browser.get("/imports/").text
    for text in ("spring.csv", "Cancelled", "512,345", "1,234"):
        assert text in html


def test_the_history_is_filtered_by_the_address(browser: Client, make_import: MakeImport) -> None:
    make_import("bad.csv", status=Status.FAILED)
    make_import("good.csv", status=Status.COMPLETED)
    html = browser.get("/imports/?status=failed").text
    assert "bad.csv" in html
    assert "good.csv" not in html


def test_a_filter_that_makes_no_sense_filters_nothing(
    browser: Client, make_import: MakeImport
) -> None:
    make_import("good.csv")
    assert "good.csv" in browser.get("/imports/?status=perhaps&page=-7").text


def test_the_history_asks_again_soon_only_while_something_runs(
    browser: Client, make_import: MakeImport
) -> None:
    done = make_import(status=Status.COMPLETED)
    assert 'hx-trigger="every 20s"' in browser.get("/imports/").text
    Job.objects.filter(pk=done.pk).update(status=Status.PROCESSING)
    assert 'hx-trigger="every 2s"' in browser.get("/imports/").text


def test_htmx_gets_the_table_alone(htmx: Client) -> None:
    html = htmx.get("/imports/").text
    assert 'id="import-table"' in html
    assert "<html" not in html


def test_the_counts_of_an_import_add_up_on_its_page(browser: Client) -> None:
    job = imported("sku,name,price\nA,x,1\nB,y,2\nb,z,3\n,no sku,4\nC,bad price,five\n")
    counts = shown_counts(browser.get(f"/imports/{job.pk}/").text)
    total = counts.pop("total_rows")
    assert counts == {
        "created_rows": 2,
        "updated_rows": 0,
        "unchanged_rows": 0,
        "duplicate_rows": 1,
        "skipped_rows": 0,
        "failed_rows": 2,
    }
    assert total == sum(counts.values())


def test_the_page_says_how_the_file_was_read(browser: Client) -> None:
    job = imported("Preisliste 2026\nArtikelnummer;VKPreis;Lager\nA;1,50;3\nB;2,50;4\n")
    html = browser.get(f"/imports/{job.pk}/").text
    for text in ("semicolon", "line 2", "Artikelnummer", "VKPreis", "1 column not used", "Lager"):
        assert text in html


def test_rejects_are_grouped_by_cause_with_their_first_rows(browser: Client) -> None:
    lines = [f"A{number},{'cheap' if number < 30 else 1}" for number in range(40)]
    job = imported("\n".join(["sku,price", *lines, ",2", ""]))
    html = browser.get(f"/imports/{job.pk}/").text
    assert re.findall(r'<span class="cause-rows">(\d+)</span>', html) == ["30", "1"]
    assert html.count("<code>cheap</code>") == 10
    assert "The first 10 of 30; the download has them all." in html
    assert f"/api/imports/{job.pk}/rejects.csv" in html


def test_an_import_without_rejects_offers_no_download(browser: Client) -> None:
    job = imported("sku,name\nA,x\n")
    html = browser.get(f"/imports/{job.pk}/").text
    assert "every row of the file was understood" in html
    assert "rejects.csv" not in html


def test_a_failed_import_says_why_and_offers_another_try(
    browser: Client, make_import: MakeImport
) -> None:
    failed = make_import(status=Status.FAILED, error="No column looks like a SKU.")
    html = browser.get(f"/imports/{failed.pk}/").text
    assert "No column looks like a SKU." in html
    assert f"/jobs/{failed.pk}/retry/" in html


def test_a_running_import_can_be_cancelled_but_not_retried(
    browser: Client, make_import: MakeImport
) -> None:
    running = make_import(status=Status.PROCESSING)
    html = browser.get(f"/imports/{running.pk}/").text
    assert f"/jobs/{running.pk}/cancel/" in html
    assert f"/jobs/{running.pk}/retry/" not in html


def test_cancelling_stops_the_import(htmx: Client, make_import: MakeImport) -> None:
    waiting = make_import()
    response = htmx.post(f"/jobs/{waiting.pk}/cancel/")
    assert response.status_code == HTTPStatus.OK
    assert "Cancelled. What is in the book already stays there." in response.text
    assert Job.objects.get(pk=waiting.pk).status == Status.CANCELLED


def test_a_working_import_is_cancelled_at_its_next_step(
    htmx: Client, make_import: MakeImport
) -> None:
    working = make_import(status=Status.PROCESSING, lease_expires_at=timezone.now())
    response = htmx.post(f"/jobs/{working.pk}/cancel/")
    assert "Cancelling: it stops at its next step." in response.text
    assert "Cancelling …" in htmx.get(f"/imports/{working.pk}/").text


def test_what_cannot_be_done_now_is_a_toast(htmx: Client, make_import: MakeImport) -> None:
    done = make_import(status=Status.COMPLETED)
    for deed in ("cancel", "retry"):
        html = htmx.post(f"/jobs/{done.pk}/{deed}/").text
        assert 'hx-swap-oob="beforeend"' in html
        assert 'class="toast toast-error"' in html
        assert "completed" in html


def test_retrying_queues_the_import_again_and_reloads_the_page(
    htmx: Client, make_import: MakeImport
) -> None:
    failed = make_import(status=Status.FAILED, error="The disk was full.")
    response = htmx.post(f"/jobs/{failed.pk}/retry/")
    assert response["HX-Refresh"] == "true"
    assert Job.objects.get(pk=failed.pk).status == Status.PENDING


def test_an_import_that_does_not_exist_is_not_found(browser: Client) -> None:
    response = browser.get("/imports/00000000-0000-4000-8000-000000000000/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "Nothing is at this address" in response.text


def test_the_tray_shows_the_first_ones_of_the_queue(
    browser: Client, make_import: MakeImport
) -> None:
    make_import("done.csv", status=Status.COMPLETED)
    queued = [make_import(f"file{number}.csv") for number in range(5)]
    html = browser.get("/jobs/tray/").text
    assert re.findall(r"<bdi>(\w+\.csv)</bdi>", html) == ["file0.csv", "file1.csv", "file2.csv"]
    assert ">2 more</a> in the queue" in html
    html = browser.get(f"/jobs/{queued[0].pk}/tray/").text
    assert re.findall(r"<bdi>(\w+\.csv)</bdi>", html) == ["file1.csv", "file2.csv", "file3.csv"]


def test_a_hostile_file_name_is_shown_inert_everywhere(
    browser: Client, make_import: MakeImport
) -> None:
    hostile = make_import(HOSTILE)
    for path in ("/", "/imports/", "/jobs/tray/", f"/imports/{hostile.pk}/"):
        html = browser.get(path).text
        assert ESCAPED in html
        assert "<img src=x" not in html


def test_hostile_cells_are_shown_inert(browser: Client, make_import: MakeImport) -> None:
    script = "<script>alert(1)</script>"
    parent: Import = make_import(status=Status.COMPLETED, failed_rows=1, total_rows=1)
    parent.columns = {"sku": script}
    parent.ignored_columns = [script]
    parent.save()
    of_row = {"parent": parent, "code": "price_invalid", "column": script, "message": script}
    RejectCause.objects.create(**of_row, rows=1)
    RejectedRow.objects.create(**of_row, line=2, value=script)
    html = browser.get(f"/imports/{parent.pk}/").text
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 5
    assert script not in html


def test_a_failed_import_whose_columns_nobody_knew_asks_for_them(
    browser: Client, viewer: Client
) -> None:
    job = imported("Nummer,Ware\nA,Apple\n")
    link = f'href="/imports/{job.pk}/mapping/">Choose the columns</a>'
    assert link in browser.get(f"/imports/{job.pk}/").text
    assert link not in viewer.get(f"/imports/{job.pk}/").text


def test_one_that_failed_otherwise_does_not(browser: Client) -> None:
    job = imported("sku,name\nA,Apple\nB,\n,x\n", options=Options(all_or_nothing=True))
    html = browser.get(f"/imports/{job.pk}/").text
    assert "it was to be all or nothing" in html
    assert "<dt>Rows</dt><dd>all or nothing</dd>" in html
    assert "Choose the columns" not in html


@pytest.mark.parametrize(
    ("name", "shown"), [("Großhandel", "Großhandel"), ("", "remembered for this header")]
)
def test_the_page_names_the_mapping_that_the_file_was_read_by(
    browser: Client, name: str, shown: str
) -> None:
    content = "Nummer,Ware\nA,Apple\n"
    choices = Choices(columns={"sku": "Nummer", "name": "Ware"}, attributes=())
    header = fingerprint(["Nummer", "Ware"], "csv")
    save_mapping(choices=choices, actor=None, name=name, fingerprint=header)
    assert shown_mapping(browser.get(f"/imports/{imported(content).pk}/").text) == shown


SHOPIFY = "Handle,Title,Option1 Value,Variant SKU,Variant Price\nshirt,Shirt,Red,,{}\n"


def test_the_page_of_an_import_that_no_worker_has_touched_names_what_was_chosen(
    browser: Client,
) -> None:
    record = an_import(SHOPIFY, options=Options(choices=Choices(preset="shopify")))
    assert shown_mapping(browser.get(f"/imports/{record.pk}/").text) == "Shopify"


@pytest.mark.parametrize("content", [b"\n", b"\x89PNG\r\n\x1a\n\0\0"])
def test_a_file_that_cannot_be_read_has_a_page_whatever_was_chosen(
    browser: Client, content: bytes
) -> None:
    job = imported(content, options=Options(choices=Choices(preset="shopify")))
    assert job.status == Status.FAILED
    html = browser.get(f"/imports/{job.pk}/").text
    assert shown_mapping(html) == "Shopify"
    assert "Choose the columns" not in html


def test_an_import_that_is_read_again_has_a_page_before_it_is_read(browser: Client) -> None:
    job = imported(SHOPIFY.format("19.00"))
    outline = outline_of(Import.objects.get(pk=job.pk))
    assert outline is not None
    again = remap_import(import_id=job.pk, choices=outline.choices, actor=None)
    assert again.pk != job.pk
    assert shown_mapping(browser.get(f"/imports/{again.pk}/").text) == "Shopify"


def test_the_page_names_the_system_whose_export_it_is_and_what_makes_the_sku(
    browser: Client,
) -> None:
    job = imported(SHOPIFY.format("19.00"))
    html = browser.get(f"/imports/{job.pk}/").text
    assert shown_mapping(html) == "Shopify, recognised"
    made_of = "A blank SKU is made of <code>Handle</code> and <code>Option1 Value</code>."
    assert made_of in html


def test_a_preset_that_somebody_chose_is_not_called_recognised(browser: Client) -> None:
    options = Options(choices=Choices(preset="woocommerce"))
    job = imported("sku,name,regularprice\nA,Apple,1\n", options=options)
    html = browser.get(f"/imports/{job.pk}/").text
    assert "<dt>Mapping</dt><dd><bdi>WooCommerce</bdi></dd>" in html


def test_few_rejected_rows_can_be_mended_and_the_page_says_where_they_were(
    browser: Client, viewer: Client
) -> None:
    job = imported("sku,price\nA,1\nB,x\n", name="spring.csv")
    page, mend = f"/imports/{job.pk}/", f'href="/imports/{job.pk}/mend/">Mend them here</a>'
    assert mend in browser.get(page).text
    assert mend not in viewer.get(page).text
    sheet = read_rejects(Import.objects.get(pk=job.pk))
    assert sheet is not None
    mended = mend_rows(
        record=Import.objects.get(pk=job.pk),
        sheet=sheet,
        texts={(3, 1): "2"},
        left_out=(),
        actor=None,
    )
    assert run_job(mended.pk)
    words = " ".join(re.sub("<.*?>", "", browser.get(page).text).split())
    assert "1 row was mended in spring-mended.csv on" in words
    words = " ".join(re.sub("<.*?>", "", browser.get(f"/imports/{mended.pk}/").text).split())
    assert "This mends rows of spring.csv." in words


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED, Status.UNDONE])
def test_rows_of_an_import_that_is_not_in_the_book_are_not_mended(
    browser: Client, status: Status
) -> None:
    job = imported("sku,price\nA,1\nB,x\n")
    Job.objects.filter(pk=job.pk).update(status=status)
    assert "Mend them here" not in browser.get(f"/imports/{job.pk}/").text
    assert "These rows cannot be mended here" in browser.get(f"/imports/{job.pk}/mend/").text


@pytest.mark.parametrize("path", ["/", "/imports/"])
def test_the_drop_zone_offers_what_can_be_said_of_a_file(
    browser: Client, viewer: Client, path: str
) -> None:
    html = browser.get(path).text
    assert re.findall(r'<option value="(upsert|create|update)">', html) == list(Mode.values)
    # Where there is nothing to choose from, nothing is asked.
    assert 'name="mapping"' not in html
    find_source("Acme <Ltd>")
    save_mapping(choices=Choices(), actor=None, name="Spring & co")
    save_mapping(choices=Choices(), actor=None, fingerprint="f1")
    html = browser.get(path).text
    assert '<option value="Acme &lt;Ltd&gt;"></option>' in html
    inside = html[html.index('name="mapping"') :]
    inside = inside[: inside.index("</select>")]
    assert re.findall(r'value="(.*?)"', inside) == ["", "Spring &amp; co"]
    assert "More options" not in viewer.get(path, headers={"HX-Request": ""}).text
