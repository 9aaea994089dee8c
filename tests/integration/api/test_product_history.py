"""What happened to a product, and taking it back (B4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from pricebook.catalogue.models import Product
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(writer: Client) -> str:
    """Return the address of a product that was made, changed twice and deleted."""
    path = str(writer.post("/api/products/", {"sku": "A-1"}, content_type=JSON)["Location"])
    writer.patch(path, {"name": "Apple", "price": "1.2"}, content_type=JSON)
    writer.patch(path, {"price": "1.50"}, content_type=JSON)
    writer.delete(path)
    return path


def history(client: Client, path: str, query: str = "") -> list[dict[str, Any]]:
    response = client.get(f"{path}history/{query}")
    assert response.status_code == HTTPStatus.OK
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def test_every_change_is_told_the_newest_first(writer: Client, path: str) -> None:
    deleted, repriced, named, created = history(writer, path)
    assert [each["kind"] for each in (deleted, repriced, named, created)] == [
        "deleted",
        "updated",
        "updated",
        "created",
    ]
    assert repriced["fields"] == [{"field": "price", "before": "1.2", "after": "1.5"}]
    assert {each["field"]: (each["before"], each["after"]) for each in named["fields"]} == {
        "name": ("", "Apple"),
        "price": (None, "1.2"),
    }
    assert (created["fields"], created["actor"], created["job"]) == ([], "manager", None)
    assert (deleted["can_undo"], created["can_undo"]) == (True, False)


def test_the_history_comes_in_pages(writer: Client, path: str) -> None:
    first = writer.get(f"{path}history/?limit=3").json()
    assert [each["kind"] for each in first["results"]] == ["deleted", "updated", "updated"]
    second = writer.get(first["next"]).json()
    assert ([each["kind"] for each in second["results"]], second["next"]) == (["created"], None)


def test_changes_are_taken_back_one_by_one(writer: Client, path: str) -> None:
    deleted, repriced, named, created = history(writer, path)
    for each, price in ((deleted, "1.50"), (repriced, "1.20"), (named, None)):
        response = writer.post(f"{path}history/{each['changeset']}/undo/")
        assert (response.status_code, response.json()["price"]) == (HTTPStatus.OK, price)
        assert response["ETag"] == writer.get(path)["ETag"]
    response = writer.post(f"{path}history/{created['changeset']}/undo/")
    assert "Delete it instead" in expect_problem(response, HTTPStatus.CONFLICT)["detail"]


def test_what_was_changed_since_is_not_taken_back(writer: Client, path: str) -> None:
    _, repriced, named, _ = history(writer, path)
    response = writer.post(f"{path}history/{named['changeset']}/undo/")
    expect_problem(response, HTTPStatus.CONFLICT)
    assert repriced["changeset"] > named["changeset"]


def test_a_creation_is_taken_back_by_deleting(writer: Client) -> None:
    path = writer.post("/api/products/", {"sku": "A-1"}, content_type=JSON)["Location"]
    (created,) = history(writer, path)
    response = writer.post(f"{path}history/{created['changeset']}/undo/")
    assert (response.status_code, response.content) == (HTTPStatus.NO_CONTENT, b"")
    assert Product.objects.get().is_deleted


@pytest.mark.parametrize("changeset", ["1", str(2**63), "9" * 30])
def test_a_change_that_is_not_there_is_not_found(writer: Client, changeset: str) -> None:
    path = f"/api/products/{a_product('A-1').pk}/history/{changeset}/undo/"
    expect_problem(writer.post(path), HTTPStatus.NOT_FOUND)


def test_the_history_of_nothing_is_not_found(writer: Client) -> None:
    expect_problem(writer.get("/api/products/7/history/"), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("query", ["?limit=0", "?limit=501", "?before=x", "?before=-1"])
def test_a_page_that_makes_no_sense_is_refused(writer: Client, query: str, path: str) -> None:
    expect_problem(writer.get(f"{path}history/{query}"), HTTPStatus.BAD_REQUEST)


@pytest.mark.parametrize("changes", [1, 12])
def test_a_history_needs_five_queries_for_any_number_of_changes(
    writer: Client, django_assert_num_queries: DjangoAssertNumQueries, changes: int
) -> None:
    made = a_product("A-1")
    for number in range(changes):
        writer.patch(f"/api/products/{made.pk}/", {"name": str(number)}, content_type=JSON)
    with django_assert_num_queries(5):  # the key, the product, changes, sets, people
        assert len(history(writer, f"/api/products/{made.pk}/")) == changes
