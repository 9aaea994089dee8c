"""Saying how a file is written, and what is remembered of it, on the mapping page (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from pricebook.feed.choices import Choices
from pricebook.imports.mending import mend, read_rejects
from pricebook.imports.models import Import
from pricebook.imports.options import Options
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import imported
from tests.integration.web.mapping_pages import (
    ANEW,
    KNOWN,
    UNKNOWN,
    filled_in,
    held,
    notices,
    page_of,
    read_again,
    said,
)

if TYPE_CHECKING:
    pass


pytestmark = pytest.mark.django_db


def test_the_way_a_file_is_written_can_be_said(browser: Client) -> None:
    job = imported("sku,name,price\nA,Äpfel,1.234\n".encode("cp1250"))
    record = read_again(
        browser,
        job,
        encoding="cp1250",
        decimal=",",
        currency="eur",
        clear_token="-",
        **{"default-brand": "Acme"},
    )
    assert said(record) == {
        "encoding": "cp1250",
        "decimal": ",",
        "currency": "EUR",
        "columns": {"sku": "sku", "name": "name", "price": "price"},
        "defaults": {"brand": "Acme"},
        "clear_token": "-",
    }
    assert record.decimal == ","


def test_with_another_delimiter_the_columns_are_found_anew(browser: Client) -> None:
    job = imported("sku|sku,price,name\nA|1,5,Apple\n")
    assert Import.objects.get(pk=job.pk).delimiter == ","
    record = read_again(browser, job, delimiter="vertical bar")
    assert (record.job.error, record.delimiter) == ("", "|")
    assert record.columns == {"sku": "sku", "name": "sku,price,name"}


def test_a_delimiter_that_is_the_found_one_leaves_the_columns_alone(browser: Client) -> None:
    job = imported(KNOWN)
    record = read_again(browser, job, delimiter="comma", **{"holds-1": "brand"})
    assert said(record) == {
        "delimiter": ",",
        "columns": {"sku": "sku", "brand": "name", "price": "price"},
    }
    # Back to finding it out: it may be another one.
    again = read_again(browser, record.job, delimiter="")
    assert said(again)["columns"] == {"sku": "sku", "name": "name", "price": "price"}


def test_a_file_that_failed_keeps_its_columns_with_the_delimiter_that_was_found(
    browser: Client,
) -> None:
    job = imported(UNKNOWN)
    assert Import.objects.get(pk=job.pk).delimiter == ","
    record = read_again(browser, job, delimiter="comma", **{"holds-0": "sku", "holds-1": "name"})
    assert (record.job.status, notices(browser, record)) == (Status.NEEDS_REVIEW, [])
    assert said(record) == {"delimiter": ",", "columns": {"sku": "Nummer", "name": "Ware"}}


def test_a_file_that_failed_is_cut_anew_at_a_delimiter_that_its_titles_hold(
    browser: Client,
) -> None:
    job = imported("Nummer;a,b,c,d;Ware\nA;1,2,3,4;Apple\n")
    assert list(held(browser.get(page_of(job)).text)) == ["Nummer;a", "b", "c", "d;Ware"]
    columns = {"holds-0": "sku", "holds-1": "name"}
    record = read_again(browser, job, delimiter="semicolon", **columns)
    assert notices(browser, record) == [ANEW]
    html = browser.get(page_of(record.job)).text
    assert held(html) == {"Nummer": "", "a,b,c,d": "", "Ware": ""}


@pytest.mark.parametrize("named", ["", "comma"])
def test_a_file_that_failed_keeps_its_columns_in_another_encoding(
    browser: Client, named: str
) -> None:
    job = imported("Číslo,Zboží,Cena\nA,Čaj,1.50\n".encode("cp1250"))
    assert job.status == Status.FAILED
    assert list(held(browser.get(page_of(job)).text)) == ["Èíslo", "Zboží", "Cena"]
    columns = {"holds-0": "sku", "holds-1": "name", "holds-2": "price"}
    record = read_again(browser, job, encoding="cp1250", delimiter=named, **columns)
    assert (record.job.error, notices(browser, record)) == ("", [])
    assert record.columns == {"sku": "Číslo", "name": "Zboží", "price": "Cena"}
    # And back to the first one.
    again = read_again(browser, record.job, encoding="cp1252")
    assert again.columns == {"sku": "Èíslo", "name": "Zboží", "price": "Cena"}


def test_where_nobody_can_say_what_the_columns_are_called_then_they_are_found_anew(
    browser: Client,
) -> None:
    job = imported("sku,name,Größe\nA,Apple,3\n".encode())
    record = read_again(browser, job, encoding="euc-jp", **{"holds-1": "brand"})
    assert notices(browser, record) == [ANEW]
    assert record.columns == {"sku": "sku", "name": "name"}


def test_the_encoding_of_json_can_be_chosen(browser: Client) -> None:
    job = imported('[{"sku": "A", "name": "Čaj"}]'.encode("cp1250"), name="list.json")
    html = browser.get(page_of(job)).text
    assert 'name="encoding"' in html
    assert 'name="delimiter"' not in html
    record = read_again(browser, job, encoding="cp1250", **{"holds-1": "brand"})
    assert said(record) == {"encoding": "cp1250", "columns": {"sku": "sku", "brand": "name"}}
    # It stays where nothing is said of it.
    again = read_again(browser, record.job)
    assert said(again) == said(record)


def test_what_no_page_offers_of_a_workbook_stays_and_its_columns_with_it(browser: Client) -> None:
    choices = Choices(delimiter=";", encoding="cp1250")
    job = imported('{"sku": "A", "name": "x"}\n', "list.jsonl", Options(choices=choices))
    record = read_again(browser, job, **{"holds-1": "brand"})
    assert said(record)["columns"] == {"sku": "sku", "brand": "name"}
    assert said(record)["delimiter"] == ";"


def remembers(client: Client, job: Job) -> bool:
    """Say whether the page would remember how the file is read, unless somebody says no."""
    return "remember" in filled_in(client, job)


def test_a_file_of_somebody_elses_is_remembered_unless_a_person_says_no(browser: Client) -> None:
    assert remembers(browser, imported(KNOWN))


def test_a_file_of_mended_rows_is_not_remembered_unless_a_person_says_so(browser: Client) -> None:
    job = imported(f"{KNOWN}B,Pear,cheap\n")
    record = Import.objects.recent().get(pk=job.pk)
    sheet = read_rejects(record)
    assert sheet is not None
    mended = mend(record=record, sheet=sheet, texts={}, left_out=(), actor=None)
    assert run_job(mended.pk)
    assert not remembers(browser, mended.job)


def test_a_list_of_the_api_is_not_remembered_unless_a_person_says_so(browser: Client) -> None:
    rows = [{"sku": "A", "name": "Apple"}]
    made = browser.post("/api/products/bulk/", rows, content_type="application/json").json()
    assert run_job(made["id"])
    assert not remembers(browser, Job.objects.get(pk=made["id"]))
