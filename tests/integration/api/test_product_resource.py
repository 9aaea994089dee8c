"""Reading the book (B2)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.api.product_fields import ProductSerializer
from pricebook.catalogue.represent import represent_product
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> None:
    """Fill the book with four products and a tombstone."""
    a_product("A-1", name="Green apple", description="Crisp", price=Decimal("1.2"))
    a_product("a-2", name="Red Apple", description="Sweet, 50% off", price=Decimal("2.5"))
    a_product("B_1", name="Banana", active=False, price=Decimal(10))
    a_product("BX1", name="Bread")
    a_product("A-9", name="Apple of last year", deleted_at=NOON)


def skus(client: Client, query: str) -> list[str]:
    response = client.get(f"/api/products/{query}")
    assert response.status_code == HTTPStatus.OK
    return [row["sku"] for row in response.json()["results"]]


def test_a_product_shows_these_fields(reader: Client) -> None:
    made = a_product(
        "A-1",
        name="Apple",
        description="Crisp",
        price=Decimal("12.5"),
        created_at=NOON,
        updated_at=NOON,
    )
    expected = {
        "id": made.pk,
        "sku": "A-1",
        "name": "Apple",
        "description": "Crisp",
        "price": "12.50",
        "currency": "",
        "active": True,
        "brand": "",
        "gtin": "",
        "has_invalid_gtin": False,
        "category": "",
        "image_url": "",
        "url": "",
        "unit_size": "",
        "attributes": {},
        "created_at": "2026-03-01T12:00:00Z",
        "updated_at": "2026-03-01T12:00:00Z",
    }
    assert reader.get(f"/api/products/{made.pk}/").json() == expected
    assert reader.get("/api/products/").json()["results"] == [expected]


def test_a_product_is_shown_as_the_description_of_the_api_says() -> None:
    made = a_product("A-1", name="Apple", price=Decimal("0.0125"), gtin="1", attributes={"b": [1]})
    made.refresh_from_db()
    assert represent_product(made) == dict(ProductSerializer(made).data)


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (None, None),
        ("0", "0.00"),
        ("12.5", "12.50"),
        ("0.0125", "0.0125"),
        ("1.125", "1.125"),
        ("100", "100.00"),
        ("9999999999.9999", "9999999999.9999"),
    ],
)
def test_a_price_is_a_string_or_null(reader: Client, price: str | None, shown: str | None) -> None:
    made = a_product("A-1", price=None if price is None else Decimal(price))
    assert reader.get(f"/api/products/{made.pk}/").json()["price"] == shown


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["A-1", "a-2", "B_1", "BX1"]),
        ("?sku=", ["A-1", "a-2", "B_1", "BX1"]),
        ("?sku=a", ["A-1", "a-2"]),
        ("?sku=A-1", ["A-1"]),
        ("?sku=Ａ-1", ["A-1"]),
        ("?sku=-1", []),
        ("?sku=b_", ["B_1"]),
        ("?name=APPLE", ["A-1", "a-2"]),
        ("?description=50%25", ["a-2"]),
        ("?active=true", ["A-1", "a-2", "BX1"]),
        ("?active=false", ["B_1"]),
        ("?price_min=2.5", ["a-2", "B_1"]),
        ("?price_max=2.5", ["A-1", "a-2"]),
        ("?price_min=2&price_max=3", ["a-2"]),
        ("?price_min=3&price_max=2", []),
        ("?name=apple&active=true&price_max=2", ["A-1"]),
    ],
)
def test_filters_narrow_the_list(reader: Client, query: str, found: list[str]) -> None:
    assert skus(reader, query) == found


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?active=maybe", "active"),
        ("?active=True", "active"),
        ("?price_min=cheap", "price_min"),
        ("?price_min=-1", "price_min"),
        ("?price_max=NaN", "price_max"),
        ("?price_max=Infinity", "price_max"),
        ("?price_max=1e400", "price_max"),
        ("?price_max=1.23456", "price_max"),
        (f"?price_max={'9' * 5000}", "price_max"),
        ("?name=%00", "name"),
        (f"?sku={'s' * 101}", "sku"),
        ("?page=0", "page"),
        ("?page=last", "page"),
        ("?page=-1", "page"),
        (f"?page={'9' * 5000}", "page"),
        ("?page=%D9%A3", "page"),
        ("?page_size=0", "page_size"),
        ("?page_size=501", "page_size"),
        ("?page_size=all", "page_size"),
        ("?colour=red", "colour"),
        ("?format=csv", "format"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(reader: Client, query: str, parameter: str) -> None:
    problem = expect_problem(reader.get(f"/api/products/{query}"), HTTPStatus.BAD_REQUEST)
    assert {error["parameter"] for error in problem["errors"]} == {parameter}


def test_every_mistake_is_named(reader: Client) -> None:
    response = reader.get("/api/products/?active=maybe&price_min=cheap")
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert problem["detail"] == "The request has 2 mistakes; `errors` names each."
    assert sorted(error["parameter"] for error in problem["errors"]) == ["active", "price_min"]


def test_fifty_products_make_a_page(
    reader: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(51):
        a_product(f"S-{number:03}")
    reader.get("/api/products/")
    with django_assert_num_queries(3):  # the key, the count, the page
        first = reader.get("/api/products/").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (51, 50, None)
    second = reader.get(first["next"]).json()
    assert ([row["sku"] for row in second["results"]], second["next"]) == (["S-050"], None)
    assert len(reader.get("/api/products/?page_size=500").json()["results"]) == 51


@pytest.mark.usefixtures("book")
def test_the_pages_of_a_filtered_list_keep_its_filters(reader: Client) -> None:
    first = reader.get("/api/products/?name=apple&page_size=1").json()
    assert [row["sku"] for row in reader.get(first["next"]).json()["results"]] == ["a-2"]


def test_a_page_after_the_last_is_not_found(reader: Client) -> None:
    expect_problem(reader.get("/api/products/?page=2"), HTTPStatus.NOT_FOUND)


def test_an_empty_book_has_one_empty_page(reader: Client) -> None:
    assert reader.get("/api/products/").json() == {
        "count": 0,
        "count_is_exact": True,
        "next": None,
        "previous": None,
        "results": [],
    }


def test_a_deleted_product_is_not_found(reader: Client) -> None:
    made = a_product("A-1", deleted_at=NOON)
    expect_problem(reader.get(f"/api/products/{made.pk}/"), HTTPStatus.NOT_FOUND)
