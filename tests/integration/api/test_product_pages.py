"""The order of products, and walking through them by number and by cursor (B2)."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from pricebook.api import pages
from pricebook.catalogue import counts
from pricebook.catalogue.models import Product
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

ROWS = [
    ("A", "pear", "2", "x"),
    ("b", "apple", None, "X"),
    ("C", "apple", "10", ""),
    ("d", "fig", "2", "y"),
    ("E", "plum", None, "x"),
    ("f", "apple", "0.5", "y"),
    ("G", "kiwi", "2", ""),
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> None:
    """Fill the book with products that share names, prices, brands and change sets."""
    for number, (sku, name, price, brand) in enumerate(ROWS):
        a_product(
            sku,
            name=name,
            price=None if price is None else Decimal(price),
            brand=brand,
            changed_in=number % 3,
        )


def walk(client: Client, address: str, link: str = "next") -> list[dict[str, Any]]:
    """Return the pages from an address on, following their links."""
    found = []
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == HTTPStatus.OK
        found.append(answer.json())
        following = found[-1][link]
        assert len(found) < 20
    return found


def skus(pages_found: list[dict[str, Any]]) -> str:
    return "".join(row["sku"] for page in pages_found for row in page["results"])


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        ("sku", "AbCdEfG"),
        ("-sku", "GfEdCbA"),
        ("name", "bCfdGAE"),
        ("-name", "EAGdfCb"),
        ("price", "fAdGCbE"),
        ("-price", "CGdAfEb"),
        ("brand", "AbEdfCG"),
        ("-brand", "fdEbAGC"),
        ("updated_at", "AdGbECf"),
        ("-updated_at", "fCEbGdA"),
    ],
)
class TestOrder:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
    def test_every_way_through_the_list_shows_everything_once(
        self, reader: Client, ordering: str, order: str, size: int
    ) -> None:
        query = f"/api/products/?ordering={ordering}&page_size={size}"
        assert skus(walk(reader, query)) == order
        by_cursor = walk(reader, f"{query}&cursor=")
        assert skus(by_cursor) == order
        assert by_cursor[0]["previous"] is None
        assert {page["count"] for page in by_cursor} == {7}

    def test_a_cursor_leads_back_as_well(self, reader: Client, ordering: str, order: str) -> None:
        *_, last = walk(reader, f"/api/products/?ordering={ordering}&page_size=2&cursor=")
        back = walk(reader, last["previous"], "previous")
        assert skus([*back[::-1], last]) == order
        assert skus(walk(reader, back[-1]["next"])) == order[2:]


@pytest.mark.usefixtures("book")
def test_a_cursor_goes_on_where_its_product_was(reader: Client) -> None:
    first = reader.get("/api/products/?cursor=&page_size=3").json()
    Product.objects.filter(sku__in=["C", "d"]).delete()
    assert skus(walk(reader, first["next"])) == "EfG"


@pytest.mark.usefixtures("book")
def test_the_pages_of_a_cursor_keep_its_filters(reader: Client) -> None:
    assert skus(walk(reader, "/api/products/?name=apple&cursor=&page_size=1")) == "bCf"


def test_an_empty_list_has_one_empty_page_by_cursor(reader: Client) -> None:
    assert reader.get("/api/products/?cursor=").json() == {
        "count": 0,
        "count_is_exact": True,
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?cursor=x", "cursor"),
        ("?cursor=%00", "cursor"),
        ("?cursor=%ED%A0%80", "cursor"),
        (f"?cursor={'A' * 5000}", "cursor"),
        ("?cursor=&page=1", "page"),
        ("?ordering=", "ordering"),
        ("?ordering=colour", "ordering"),
        ("?ordering=--sku", "ordering"),
    ],
)
def test_a_place_that_makes_no_sense_is_named(reader: Client, query: str, parameter: str) -> None:
    problem = expect_problem(reader.get(f"/api/products/{query}"), HTTPStatus.BAD_REQUEST)
    assert {error["parameter"] for error in problem["errors"]} == {parameter}


@pytest.mark.usefixtures("book")
def test_a_cursor_belongs_to_its_ordering_and_cannot_be_forged(reader: Client) -> None:
    following = reader.get("/api/products/?cursor=&page_size=1").json()["next"]
    for other in (f"{following}&ordering=name", following.replace("cursor=", "cursor=W")):
        problem = expect_problem(reader.get(other), HTTPStatus.BAD_REQUEST)
        assert problem["errors"][0]["parameter"] == "cursor"


@pytest.mark.usefixtures("book")
def test_numbered_pages_end_where_counting_ends(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "COUNT_LIMIT", 4)
    monkeypatch.setattr(counts, "COUNT_LIMIT", 4)
    response = reader.get("/api/products/?page=3&page_size=2")
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert "by cursor" in problem["detail"]
    found = walk(reader, "/api/products/?page_size=2")
    assert skus(found) == "AbCdEfG"
    assert "cursor=" in found[1]["next"]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("query", "count", "is_exact"),
    [
        ("", 7, True),
        ("?active=true", 7, True),
        ("?active=false", 0, True),
        ("?price_min=2", 4, True),
        ("?name=%20", 7, True),
        ("?search=", 7, True),
        ("?sku=g", 1, True),
        ("?price_min=0&page_size=2", 4, False),
        # The last page tells by itself.
        ("?price_min=0", 5, True),
        ("?price_min=0&page_size=2&page=3", 5, True),
    ],
)
def test_a_count_is_exact_or_says_that_it_is_not(
    reader: Client, monkeypatch: pytest.MonkeyPatch, query: str, count: int, is_exact: bool
) -> None:
    monkeypatch.setattr(counts, "COUNT_LIMIT", 4)
    answer = reader.get(f"/api/products/{query}").json()
    assert (answer["count"], answer["count_is_exact"]) == (count, is_exact)


@pytest.mark.parametrize(
    ("query", "queries_needed"),
    [
        ("?page_size=10", 3),  # the key, the page, the totals
        ("?page=2&page_size=10", 3),
        ("?cursor=&page_size=10", 3),
        ("?name=x&ordering=-updated_at&page_size=10", 4),
        ("?ordering=price&page_size=10", 5),  # those without a price are a stretch of their own
        ("?page_size=100", 2),  # what the page holds needs no count
        ("?cursor=&page_size=100", 2),
        ("?name=x&ordering=-updated_at&page_size=100", 2),
    ],
)
@pytest.mark.parametrize("rows", [21, 40])
def test_a_list_needs_the_same_queries_for_any_number_of_rows(
    reader: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: str,
    queries_needed: int,
    rows: int,
) -> None:
    for number in range(rows):
        a_product(f"S-{number:03}", name="x")
    reader.get("/api/products/")
    with django_assert_num_queries(queries_needed):
        reader.get(f"/api/products/{query}")


def test_a_product_needs_two_queries(
    reader: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = a_product("A-1")
    reader.get("/api/products/")
    with django_assert_num_queries(2):  # the key, the product
        reader.get(f"/api/products/{made.pk}/")
