"""Many products at once (B2, B3): upsert, edit, delete all."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.core import signing

from pricebook.api import bulk
from pricebook.catalogue.models import BulkEdit, Product
from pricebook.changes.models import Change
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, counts
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.accounts.models import User

JSON = "application/json"
BULK = "/api/products/bulk/"
EDIT = "/api/products/bulk-edit/"
DELETE = "/api/products/bulk-delete/"

pytestmark = pytest.mark.django_db


def followed(client: Client, response: Any) -> Job:
    """Check that the answer leads to a job, run it, and return how it ended."""
    assert response.status_code == HTTPStatus.ACCEPTED
    queued = client.get(response["Location"]).json()
    assert (queued["status"], queued["url"]) == ("pending", response["Location"])
    assert response.json() == queued
    assert run_job(queued["id"])
    return Job.objects.get(pk=queued["id"])


class TestUpsert:
    def test_products_are_created_and_updated_by_sku(self, writer: Client) -> None:
        known = a_product("a-1", name="Old", description="Stays")
        rows: list[dict[str, Any]] = [
            {"sku": "A-1", "name": "New"},
            {
                "sku": "B-2",
                "name": "=1+1",
                "description": 'two\nlines, and a "quote"',
                "price": "1.234",
                "currency": "EUR",
                "active": False,
                "brand": "Orchard",
                "gtin": "4006381333931",
                "category": "Fruit",
                "image_url": "https://example.com/a.png",
                "url": "https://example.com/a",
                "unit_size": "1 kg",
                "attributes": {"colour": "red"},
            },
        ]
        response = writer.post(BULK, rows, content_type=JSON)
        assert response.json()["import_url"].endswith(f"/api/imports/{response.json()['id']}/")
        job = followed(writer, response)
        assert counts(job) == {"total": 2, "created": 1, "updated": 1}
        first = writer.get(f"/api/products/{known.pk}/").json()
        assert (first["sku"], first["name"], first["description"]) == ("A-1", "New", "Stays")
        second = writer.get("/api/products/by-sku/B-2/").json()
        assert {name: second[name] for name in rows[1]} == rows[1]

    def test_a_price_is_never_taken_for_thousands(self, writer: Client) -> None:
        rows = [{"sku": f"S-{number}", "price": f"{number}.250"} for number in range(1, 30)]
        followed(writer, writer.post(BULK, rows, content_type=JSON))
        assert {str(p.price) for p in Product.objects.filter(sku="S-7")} == {"7.2500"}

    def test_the_last_product_of_a_sku_counts_and_bad_rows_are_kept(self, writer: Client) -> None:
        rows = [{"sku": "A", "name": "1"}, {"sku": "a", "name": "2"}, {"sku": "B", "price": "-1"}]
        job = followed(writer, writer.post(BULK, rows, content_type=JSON))
        assert counts(job) == {"total": 3, "created": 1, "duplicate": 1, "failed": 1}
        assert Product.objects.get().name == "2"

    @pytest.mark.parametrize(
        ("body", "faults"),
        [
            ([], {"#": "not_a_list"}),
            ({"sku": "A"}, {"#": "not_a_list"}),
            ([{"sku": "A"}, "B"], {"#/1": "not_an_object"}),
            ([{"sku": "A", "colour": "red"}], {"#/0/colour": "unknown"}),
            (
                [{"sku": "A", "active": "no"}, {"sku": 7}],
                {"#/0/active": "type", "#/1/sku": "type"},
            ),
        ],
    )
    def test_a_row_of_the_wrong_form_is_named(
        self, writer: Client, body: Any, faults: dict[str, str]
    ) -> None:
        response = writer.post(BULK, json.dumps(body), content_type=JSON)
        problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
        assert {error["pointer"]: error["code"] for error in problem["errors"]} == faults
        assert not Job.objects.exists()

    def test_a_body_may_be_large_but_not_endless(
        self, writer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [{"sku": f"S-{number}", "description": "x" * 1000} for number in range(3000)]
        response = writer.post(BULK, rows, content_type=JSON)
        assert response.status_code == HTTPStatus.ACCEPTED
        monkeypatch.setattr(bulk.BulkUpsert, "body_limit", 1000)
        response = writer.post(BULK, rows, content_type=JSON)
        expect_problem(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class TestEdit:
    @pytest.fixture
    def ids(self) -> list[int]:
        """Return the numbers of three active products and an inactive one."""
        made = [a_product(sku, name=sku, active=sku != "D") for sku in "ABCD"]
        return [product.pk for product in made]

    @pytest.mark.parametrize(
        ("action", "changed", "active"),
        [("deactivate", 2, "C"), ("activate", 1, "ABCD"), ("delete", 3, "C")],
    )
    def test_chosen_products_are_changed_at_once(
        self, writer: Client, ids: list[int], action: str, changed: int, active: str
    ) -> None:
        body = {"action": action, "ids": [ids[0], ids[1], ids[3], 10**15]}
        response = writer.post(EDIT, body, content_type=JSON)
        changeset_id = Change.objects.values_list("changeset_id", flat=True).distinct().get()
        assert response.status_code == HTTPStatus.OK
        assert response.json() == {"changed": changed, "changeset_id": changeset_id}
        found = Product.objects.live().filter(active=True).order_by("sku")
        assert "".join(found.values_list("sku", flat=True)) == active

    def test_nothing_to_change_leaves_no_change_set(self, writer: Client, ids: list[int]) -> None:
        response = writer.post(EDIT, {"action": "activate", "ids": ids[:1]}, content_type=JSON)
        assert response.json() == {"changed": 0, "changeset_id": None}

    def test_a_filter_is_changed_by_a_job(self, writer: Client, ids: list[int]) -> None:
        body = {"action": "deactivate", "filter": {"sku": "a", "active": True, "price_min": None}}
        response = writer.post(EDIT, body, content_type=JSON)
        assert (response.json()["kind"], response.json()["action"]) == ("bulk_edit", "deactivate")
        assert counts(followed(writer, response)) == {"total": 1, "updated": 1}
        assert not Product.objects.get(pk=ids[0]).active

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ([], "#"),
            ({}, "#/action"),
            ({"action": "undo", "ids": [1]}, "#/action"),
            ({"action": ["delete"], "ids": [1]}, "#/action"),
            ({"action": "delete"}, "#/filter"),
            ({"action": "delete", "ids": [1], "filter": {"sku": "a"}}, "#/filter"),
            ({"action": "delete", "ids": []}, "#/ids"),
            ({"action": "delete", "ids": "1"}, "#/ids"),
            ({"action": "delete", "ids": [True]}, "#/ids"),
            ({"action": "delete", "ids": [0]}, "#/ids"),
            ({"action": "delete", "ids": [2**63]}, "#/ids"),
            ({"action": "delete", "ids": list(range(1, 1002))}, "#/ids"),
            ({"action": "delete", "filter": {}}, "#/filter"),
            ({"action": "delete", "filter": {"sku": ""}}, "#/filter/sku"),
            ({"action": "delete", "filter": {"ids": [], "active": True}}, "#/filter/ids"),
            ({"action": "deactivate", "filter": {"ids": []}}, "#/filter/ids"),
            ({"action": "delete", "filter": []}, "#"),
            ({"action": "delete", "filter": {"colour": "red"}}, "#/filter/colour"),
            ({"action": "delete", "filter": {"active": "maybe"}}, "#/filter/active"),
            ({"action": "delete", "filter": {"price_min": {}}}, "#/filter/price_min"),
            ({"action": "delete", "filter": {"ids": [-1]}}, "#/filter/ids"),
            ({"action": "delete", "filter": {"name": "\0"}}, "#/filter/name"),
            ({"action": "delete", "ids": [1], "colour": "red"}, "#/colour"),
        ],
    )
    def test_an_order_that_makes_no_sense_is_named(
        self, writer: Client, body: Any, pointer: str
    ) -> None:
        response = writer.post(EDIT, json.dumps(body), content_type=JSON)
        problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert not Job.objects.exists()


class TestDeleteAll:
    @pytest.fixture(autouse=True)
    def book(self) -> None:
        """Fill the book with two products."""
        a_product("A")
        a_product("B")

    def asked(self, client: Client) -> str:
        problem = expect_problem(client.delete(DELETE), HTTPStatus.PRECONDITION_REQUIRED)
        assert problem["count"] == 2
        assert "deletes all 2 products" in problem["detail"]
        return str(problem["confirmation"])

    @pytest.mark.parametrize("place", ["query", "body"])
    def test_it_takes_two_requests_and_a_job(self, admin: Client, place: str) -> None:
        confirmation = self.asked(admin)
        if place == "query":
            response = admin.delete(f"{DELETE}?confirmation={confirmation}")
        else:
            response = admin.delete(DELETE, {"confirmation": confirmation}, content_type=JSON)
        assert counts(followed(admin, response)) == {"total": 2, "updated": 2}
        assert admin.get("/api/products/").json()["count"] == 0
        undo = admin.post(f"{response['Location']}undo/")
        assert undo.json()["action"] == "undo"
        assert counts(followed(admin, undo)) == {"total": 2, "updated": 2}
        assert admin.get("/api/products/").json()["count"] == 2
        assert admin.get(response["Location"]).json()["status"] == Status.UNDONE

    def test_what_empties_the_book_needs_an_administrator(
        self, admin: Client, writer: Client
    ) -> None:
        response = admin.delete(f"{DELETE}?confirmation={self.asked(admin)}")
        assert writer.post(f"{response['Location']}cancel/").status_code == HTTPStatus.OK
        expect_problem(writer.post(f"{response['Location']}retry/"), HTTPStatus.FORBIDDEN)
        retried = admin.post(f"{response['Location']}retry/")
        followed(admin, retried)
        undo = writer.post(f"{response['Location']}undo/")
        followed(writer, undo)
        expect_problem(writer.post(f"{undo['Location']}undo/"), HTTPStatus.FORBIDDEN)
        assert Product.objects.live().count() == 2

    def test_the_confirmation_is_over_when_the_number_changes(self, admin: Client) -> None:
        confirmation = self.asked(admin)
        a_product("C")
        response = admin.delete(f"{DELETE}?confirmation={confirmation}")
        assert expect_problem(response, HTTPStatus.PRECONDITION_REQUIRED)["count"] == 3

    def test_the_confirmation_is_over_after_ten_minutes(
        self, admin: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        confirmation = self.asked(admin)
        later = time.time() + 601
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
        response = admin.delete(f"{DELETE}?confirmation={confirmation}")
        expect_problem(response, HTTPStatus.PRECONDITION_REQUIRED)

    def test_the_confirmation_of_another_person_does_not_count(
        self, admin: Client, person: User
    ) -> None:
        other = signing.dumps([person.pk + 1, 2], salt="pricebook.api.delete-all")
        for confirmation in (other, "x", "%00", ""):
            response = admin.delete(f"{DELETE}?confirmation={confirmation}")
            expect_problem(response, HTTPStatus.PRECONDITION_REQUIRED)
        assert not BulkEdit.objects.exists()

    @pytest.mark.parametrize("body", [{"confirm": "x"}, []])
    def test_another_body_is_refused(self, admin: Client, body: Any) -> None:
        response = admin.delete(DELETE, json.dumps(body), content_type=JSON)
        expect_problem(response, HTTPStatus.BAD_REQUEST)
