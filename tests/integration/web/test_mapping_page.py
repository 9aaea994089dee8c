"""Saying what the columns of a file hold, on the page of its import (A10)."""

from __future__ import annotations

import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.test import Client

from pricebook.catalogue.models import Product
from pricebook.feed.choices import Choices
from pricebook.imports.mending import mend, read_rejects
from pricebook.imports.models import Import, SavedMapping
from pricebook.imports.options import Options
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import run_job
from tests.factories import an_import, book, imported

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoAssertNumQueries

    from pricebook.accounts.models import User

pytestmark = pytest.mark.django_db

UNKNOWN = "Nummer,Ware,Netto,Lager\nA,Äpfel,1.50,3\nB,Birnen,2.50,4\n"
KNOWN = "sku,name,price\nA,Apple,2.50\n"
SHOPIFY = (
    "Handle,Title,Option1 Value,Variant SKU,Variant Price,Status\n"
    "shirt,Shirt,Red,,19.00,active\nshirt,,Blue,,21.00,\n"
)


def page_of(job: Job) -> str:
    return f"/imports/{job.pk}/mapping/"


def held(html: str) -> dict[str, str]:
    """Return what the page says of each column, by its name."""
    pattern = r"<tr[^>]*>\s*<th.*?<bdi>(.*?)</bdi>.*?(<select.*?</select>)"
    rows = re.findall(pattern, html, re.DOTALL)
    return {name: re.findall(r'value="([^"]*)" selected', row)[0] for name, row in rows}


def filled_in(client: Client, job: Job, query: str = "", **changes: str) -> dict[str, str]:
    """Return the form as a browser would send it, with some fields changed; blank ones go."""
    html = client.get(page_of(job) + query).text
    form = html[html.index('<form id="mapping-form"') :]
    sent = dict(re.findall(r'<input type="(?:hidden|text)" name="([\w-]+)" value="(.*?)"', form))
    for name, inside in re.findall(r'<select name="([\w-]+)".*?>(.*?)</select>', form, re.DOTALL):
        sent[name] = "".join(re.findall(r'value="([^"]*)" selected', inside))
    for name, inside in re.findall(
        r'<select class="form-select" name="([\w-]+)".*?>(.*?)</select>', form, re.DOTALL
    ):
        sent[name] = re.findall(r'value="([^"]*)" selected', inside)[0]
    for tick in re.findall(r'<input[^>]*type="checkbox"[^>]*>', form):
        if "checked" in tick:
            sent[re.findall(r'name="([\w-]+)"', tick)[0]] = "on"
    sent |= changes
    return {name: value for name, value in sent.items() if value or name in changes}


def faults(answer: Answer) -> list[str]:
    """Return what an answer says is wrong; nothing when it leads on."""
    html = "" if answer.status_code == HTTPStatus.FOUND else answer.text
    found = re.findall(r'class="(?:alert alert-danger|field-error)".*?>(.*?)</div>', html)
    return [" ".join(text.split()) for text in found]


def read_again(client: Client, job: Job, query: str = "", **changes: str) -> Import:
    """Send the form, run the import that it asks for, and return it."""
    answer = client.post(page_of(job), filled_in(client, job, query, **changes))
    assert faults(answer) == []
    found = Import.objects.recent().get(pk=UUID(answer["Location"].split("/")[2]))
    assert run_job(found.pk)
    return Import.objects.recent().get(pk=found.pk)


def said(record: Import) -> dict[str, object]:
    """Return the choices that an import was read by, but for those that are as usual."""
    usual = {"clear_token": "[clear]", "preset": "none", "inverted": False}
    choices = record.choices or {}
    return {name: value for name, value in choices.items() if value and usual.get(name) != value}


def test_every_column_shows_its_first_cells_and_what_it_holds(browser: Client) -> None:
    job = imported("sku,name,price,Lager\nA,<b>Äpfel</b>,1.50,3\nB,,2.50,\n")
    html = browser.get(page_of(job)).text
    assert held(html) == {"sku": "sku", "name": "name", "price": "price", "Lager": ""}
    assert re.findall(r'<code dir="auto">(.*?)</code>', html) == [
        *("A", "B"),
        "&lt;b&gt;Äpfel&lt;/b&gt;",
        *("1.50", "2.50"),
        "3",
    ]
    assert "As found: comma" in html
    assert "As found: utf-8" in html


def test_columns_that_nobody_understood_are_chosen_and_shown_before_they_are_imported(
    browser: Client,
) -> None:
    job = imported(UNKNOWN)
    assert job.status == Status.FAILED
    record = read_again(
        browser, job, **{"holds-0": "sku", "holds-1": "name", "holds-2": "price", "holds-3": "kept"}
    )
    assert record.pk == job.pk
    assert record.job.status == Status.NEEDS_REVIEW
    assert said(record) == {
        "columns": {"sku": "Nummer", "name": "Ware", "price": "Netto"},
        "attributes": ["Lager"],
    }
    assert record.review.new_rows == 2
    assert book() == {}
    browser.post(f"/imports/{job.pk}/approve/")
    assert run_job(job.pk)
    assert book()["A"] == ("Äpfel", "", Decimal("1.50"), True)
    assert Product.objects.get(sku="A").attributes == {"Lager": "3"}


def test_what_was_chosen_is_remembered_for_files_with_this_header(
    browser: Client, person: User
) -> None:
    chosen = {"holds-0": "sku", "holds-1": "name", "name": "Großhandel"}
    read_again(browser, imported(UNKNOWN), **chosen)
    saved = SavedMapping.objects.get()
    assert (saved.name, saved.created_by) == ("Großhandel", person)
    again = imported(UNKNOWN, name="next.csv")
    assert again.status == Status.COMPLETED
    assert Import.objects.get(pk=again.pk).mapping == saved


def test_nothing_is_remembered_where_it_is_not_wanted(browser: Client) -> None:
    form = filled_in(browser, job := imported(UNKNOWN), **{"holds-0": "sku", "holds-1": "name"})
    del form["remember"]
    assert browser.post(page_of(job), form).status_code == HTTPStatus.FOUND
    assert not SavedMapping.objects.exists()


def test_an_import_that_is_in_the_book_is_imported_anew(browser: Client) -> None:
    job = imported("sku,name,brand\nA,Acme,Apple\n")
    record = read_again(browser, job, **{"holds-1": "brand", "holds-2": "name"})
    assert record.pk != job.pk
    assert record.job.status == Status.NEEDS_REVIEW
    assert (record.review.changed_rows, Product.objects.get().name) == (1, "Acme")


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


def notices(client: Client, record: Import) -> list[str]:
    """Return the toasts that the next page brings."""
    html = client.get(f"/imports/{record.pk}/").text
    return re.findall(r"<span data-toast-text>([^<]+)</span>", html)


ANEW = (
    "The other delimiter or encoding makes other columns. They were found anew, and what was "
    "chosen for them does not count any more."
)


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


def test_rows_without_a_sku_get_one_of_the_ticked_columns(browser: Client) -> None:
    job = imported("Kind,name,price\nfruit,Apple,1\nfruit,Pear,2\n")
    assert job.status == Status.FAILED
    record = read_again(browser, job, **{"key-0": "on", "key-1": "on"})
    assert said(record)["key_columns"] == ["Kind", "name"]
    browser.post(f"/imports/{record.pk}/approve/")
    assert run_job(record.pk)
    assert set(book()) == {"fruit-Apple", "fruit-Pear"}


def test_a_recognised_export_says_whose_it_is_and_how_its_rows_get_their_sku(
    browser: Client,
) -> None:
    job = imported(SHOPIFY)
    html = browser.get(page_of(job)).text
    assert "Shopify (looks like it)" in html
    assert held(html)["Title"] == "name"
    assert len(re.findall(r'name="key-\d" checked', html)) == 2
    assert set(book()) == {"shirt-Red", "shirt-Blue"}


def test_another_start_proposes_its_own_columns(browser: Client, htmx: Client) -> None:
    job = imported(SHOPIFY)
    html = htmx.get(f"{page_of(job)}?preset=none").text
    assert "<html" not in html
    assert held(html) == {
        "Handle": "",
        "Title": "name",
        "Option1 Value": "",
        "Variant SKU": "sku",
        "Variant Price": "price",
        "Status": "active",
    }
    assert not re.findall(r'name="key-\d" checked', html)
    record = read_again(browser, job, "?preset=none")
    assert "key_columns" not in said(record)
    assert browser.get(f"{page_of(job)}?preset=perhaps").status_code == HTTPStatus.OK


def test_a_column_may_say_the_opposite_of_active(browser: Client) -> None:
    job = imported("sku,name,Gone\nA,Apple,yes\nB,Pear,no\n")
    record = read_again(browser, job, **{"holds-2": "inverted"})
    assert (record.choices or {})["inverted"] is True
    browser.post(f"/imports/{record.pk}/approve/")
    assert run_job(record.pk)
    assert {sku: active for sku, (_, _, _, active) in book().items()} == {"A": False, "B": True}
    assert held(browser.get(page_of(record.job)).text)["Gone"] == "inverted"


def test_all_that_is_ignored_can_be_kept_at_once(browser: Client) -> None:
    job = imported("sku,name,Lager,Regal\nA,x,3,4\n")
    record = read_again(browser, job, keep_rest="on")
    assert said(record)["attributes"] == ["Lager", "Regal"]


def test_what_makes_the_sku_is_not_kept_beside_it(browser: Client) -> None:
    job = imported("Kind,name,Lager\nfruit,Apple,1\n")
    record = read_again(browser, job, **{"key-0": "on", "keep_rest": "on", "holds-1": "name"})
    assert said(record)["attributes"] == ["Lager"]


def test_a_value_that_no_page_offers_is_as_ignored(browser: Client) -> None:
    record = read_again(browser, imported(KNOWN), **{"holds-2": "<price>", "key-99": "on"})
    assert said(record)["columns"] == {"sku": "sku", "name": "name"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"holds-0": ""}, "Choose the column that holds the SKU"),
        ({"holds-1": "price"}, "More than one column holds Price. Choose one of them."),
        ({"currency": "EURO"}, "at most 3 characters"),
        ({"currency": "XQX"}, "“XQX” is no currency"),
        ({"encoding": "klingon"}, "klingon is not one of the available choices"),
        ({"version": "another"}, "The file was read anew since this page was opened."),
    ],
)
def test_what_cannot_be_is_told_at_its_place_and_changes_nothing(
    browser: Client, change: dict[str, str], sentence: str
) -> None:
    job = imported(KNOWN)
    answer = browser.post(page_of(job), filled_in(browser, job, **change))
    assert sentence in " ".join(faults(answer))
    assert (Import.objects.count(), SavedMapping.objects.count()) == (1, 0)


def test_what_was_typed_stays_where_something_else_is_wrong(browser: Client) -> None:
    job = imported(KNOWN)
    change = {"holds-1": "brand", "currency": "XQX", "default-category": "<Fruit>"}
    html = browser.post(page_of(job), filled_in(browser, job, **change)).text
    assert held(html)["name"] == "brand"
    assert 'value="&lt;Fruit&gt;"' in html


def test_an_import_under_way_is_not_read_again(browser: Client) -> None:
    job = imported(KNOWN)
    form = filled_in(browser, job)
    Job.objects.filter(pk=job.pk).update(status=Status.PROCESSING)
    answer = browser.post(page_of(job), form)
    assert "The import is under way." in answer.text
    assert SavedMapping.objects.count() == 0


def test_of_a_wide_file_the_first_columns_show_and_those_that_are_read(
    browser: Client,
) -> None:
    columns = [f"c{number}" for number in range(3000)]
    job = imported(f"name,{','.join(columns)},sku\nApple,{',' * 2999}A\n")
    html = browser.get(page_of(job)).text
    assert len(held(html)) == 201
    assert held(html)["sku"] == "sku"
    assert "The file has 3,002 columns." in html
    assert "2,801 are ignored." in " ".join(html.split())
    record = read_again(browser, job, **{"holds-1": "brand"})
    assert said(record)["columns"] == {"name": "name", "brand": "c0", "sku": "sku"}


def test_kept_columns_that_are_not_shown_stay_kept(browser: Client) -> None:
    columns = [f"c{number}" for number in range(300)]
    job = imported(f"sku,name,{','.join(columns)}\nA,Apple,{'1,' * 299}1\n")
    record = read_again(browser, job, keep_rest="on")
    assert said(record)["attributes"] == columns
    html = " ".join(browser.get(page_of(record.job)).text.split())
    assert "0 are ignored and 102 kept as attributes." in html
    again = read_again(browser, record.job, **{"holds-2": ""})
    assert said(again)["attributes"] == columns[1:]


def test_only_who_may_write_is_let_in(viewer: Client, browser: Client) -> None:
    job = imported(KNOWN)
    assert viewer.get(page_of(job)).status_code == HTTPStatus.FORBIDDEN
    assert viewer.post(page_of(job)).status_code == HTTPStatus.FORBIDDEN
    assert browser.get(page_of(job)).status_code == HTTPStatus.OK


def test_a_form_of_another_site_is_refused(person: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    job = imported(KNOWN)
    assert strict.post(page_of(job), {"holds-0": "sku"}).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_file_without_columns_says_what_can_be_done_instead(browser: Client, method: str) -> None:
    job = imported(b"\x89PNG\r\n\x1a\n\0\0", name="list.csv")
    html = getattr(browser, method)(page_of(job)).text
    words = " ".join(html.split())
    assert "<h2>No columns were found in this file</h2>" in words
    assert f"<p>{job.error}</p>" in words
    assert "open it in the program that wrote it, save it as CSV, and import that file." in words
    assert f'href="/imports/{job.pk}/">Back to the import</a>' in words
    assert 'href="/imports/">Import another file</a>' in words


def test_a_file_that_nobody_has_read_can_be_imported_again(browser: Client) -> None:
    record = an_import(KNOWN)
    cancel_job(record.pk)
    html = browser.get(page_of(record.job)).text
    assert "<h2>The columns of this file are not known</h2>" in html
    assert "Import it again: then they can be chosen." in html
    assert 'href="/imports/">Import another file</a>' in html


def test_a_file_whose_beginning_was_not_read_yet_says_so(browser: Client) -> None:
    record = an_import(KNOWN)
    html = browser.get(page_of(record.job)).text
    assert "<h2>The columns are not known yet</h2>" in html
    assert "Import another file" not in html


@pytest.mark.parametrize("columns", [3, 150])
def test_the_page_needs_three_queries_for_any_number_of_columns(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, columns: int
) -> None:
    titles = ",".join(f"c{number}" for number in range(columns))
    job = imported(f"sku,name,{titles}\nA,Apple\n")
    with django_assert_num_queries(3):
        browser.get(page_of(job))
