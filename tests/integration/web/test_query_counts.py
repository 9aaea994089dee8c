"""How many queries each page needs, whatever the number of rows that it shows."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pricebook.jobs.models import Status
from tests.factories import imported
from tests.integration.web.conftest import MakeImport

pytestmark = pytest.mark.django_db

# Two of each are the session and its user.
BASELINES = {"/": 7, "/products/": 4, "/imports/": 4, "/imports/tray/": 4}


@pytest.mark.parametrize("rows", [5, 30])
@pytest.mark.parametrize(("path", "queries"), BASELINES.items())
def test_a_list_needs_the_same_number_of_queries_for_any_number_of_rows(
    browser: Client,
    make_import: MakeImport,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    queries: int,
    rows: int,
) -> None:
    imported("\n".join(["sku,name", *(f"{number},x" for number in range(rows)), ""]))
    for number in range(rows):
        make_import(f"{number}.csv")
    with django_assert_num_queries(queries):
        browser.get(path)


@pytest.mark.parametrize("causes", [1, 20])
def test_an_import_needs_five_queries_for_any_number_of_causes(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, causes: int
) -> None:
    bad_prices = [f"A{number},{'x' * (number + 1)}" for number in range(causes)]
    job = imported("\n".join(["sku,price", "A,1", *bad_prices, ""]))
    assert job.status == Status.COMPLETED
    with django_assert_num_queries(5):
        browser.get(f"/imports/{job.pk}/")
