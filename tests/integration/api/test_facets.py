"""What the catalogue consists of, never stale after a write (G5)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import redis as redis_py
from django.utils import timezone

from pricebook.catalogue import facets
from pricebook.catalogue.bulk import edit_products
from pricebook.catalogue.models import BulkAction, Product
from pricebook.changes.position import place_changesets
from pricebook.core import redis
from tests.factories import a_product, imported

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

FACETS = "/api/products/facets/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget() -> None:
    """Begin with no counts kept."""
    client = redis.client()
    if names := list(client.scan_iter("catalogue:facets:*")):
        client.delete(*names)


def read(client: Client) -> dict[str, list[tuple[str, int]]]:
    response = client.get(FACETS)
    assert response.status_code == HTTPStatus.OK
    found: dict[str, list[dict[str, Any]]] = response.json()
    return {
        name: [(each["value"], each["products"]) for each in rows] for name, rows in found.items()
    }


def test_the_commonest_values_come_first(reader: Client) -> None:
    for number, (brand, category, currency) in enumerate(
        [
            ("Orchard", "Fruit", "EUR"),
            ("Orchard", "", "EUR"),
            ("Bakery", "Fruit", "CHF"),
            ("", "", ""),
        ]
    ):
        a_product(f"S-{number}", brand=brand, category=category, currency=currency)
    a_product("S-9", brand="Gone", deleted_at=timezone.now())
    assert read(reader) == {
        "brands": [("Orchard", 2), ("Bakery", 1)],
        "categories": [("Fruit", 2)],
        "currencies": [("EUR", 2), ("CHF", 1)],
    }


def test_only_the_commonest_are_shown(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "SHOWN", 2)
    for number in range(5):
        a_product(f"S-{number}", brand=f"B-{number}")
    assert read(reader)["brands"] == [("B-0", 1), ("B-1", 1)]


def test_every_write_shows_at_once(writer: Client) -> None:
    json = "application/json"
    path = writer.post("/api/products/", {"sku": "A", "brand": "X"}, content_type=json)["Location"]
    assert read(writer)["brands"] == [("X", 1)]
    writer.patch(path, {"brand": "Y"}, content_type=json)
    assert read(writer)["brands"] == [("Y", 1)]
    place_changesets()
    assert read(writer)["brands"] == [("Y", 1)]
    imported("sku,brand\nB,Y\n")
    assert read(writer)["brands"] == [("Y", 2)]
    number = Product.objects.get(sku="B").pk
    edit_products(action=BulkAction.DELETE, ids=(number,), actor=None)
    assert read(writer)["brands"] == [("Y", 1)]


def test_they_are_counted_once_for_each_state_of_the_book(
    writer: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    writer.post("/api/products/", {"sku": "A", "brand": "X"}, content_type="application/json")
    # The key, the state of the ledger, three counts; a savepoint, the lock, and its end.
    with django_assert_num_queries(8):
        first = read(writer)
    with django_assert_num_queries(2):
        assert read(writer) == first


def test_without_redis_they_are_counted(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    a_product("A", brand="X")
    nowhere = redis_py.Redis.from_url("redis://127.0.0.1:1")
    monkeypatch.setattr(redis, "client", lambda: nowhere)
    assert read(reader)["brands"] == [("X", 1)]
