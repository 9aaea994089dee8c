"""Saying what the columns of a file hold, on the page of its import (A10)."""

from __future__ import annotations

import re
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from pricebook.catalogue.models import Product
from pricebook.imports.models import Import, SavedMapping
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import run_job
from tests.factories import an_import, book, imported
from tests.integration.web.mapping_pages import (
    KNOWN,
    SHOPIFY,
    UNKNOWN,
    faults,
    filled_in,
    held,
    page_of,
    read_again,
    said,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from pricebook.accounts.models import User


pytestmark = pytest.mark.django_db


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
