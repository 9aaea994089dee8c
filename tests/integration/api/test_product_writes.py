"""Writing products one by one (B2): conditions, strictness, and what comes back."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from pricebook.catalogue.models import Product
from pricebook.changes.models import Change, ChangeSet
from tests.factories import a_product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.accounts.models import User

JSON = "application/json"

pytestmark = pytest.mark.django_db


def faults(problem: dict[str, Any]) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in problem["errors"]}


def test_a_product_is_created_with_every_field(writer: Client) -> None:
    sent = {
        "sku": " A-1 ",
        "name": "Apple",
        "description": "Crisp",
        "price": "12.50",
        "currency": "eur",
        "active": False,
        "brand": "Orchard",
        "gtin": "4006381333931",
        "category": "Fruit",
        "image_url": "https://example.com/a.png",
        "url": "https://example.com/a",
        "unit_size": "1 kg",
        "attributes": {"colour": "red", "weights": [1, 2.5, None]},
    }
    response = writer.post("/api/products/", sent, content_type=JSON)
    assert response.status_code == HTTPStatus.CREATED
    made = Product.objects.get()
    assert response["Location"] == f"http://testserver/api/products/{made.pk}/"
    assert response["ETag"] == f'"{made.changed_in}"'
    shown = response.json()
    assert {name: shown[name] for name in sent} == {**sent, "sku": "A-1", "currency": "EUR"}
    assert writer.get(response["Location"]).json() == shown


def test_what_is_not_given_is_blank(writer: Client) -> None:
    shown = writer.post("/api/products/", {"sku": "A-1"}, content_type=JSON).json()
    assert (shown["price"], shown["active"], shown["name"], shown["attributes"]) == (
        None,
        True,
        "",
        {},
    )


def test_a_write_leaves_who_did_it_and_what_was_there(writer: Client, person: User) -> None:
    made = a_product("A-1", price=Decimal("1.20"))
    writer.patch(f"/api/products/{made.pk}/", {"price": "1.5"}, content_type=JSON)
    change = Change.objects.get()
    assert change.fields == {"price": ["1.2", "1.5"]}
    assert ChangeSet.objects.get(pk=change.changeset_id).actor_id == person.pk


@pytest.mark.parametrize(
    ("price", "kept"),
    [
        ('"12.50"', "12.50"),
        ("12.50", "12.50"),
        ("0.1", "0.10"),
        ("9999999999.9999", "9999999999.9999"),
        ("1e2", "100.00"),
        ("7", "7.00"),
        ("null", None),
        ('""', None),
    ],
)
def test_a_price_is_kept_exactly(writer: Client, price: str, kept: str | None) -> None:
    body = f'{{"sku": "A-1", "price": {price}}}'
    response = writer.post("/api/products/", body, content_type=JSON)
    assert (response.status_code, response.json()["price"]) == (HTTPStatus.CREATED, kept)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("sku", '""', "sku_missing"),
        ("sku", "null", "type"),
        ("sku", "7", "type"),
        ("sku", f'"{"s" * 101}"', "sku_too_long"),
        ("sku", '"A\\u0000"', "control_character"),
        ("name", "{}", "type"),
        ("price", "-1", "price_negative"),
        ("price", "1.23456", "price_too_precise"),
        ("price", "1e15", "price_too_large"),
        ("price", "1e999999999", "price_invalid"),
        ("price", "true", "price_invalid"),
        ("price", '"€ 12"', "price_invalid"),
        ("price", '"1,234.50"', "price_invalid"),
        ("active", '"yes"', "type"),
        ("active", "1", "type"),
        ("active", "null", "type"),
        ("attributes", '"red"', "type"),
        ("attributes", '{"a": {"b": 1}}', "attributes_invalid"),
        ("attributes", '{"a": 1e400}', "attributes_invalid"),
        ("colour", '"red"', "unknown"),
        ("a/b~c", "1", "unknown"),
        ("id", "7", "read_only"),
        ("created_at", "null", "read_only"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(
    writer: Client, field: str, value: str, code: str
) -> None:
    sku = "" if field == "sku" else '"sku": "A-1", '
    body = f'{{{sku}"{field}": {value}}}'
    response = writer.post("/api/products/", body, content_type=JSON)
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    pointer = "#/" + field.replace("~", "~0").replace("/", "~1")
    assert faults(problem) == {pointer: code}
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '"sku"',
        "{",
        '{"sku": NaN}',
        '{"sku": "A", "sku": "B"}',
        '{"sku": "\\ud800"}',
        f'{{"price": {"9" * 5000}}}',
        "[" * 100_000,
        f'{{"sku": "A-1", "attributes": {{"a": {"[" * 400}{"]" * 400}}}}}',
        f'{{"sku": "A-1", "attributes": {{"a": {"[" * 50}{"]" * 50}}}}}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_product_is_refused(writer: Client, body: str | bytes) -> None:
    expect_problem(writer.post("/api/products/", body, content_type=JSON), HTTPStatus.BAD_REQUEST)


def test_a_body_of_another_type_is_refused(writer: Client) -> None:
    response = writer.post("/api/products/", "sku=A-1", content_type="text/plain")
    expect_problem(response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def test_a_body_larger_than_any_product_is_refused(writer: Client) -> None:
    body = f'{{"sku": "{"s" * 1024 * 1024}"}}'
    response = writer.post("/api/products/", body, content_type=JSON)
    expect_problem(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def test_a_sku_that_is_taken_is_a_conflict(writer: Client) -> None:
    a_product("a-1")
    response = writer.post("/api/products/", {"sku": "A-1"}, content_type=JSON)
    assert faults(expect_problem(response, HTTPStatus.CONFLICT)) == {"#/sku": "sku_taken"}


def test_a_deleted_product_comes_back_under_its_number(writer: Client) -> None:
    gone = a_product("A-1", name="Old", deleted_at=timezone.now())
    response = writer.post("/api/products/", {"sku": "A-1"}, content_type=JSON)
    assert response.status_code == HTTPStatus.CREATED
    assert (response.json()["id"], response.json()["name"]) == (gone.pk, "")


def test_put_replaces_and_patch_changes(writer: Client) -> None:
    made = a_product("A-1", name="Apple", brand="Orchard", price=Decimal(2))
    path = f"/api/products/{made.pk}/"
    patched = writer.patch(path, {"name": "Pear"}, content_type=JSON).json()
    assert (patched["name"], patched["brand"], patched["price"]) == ("Pear", "Orchard", "2.00")
    replaced = writer.put(path, {"sku": "B-2", "name": "Plum"}, content_type=JSON).json()
    assert (replaced["sku"], replaced["name"], replaced["brand"], replaced["price"]) == (
        "B-2",
        "Plum",
        "",
        None,
    )


def test_put_needs_the_sku(writer: Client) -> None:
    made = a_product("A-1")
    response = writer.put(f"/api/products/{made.pk}/", {"name": "x"}, content_type=JSON)
    assert faults(expect_problem(response, HTTPStatus.BAD_REQUEST)) == {"#/sku": "sku_missing"}


def test_what_was_read_can_be_sent_back(writer: Client) -> None:
    made = a_product("A-1", price=Decimal("1.5"), gtin="123", attributes={"a": [1.5, "x"]})
    path = f"/api/products/{made.pk}/"
    shown = writer.get(path).json()
    response = writer.put(path, shown, content_type=JSON)
    assert (response.status_code, response.json()) == (HTTPStatus.OK, shown)
    assert not Change.objects.exists()


@pytest.mark.parametrize("name", ["id", "created_at", "updated_at", "has_invalid_gtin"])
def test_another_value_of_a_read_only_field_is_refused(writer: Client, name: str) -> None:
    path = f"/api/products/{a_product('A-1').pk}/"
    response = writer.patch(path, {name: "2020"}, content_type=JSON)
    assert faults(expect_problem(response, HTTPStatus.BAD_REQUEST)) == {f"#/{name}": "read_only"}


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_version_that_is_over_is_not_overwritten(writer: Client, method: str) -> None:
    path = f"/api/products/{a_product('A-1').pk}/"
    seen = writer.get(path)["ETag"]
    now = writer.patch(path, {"name": "Pear"}, content_type=JSON)["ETag"]
    assert seen != now
    write = getattr(writer, method)
    body = {"sku": "A-1", "name": "Plum"}
    stale = write(path, body, content_type=JSON, headers={"If-Match": seen})
    expect_problem(stale, HTTPStatus.PRECONDITION_FAILED)
    weak = write(path, body, content_type=JSON, headers={"If-Match": f"W/{now}"})
    expect_problem(weak, HTTPStatus.PRECONDITION_FAILED)
    assert writer.get(path).json()["name"] == "Pear"
    fresh = write(path, body, content_type=JSON, headers={"If-Match": f'"0", {now}'})
    assert fresh.status_code in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}


def test_who_has_the_version_gets_no_body(writer: Client) -> None:
    path = f"/api/products/{a_product('A-1').pk}/"
    etag = writer.get(path)["ETag"]
    for seen in (etag, f"W/{etag}", "*"):
        response = writer.get(path, headers={"If-None-Match": seen})
        assert (response.status_code, response.content) == (HTTPStatus.NOT_MODIFIED, b"")
        assert response["ETag"] == etag
    assert writer.get(path, headers={"If-None-Match": '"7"'}).status_code == HTTPStatus.OK


def test_a_product_is_deleted(writer: Client) -> None:
    made = a_product("A-1")
    response = writer.delete(f"/api/products/{made.pk}/")
    assert (response.status_code, response.content) == (HTTPStatus.NO_CONTENT, b"")
    assert Product.objects.get(pk=made.pk).is_deleted
    expect_problem(writer.delete(f"/api/products/{made.pk}/"), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("number", ["7", str(2**63), "9" * 40])
def test_a_product_that_is_not_there_is_not_found(writer: Client, method: str, number: str) -> None:
    response = getattr(writer, method)(f"/api/products/{number}/", {}, content_type=JSON)
    expect_problem(response, HTTPStatus.NOT_FOUND)


class TestBySku:
    @pytest.mark.parametrize(
        ("sku", "address"),
        [
            ("A-1", "a-1"),
            ("A/1", "A%2F1"),
            ("A/1", "A/1"),
            ("a/", "A%2F"),
            ("1.5%", "1.5%25"),
            ("50%25", "50%2525"),
            ("ŠĆ 1", "%C5%A1%C4%87%201"),
            ("x?y#z", "x%3Fy%23z"),
            ("history", "history"),
        ],
    )
    def test_any_sku_is_an_address(self, writer: Client, sku: str, address: str) -> None:
        path = f"/api/products/by-sku/{address}/"
        made = a_product(sku)
        assert writer.get(path).json()["id"] == made.pk
        assert writer.patch(path, {"name": "x"}, content_type=JSON).json()["name"] == "x"
        assert writer.put(path, {"name": "y"}, content_type=JSON).json()["sku"] == sku
        assert writer.delete(path).status_code == HTTPStatus.NO_CONTENT
        expect_problem(writer.get(path), HTTPStatus.NOT_FOUND)

    def test_put_creates_and_then_replaces(self, writer: Client) -> None:
        path = "/api/products/by-sku/A-1/"
        first = writer.put(path, {"name": "Apple", "brand": "Orchard"}, content_type=JSON)
        made = Product.objects.get()
        assert first.status_code == HTTPStatus.CREATED
        assert first["Location"] == f"http://testserver/api/products/{made.pk}/"
        assert (first.json()["sku"], first.json()["brand"]) == ("A-1", "Orchard")
        second = writer.put(path, {"name": "Pear", "sku": "a-1"}, content_type=JSON)
        assert second.status_code == HTTPStatus.OK
        assert (second.json()["sku"], second.json()["brand"]) == ("a-1", "")

    def test_the_body_cannot_mean_another_product(self, writer: Client) -> None:
        response = writer.put("/api/products/by-sku/A-1/", {"sku": "B"}, content_type=JSON)
        assert faults(expect_problem(response, HTTPStatus.BAD_REQUEST)) == {"#/sku": "sku_differs"}

    def test_conditions_tell_creating_from_replacing(self, writer: Client) -> None:
        path = "/api/products/by-sku/A-1/"
        absent = writer.put(path, {}, content_type=JSON, headers={"If-Match": "*"})
        expect_problem(absent, HTTPStatus.PRECONDITION_FAILED)
        new = {"If-None-Match": "*"}
        assert writer.put(path, {}, content_type=JSON, headers=new).status_code == 201
        present = writer.put(path, {}, content_type=JSON, headers=new)
        expect_problem(present, HTTPStatus.PRECONDITION_FAILED)

    def test_one_that_somebody_else_creates_meanwhile_is_not_overwritten(
        self, writer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_product("A-1", name="Apple")
        monkeypatch.setattr("pricebook.api.products._with_sku", lambda _sku: None)
        new = {"If-None-Match": "*"}
        answer = writer.put("/api/products/by-sku/A-1/", {}, content_type=JSON, headers=new)
        expect_problem(answer, HTTPStatus.PRECONDITION_FAILED)
        assert Product.objects.get().name == "Apple"

    @pytest.mark.parametrize("method", ["get", "patch", "delete"])
    @pytest.mark.parametrize("sku", ["A-1", "%00", "%20", "s" * 500])
    def test_an_unknown_sku_is_not_found(self, writer: Client, method: str, sku: str) -> None:
        response = getattr(writer, method)(f"/api/products/by-sku/{sku}/", {}, content_type=JSON)
        expect_problem(response, HTTPStatus.NOT_FOUND)

    @pytest.mark.parametrize("sku", ["%00", "%20", "s" * 500])
    def test_an_impossible_sku_cannot_be_put(self, writer: Client, sku: str) -> None:
        response = writer.put(f"/api/products/by-sku/{sku}/", {}, content_type=JSON)
        assert [*faults(expect_problem(response, HTTPStatus.BAD_REQUEST))] == ["#/sku"]
