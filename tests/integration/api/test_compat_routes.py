"""Older clients' paths: the same views under other names, with word of their successors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pricebook.accounts.models import Scope
from pricebook.catalogue.models import Product
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

    from tests.integration.api.conftest import KeyedClient, MakeImport

JSON = "application/json"
OLD = "/products/api/products/"

pytestmark = pytest.mark.django_db


def expect_successor(answer: Any, successor: str) -> None:
    assert answer["Deprecation"] == "@1793491200"
    assert answer["Sunset"] == "Wed, 01 Nov 2028 00:00:00 GMT"
    assert answer["Link"] == f'<http://testserver{successor}>; rel="successor-version"'


def test_the_list_says_active_in_both_ways(reader: Client) -> None:
    a_product("A-1", active=False)
    answer = reader.get(f"{OLD}?active=false")
    (row,) = answer.json()["results"]
    assert (row["sku"], row["active"], row["is_active"]) == ("A-1", False, False)
    expect_successor(answer, "/api/products/")


@pytest.mark.parametrize("path", [OLD, f"{OLD}create/"])
@pytest.mark.parametrize("name", ["active", "is_active"])
def test_a_product_is_created_with_either_name(writer: Client, path: str, name: str) -> None:
    answer = writer.post(path, {"sku": "A-1", name: False}, content_type=JSON)
    assert (answer.status_code, answer.json()["is_active"]) == (HTTPStatus.CREATED, False)
    assert answer["Location"] == f"http://testserver/api/products/{Product.objects.get().pk}/"
    expect_successor(answer, "/api/products/")


def test_both_names_at_once_are_refused(writer: Client) -> None:
    body = {"sku": "A-1", "active": True, "is_active": True}
    answer = writer.post(OLD, body, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["pointer"] == "#/is_active"
    expect_successor(answer, "/api/products/")


def test_put_leaves_what_older_clients_do_not_know(writer: Client) -> None:
    made = a_product("A-1", brand="Orchard")
    body = {"sku": "A-1", "name": "Apple", "is_active": False}
    answer = writer.put(f"{OLD}{made.pk}/", body, content_type=JSON)
    assert (answer.json()["is_active"], answer.json()["brand"]) == (False, "Orchard")
    expect_successor(answer, f"/api/products/{made.pk}/")
    assert writer.get(f"{OLD}{made.pk}/").json() == answer.json()


@pytest.mark.parametrize(
    ("method", "suffix"), [("delete", "delete/"), ("post", "delete/"), ("delete", "")]
)
def test_a_product_is_deleted(writer: Client, method: str, suffix: str) -> None:
    made = a_product("A-1")
    answer = getattr(writer, method)(f"{OLD}{made.pk}/{suffix}")
    assert answer.status_code == HTTPStatus.NO_CONTENT
    expect_successor(answer, f"/api/products/{made.pk}/")
    assert Product.objects.get().is_deleted


@pytest.mark.parametrize("path", ["/api/products/bulk_delete/", f"{OLD}bulk-delete/"])
def test_all_products_are_deleted_with_a_confirmation(admin: Client, path: str) -> None:
    asked = admin.delete(path)
    confirmation = expect_problem(asked, HTTPStatus.PRECONDITION_REQUIRED)["confirmation"]
    answer = admin.delete(f"{path}?confirmation={confirmation}")
    assert answer.status_code == HTTPStatus.ACCEPTED
    expect_successor(answer, "/api/products/bulk-delete/")


def test_an_upload_is_followed_by_its_task_id(keyed: KeyedClient) -> None:
    client = keyed(Scope.READ, Scope.UPLOAD)
    file = SimpleUploadedFile("products.csv", b"sku,name\nA-1,x\n")
    answer = client.post("/products/api/upload/", {"file": file})
    assert answer.status_code == HTTPStatus.CREATED
    task_id = answer.json()["task_id"]
    assert task_id == answer.json()["id"]
    expect_successor(answer, "/api/uploads/")
    state = client.get(f"/products/api/upload/status/{task_id}/")
    assert (state.json()["task_id"], state.json()["status"]) == (task_id, "pending")
    expect_successor(state, f"/api/imports/{task_id}/status/")


def test_the_progress_is_a_stream(reader: Client, make_import: MakeImport) -> None:
    number = make_import(status="cancelled").pk
    answer = reader.get(f"/products/api/upload/progress/{number}/")
    assert answer["Content-Type"] == "text/event-stream"
    expect_successor(answer, f"/api/imports/{number}/events/")


@pytest.mark.parametrize("path", ["/products/api/", "/products/api/stores/"])
def test_other_paths_are_problems(reader: Client, path: str) -> None:
    expect_problem(reader.get(path), HTTPStatus.NOT_FOUND)
