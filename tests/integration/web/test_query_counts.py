"""How many queries each page needs, whatever the number of rows that it shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from pricebook.catalogue.bulk import start_bulk_edit
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.imports.mending import mend, read_rejects
from pricebook.imports.models import Import
from pricebook.jobs.models import Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, imported
from tests.integration.web.conftest import MakeImport

pytestmark = pytest.mark.django_db

# Two of each are the session and its user.
BASELINES = {
    "/": 11,
    "/products/?size=25": 4,
    "/products/?search=x&brand=&sort=-price&size=25": 7,
    # What the page holds needs no count.
    "/products/?size=100": 3,
    "/products/?search=x&brand=&sort=name&size=100": 3,
    "/imports/": 6,
    "/jobs/tray/": 6,
}


@pytest.mark.parametrize("rows", [30, 60])
def test_a_list_needs_the_same_number_of_queries_for_any_number_of_rows(
    browser: Client,
    make_import: MakeImport,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    imported("\n".join(["sku,name", *(f"{number},x" for number in range(rows)), ""]))
    for number in range(rows):
        make_import(f"{number}.csv")
    for path, queries in BASELINES.items():
        with django_assert_num_queries(queries, info=path):
            browser.get(path)


@pytest.mark.parametrize("changes", [1, 15])
def test_a_product_needs_eight_queries_for_any_number_of_changes(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, changes: int
) -> None:
    for number in range(changes):
        imported(f"sku,name\nA,{number}\n", name=f"{number}.csv")
    with django_assert_num_queries(8):
        browser.get(f"/products/{Product.objects.get().pk}/")


@pytest.mark.parametrize("products", [1, 20])
def test_a_job_needs_seven_queries_for_any_number_of_products(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, products: int
) -> None:
    for number in range(products):
        a_product(f"A-{number}")
    edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=None)
    assert run_job(edit.job_id)
    with django_assert_num_queries(7):
        browser.get(f"/jobs/{edit.pk}/")


@pytest.mark.parametrize("causes", [1, 20])
def test_an_import_needs_nine_queries_for_any_number_of_causes(
    browser: Client,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
    causes: int,
) -> None:
    settings.GUARD_REJECTED = 0
    bad_prices = [f"A{number},{'x' * (number + 1)}" for number in range(causes)]
    job = imported("\n".join(["sku,price", "A,1", *bad_prices, ""]))
    assert job.status == Status.COMPLETED
    with django_assert_num_queries(9):
        browser.get(f"/imports/{job.pk}/")


def test_what_is_told_of_another_import_does_not_load_its_columns(browser: Client) -> None:
    """Those of a file of thousands of columns are megabytes."""
    content = "sku,name,price\nA,Apple,1\nB,Pear,cheap\n"
    first = Import.objects.get(pk=imported(content, name="monday.csv").pk)
    sheet = read_rejects(first)
    assert sheet is not None
    mended = mend(record=first, sheet=sheet, texts={}, left_out=(), actor=None)
    second = imported(content, name="tuesday.csv")
    pages = {"/jobs/tray/": 0, **{f"/imports/{each.pk}/": 1 for each in (first, mended, second)}}
    for page, loaded in pages.items():
        with CaptureQueriesContext(connection) as queries:
            browser.get(page)
        columns = [each["sql"].count('"outline"') for each in queries.captured_queries]
        assert sum(columns) == loaded, page


def test_content_that_came_before_costs_no_query_more(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = imported("sku,name\nA,Apple\n", name="monday.csv")
    imported("sku,name\nA,Pear\n")
    second = imported("sku,name\nA,Apple\n", name="tuesday.csv")
    with CaptureQueriesContext(connection) as known:
        browser.get(f"/imports/{first.pk}/")
    with django_assert_num_queries(len(known)):
        assert "imported as monday.csv on" in browser.get(f"/imports/{second.pk}/").text
