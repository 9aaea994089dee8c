"""How many products a filter finds: exact where that is cheap, else what the planner expects."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from pricebook.catalogue import counts
from pricebook.catalogue.counts import Count, count_found
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import Product
from tests.factories import a_product

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def count(chosen: ProductFilter) -> Count:
    return count_found(chosen, Product.objects.live().matching(chosen))


def test_the_whole_book_is_not_counted_but_read_from_the_totals(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    a_product("A")
    a_product("B", active=False)
    with django_assert_num_queries(1) as queries:
        assert count(ProductFilter()) == Count(2)
    assert "catalogue_product" not in queries.captured_queries[0]["sql"]


def test_active_and_inactive_products_come_from_the_totals_too() -> None:
    a_product("A")
    a_product("B", active=False)
    a_product("C", active=False)
    assert count(ProductFilter(active=True)) == Count(1)
    assert count(ProductFilter(active=False)) == Count(2)


def test_few_products_are_counted() -> None:
    a_product("A", price=Decimal(1))
    a_product("B", price=Decimal(2))
    assert count(ProductFilter(price_min=Decimal(2))) == Count(1)


def test_many_are_told_as_the_planner_expects_them_with_two_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counts, "COUNTED_TO", 100)
    for number in range(234):
        a_product(f"P-{number}", price=Decimal(7))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_product")
    assert count(ProductFilter(price_min=Decimal(7))) == Count(230, is_exact=False)


def test_no_product_fits_no_ids() -> None:
    a_product("A")
    assert count(ProductFilter(ids=())) == Count(0)


def test_where_the_planner_expected_few_counting_ends_at_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counts, "COUNT_LIMIT", 2)
    for number in range(3):
        a_product(f"P-{number}", price=Decimal(7))
    assert count(ProductFilter(price_min=Decimal(7))) == Count(2, is_exact=False)
