"""Mending a few rejected rows on the page of their import (A9)."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.test import Client

from pricebook.catalogue.modes import Mode
from pricebook.files.storage import storage
from pricebook.imports.models import Import
from pricebook.imports.options import Options
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, book, imported

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoAssertNumQueries, Settings

    from pricebook.accounts.models import User

pytestmark = pytest.mark.django_db

FILE = "Nr;sku;name;VK Preis;Lager\n1;A;Apple;1,50;3\n2;B;Pear;cheap;4\n3;;Plum;2,50;5\n"


def page_of(job: Job) -> str:
    return f"/imports/{job.pk}/mend/"


def shown_cells(html: str) -> dict[str, str]:
    """Return the texts that can be mended, by line and place."""
    inputs = re.findall(r'<input class="form-control" value="([^"]*)" id="cell-([\d-]+)"', html)
    areas = re.findall(r'<textarea.*?id="cell-([\d-]+)".*?>\n(.*?)</textarea>', html, re.DOTALL)
    return {key: unescape(text) for text, key in inputs} | {
        key: unescape(text) for key, text in areas
    }


def version_of(html: str) -> str:
    return str(re.findall(r'name="version" value="(\w+)"', html)[0])


def send(client: Client, job: Job, **changes: str) -> Answer:
    """Send the form as a browser would, with some cells changed: `cell_3_1` is line 3, place 1."""
    html = client.get(page_of(job)).text
    sent = {f"cell-{key}": text for key, text in shown_cells(html).items()}
    sent |= {name.replace("_", "-"): text for name, text in changes.items()}
    return client.post(page_of(job), {"version": version_of(html), **sent})


def mended(answer: Answer) -> Import:
    """Run the import that an answer leads to, and return it."""
    assert answer.status_code == HTTPStatus.FOUND
    record_id = UUID(answer["Location"].split("/")[2])
    assert run_job(record_id)
    return Import.objects.recent().get(pk=record_id)


def content_of(record: Import) -> str:
    with storage().open(record.file.key) as source:
        return source.read().decode()


def test_the_cells_that_matter_show_with_what_is_wrong_beside_them(browser: Client) -> None:
    html = browser.get(page_of(imported(FILE))).text
    assert shown_cells(html) == {
        "3-1": "B",
        "3-2": "Pear",
        "3-3": "cheap",
        "4-1": "",
        "4-2": "Plum",
        "4-3": "2,50",
    }
    assert re.findall(r'id="cell-([\d-]+)"[^>]*aria-invalid="true"', html) == ["3-3", "4-1"]
    reasons = re.findall(r'<div class="field-error" id="why-([\d-]+)">(.*?)</div>', html)
    assert [place for place, _ in reasons] == ["3-3", "4-1"]
    assert reasons[1][1].startswith("The SKU is blank")


def test_mended_rows_are_imported_by_themselves_and_read_as_their_file_was(
    browser: Client, person: User
) -> None:
    job = imported(FILE, name="list.csv.gz.txt")
    record = mended(send(browser, job, cell_3_3="1.234,56", cell_4_1="C"))
    assert record.job.status == Status.COMPLETED
    assert book() == {
        "A": ("Apple", "", Decimal("1.5"), True),
        "B": ("Pear", "", Decimal("1234.56"), True),
        "C": ("Plum", "", Decimal("2.5"), True),
    }
    assert (record.mends_id, record.job.actor) == (job.pk, person)
    assert record.file.name == "list-mended.csv"
    # The cells that do not show go along.
    assert content_of(record) == (
        'Nr,sku,name,VK Preis,Lager\r\n2,B,Pear,"1.234,56",4\r\n3,C,Plum,"2,50",5\r\n'
    )


def test_the_page_of_the_mended_rows_is_there_before_they_are_read(browser: Client) -> None:
    header = "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
    job = imported(f"{header}shirt,Shirt,Red,,19.00\nhat,Hat,Blue,,cheap\n")
    answer = send(browser, job, cell_3_4="9.00")
    html = browser.get(answer["Location"]).text
    assert "<dt>Mapping</dt><dd><bdi>Shopify</bdi></dd>" in html


def test_a_row_that_is_left_out_is_not_imported(browser: Client) -> None:
    record = mended(send(browser, imported(FILE), cell_3_3="9", out_4="on"))
    assert (record.job.total_rows, set(book())) == (1, {"A", "B"})


def test_what_is_still_wrong_is_rejected_again_and_can_be_mended_again(browser: Client) -> None:
    first = mended(send(browser, imported(FILE), cell_4_1="C"))
    assert (first.job.created_rows, first.job.failed_rows) == (1, 1)
    second = mended(send(browser, first.job, cell_2_3="1,5"))
    assert second.job.created_rows == 1
    assert second.file.name == "products-mended.csv"
    assert book()["B"] == ("Pear", "", Decimal("1.5"), True)


def test_the_mode_stays_and_the_source_does_not(browser: Client) -> None:
    a_product("A")
    options = Options(mode=Mode.UPDATE, source="Acme", deactivate_missing=True)
    job = imported("sku,name,price\nA,Apple,1\nB,Pear,cheap\n", options=options)
    record = mended(send(browser, job, cell_3_2="2"))
    assert (record.mode, record.source, record.deactivate_missing) == (Mode.UPDATE, None, False)
    assert (record.job.skipped_rows, set(book())) == (1, {"A"})


def test_a_row_with_too_many_cells_shows_all_of_them_until_they_are_where_they_belong(
    browser: Client,
) -> None:
    job = imported("sku,name,price,Lager\nA,Apple,1,5\nB,Pear, green,2,6\n")
    html = browser.get(page_of(job)).text
    assert list(shown_cells(html)) == ["3-0", "3-1", "3-2", "3-3", "3-4"]
    assert "Behind the last column" in html
    refused = send(browser, job, cell_3_1="Pear, green")
    assert "This row still has more cells than the file has columns." in refused.text
    assert shown_cells(refused.text)["3-1"] == "Pear, green"
    moved = {"cell_3_1": "Pear, green", "cell_3_2": "2", "cell_3_3": "6", "cell_3_4": ""}
    mended(send(browser, job, **moved))
    assert book()["B"] == ("Pear, green", "", Decimal(2), True)


def test_a_row_with_a_stray_quote_shows_all_that_was_read(browser: Client) -> None:
    job = imported('sku,name,price,Lager\nA,Apple,1,5\nB,"Pear "green" x" y,2,6\n')
    html = browser.get(page_of(job)).text
    assert "3-0" in shown_cells(html)
    assert '<p class="field-error">' in html


def test_a_text_of_several_lines_stays_what_it_is(browser: Client) -> None:
    text = "One\nTwo\n\nThree"
    job = imported(f'sku,name,description,price\nA,Apple,"{text}",cheap\nB,x,y,1\n')
    assert shown_cells(browser.get(page_of(job)).text)["2-2"] == text
    mended(send(browser, job, cell_2_2=text.replace("\n", "\r\n"), cell_2_3="1"))
    assert book()["A"] == ("Apple", text, Decimal(1), True)


def test_rows_of_another_format_are_mended_as_well(browser: Client) -> None:
    lines = '{"sku": "A", "name": "Apple", "price": "cheap"}\n{"sku": "B", "name": "Pear"}\n'
    job = imported(lines, name="feed.jsonl")
    mended(send(browser, job, cell_1_2="1.50"))
    assert book()["A"] == ("Apple", "", Decimal("1.5"), True)


def test_hostile_cells_are_shown_inert(browser: Client) -> None:
    hostile = '"><script>alert(1)</script>'
    job = imported(f"sku,{hostile},name,price\nA,x,{hostile},{hostile}\n".replace('"', ""))
    html = browser.get(page_of(job)).text
    assert "<script>alert" not in html
    assert shown_cells(html)["2-3"] == hostile.replace('"', "")


def test_nothing_but_left_out_rows_is_told(browser: Client) -> None:
    answer = send(browser, imported(FILE), out_3="on", out_4="on")
    assert "Every row is left out" in answer.text
    assert Import.objects.count() == 1


def test_a_page_that_was_opened_before_the_file_was_read_anew_shows_it_anew(
    browser: Client,
) -> None:
    answer = browser.post(page_of(imported(FILE)), {"version": "old", "cell-3-3": "1"})
    assert "The file was read anew since this page was opened." in answer.text
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("sku,price\nA,1\n", "No row of this file was rejected."),
        (
            "sku,price\n" + "".join(f"A{number},x\n" for number in range(51)),
            "This page takes up to 50 rows",
        ),
        (f"sku,price,name\nA,x,{'n' * 600_000}\n", "no very long ones"),
        (
            f"sku,price,{','.join(map(str, range(50)))}\n" + f"A,1{',' * 99}x\n" * 20,
            "This page takes up to 50 rows",
        ),
    ],
)
def test_what_is_too_much_for_a_page_is_told(
    browser: Client, settings: Settings, content: str, sentence: str
) -> None:
    settings.GUARD_REJECTED = 0
    job = imported(content)
    assert job.status == Status.COMPLETED
    for answer in (browser.get(page_of(job)), browser.post(page_of(job))):
        assert answer.status_code == HTTPStatus.OK
        assert sentence in answer.text
    assert Import.objects.count() == 1


def test_rejects_that_storage_has_no_more_are_told(browser: Client) -> None:
    job = imported(FILE)
    storage().delete(Import.objects.get(pk=job.pk).rejects_key)
    assert "These rows cannot be mended here" in browser.get(page_of(job)).text


def test_only_who_may_write_is_let_in(viewer: Client) -> None:
    job = imported(FILE)
    assert viewer.get(page_of(job)).status_code == HTTPStatus.FORBIDDEN
    assert viewer.post(page_of(job)).status_code == HTTPStatus.FORBIDDEN


def test_a_form_of_another_site_is_refused(person: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post(page_of(imported(FILE))).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("rows", [1, 40])
def test_the_page_needs_four_queries_for_any_number_of_rows(
    browser: Client,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    settings.GUARD_REJECTED = 0
    job = imported("sku,price\n" + "A,x\n" * rows)
    with django_assert_num_queries(4):
        browser.get(page_of(job))
