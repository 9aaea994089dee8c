"""The sources whose files were imported (A15)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.accounts.models import Scope
from pricebook.catalogue.models import Source, SourceProduct
from pricebook.catalogue.sources import find_source
from pricebook.imports.options import Options
from tests.factories import book, imported
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db

JSON = "application/json"


def address_of(source: Source) -> str:
    return f"/api/sources/{source.pk}/"


def test_the_list_says_what_each_one_sent_last(reader: Client) -> None:
    imported("sku,name\nA-1,x\nA-2,y\n", options=Options(source="South"))
    imported("sku,name\nB-1,x\n", options=Options(source="North", preview=True))
    page = reader.get("/api/sources/").json()
    north, south = Source.objects.order_by("name")
    last = south.last_import_at
    assert last is not None
    assert page == {
        "count": 2,
        "next": None,
        "previous": None,
        "results": [
            {"id": north.pk, "name": "North", "last_rows": None, "last_import_at": None},
            {
                "id": south.pk,
                "name": "South",
                "last_rows": 2,
                "last_import_at": last.isoformat().replace("+00:00", "Z"),
            },
        ],
    }


def test_only_a_file_makes_one(admin: Client) -> None:
    answer = admin.post("/api/sources/", {"name": "x"}, content_type=JSON)
    expect_problem(answer, HTTPStatus.METHOD_NOT_ALLOWED)


def test_one_is_read_by_its_number(reader: Client) -> None:
    north = find_source("North")
    assert reader.get(address_of(north)).json() == {
        "id": north.pk,
        "name": "North",
        "last_rows": None,
        "last_import_at": None,
    }


def test_another_name_goes_with_its_imports(writer: Client) -> None:
    job = imported("sku,name\nA-1,x\n", options=Options(source="Nroth"))
    source = Source.objects.get()
    answer = writer.patch(address_of(source), {"name": " North "}, content_type=JSON)
    assert (answer.status_code, answer.json()["name"]) == (HTTPStatus.OK, "North")
    assert answer.json()["last_rows"] == 1
    assert writer.get(f"/api/imports/{job.pk}/").json()["source"] == "North"
    assert find_source("north") == source


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": " "}, "#/name", "blank"),
        ({"name": "x" * 101}, "#/name", "max_length"),
        ({"name": "x\x00"}, "#/name", "null_characters_not_allowed"),
        ({}, "#/name", "required"),
        ({"name": "x", "last_rows": 1}, "#/last_rows", "unknown"),
    ],
)
def test_what_is_no_name_is_refused(
    writer: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    north = find_source("North")
    answer = writer.patch(address_of(north), body, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [(pointer, code)]
    assert list(Source.objects.values_list("name", flat=True)) == ["North"]


def test_a_name_that_another_one_has_is_a_conflict(writer: Client) -> None:
    find_source("South")
    answer = writer.patch(address_of(find_source("North")), {"name": "SOUTH"}, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.CONFLICT)
    assert problem["detail"] == "There is a source “SOUTH” already."


def test_one_is_forgotten_and_its_products_stay(writer: Client) -> None:
    job = imported("sku,name\nA-1,x\n", options=Options(source="North"))
    before = book()
    address = address_of(Source.objects.get())
    assert writer.delete(address).status_code == HTTPStatus.NO_CONTENT
    assert (book(), Source.objects.count(), SourceProduct.objects.count()) == (before, 0, 0)
    assert writer.get(f"/api/imports/{job.pk}/").json()["source"] is None
    expect_problem(writer.delete(address), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("scope", [Scope.READ, Scope.UPLOAD])
def test_only_who_may_write_changes_one(keyed: KeyedClient, scope: Scope) -> None:
    address = address_of(find_source("North"))
    renamed = keyed(scope).patch(address, {"name": "South"}, content_type=JSON)
    expect_problem(renamed, HTTPStatus.FORBIDDEN)
    expect_problem(keyed(scope).delete(address), HTTPStatus.FORBIDDEN)
    assert Source.objects.get().name == "North"


@pytest.mark.parametrize("number", [1, 10**30])
def test_one_that_is_not_there_is_not_found(writer: Client, number: int) -> None:
    address = f"/api/sources/{number}/"
    problem = expect_problem(writer.get(address), HTTPStatus.NOT_FOUND)
    assert problem["detail"] == f"There is no source {number}."
    renamed = writer.patch(address, {"name": "South"}, content_type=JSON)
    expect_problem(renamed, HTTPStatus.NOT_FOUND)
