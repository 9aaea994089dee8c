"""Letting an import wait for approval, by the API (A11)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pricebook.accounts.models import Scope
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, book
from tests.integration.api.expect import expect_problem
from tests.integration.api.hooks import an_endpoint

if TYPE_CHECKING:
    from django.test import Client

    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db

JSON = "application/json"
CONTENT = b"sku,name,price\nA-1,Apple,1.20\nA-2,Pear,2\n"


@pytest.fixture
def manager(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD, Scope.READ, Scope.WRITE)


def previewed(client: Client) -> str:
    """Send a file that is to wait, let a worker read it, and return the import's address."""
    file = SimpleUploadedFile("products.csv", CONTENT)
    answer = client.post("/api/uploads/", {"file": file, "preview": "true"})
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    run_job(Job.objects.get().pk)
    return f"/api/imports/{answer.json()['id']}/"


def test_it_says_what_it_would_do(manager: Client) -> None:
    a_product("A-1", name="Apple", price=1, currency="EUR")
    state: dict[str, Any] = manager.get(f"{previewed(manager)}status/").json()
    assert (state["status"], state["processed_rows"]) == ("needs_review", 0)
    assert state["review"] == {
        "reasons": [],
        "new_rows": 1,
        "changed_rows": 1,
        "unchanged_rows": 0,
        "skipped_rows": 0,
        "missing_products": 0,
        "oddities": [
            {"code": "no_currency", "rows": 1, "sentence": "There is a price, but no currency."}
        ],
        "samples": [
            {
                "line": 2,
                "sku": "A-1",
                "product_id": state["review"]["samples"][0]["product_id"],
                "fields": [{"field": "price", "before": "1", "after": "1.2"}],
            },
            {
                "line": 3,
                "sku": "A-2",
                "product_id": None,
                "fields": [
                    {"field": "name", "before": None, "after": "Pear"},
                    {"field": "price", "before": None, "after": "2"},
                ],
            },
        ],
        "written_at": state["review"]["written_at"],
        "approved_by": None,
        "approved_at": None,
    }


def test_it_says_what_webhooks_it_would_send(manager: Client) -> None:
    an_endpoint("product.created", "product.updated", bulk_mode="each", rate_limit=4)
    an_endpoint("import.completed")
    an_endpoint("import.failed")
    a_product("A-1", name="Apple", price=1, currency="EUR")
    address = previewed(manager)
    state = manager.get(f"{address}status/").json()
    # Two products, and the summary.
    assert state["forecast"] == {"endpoints": 2, "requests": 3, "seconds": 0.5}
    manager.post(f"{address}approve/", content_type=JSON)
    assert manager.get(f"{address}status/").json()["forecast"] is None


def test_an_import_that_nobody_looked_at_has_no_review(manager: Client) -> None:
    manager.post("/api/uploads/", {"file": SimpleUploadedFile("products.csv", CONTENT)})
    import_id = Job.objects.get().pk
    assert manager.get(f"/api/imports/{import_id}/status/").json()["review"] is None


def test_approved_it_goes_on(manager: Client) -> None:
    address = previewed(manager)
    answer = manager.post(f"{address}approve/", content_type=JSON)
    assert (answer.status_code, answer.json()["status"]) == (HTTPStatus.ACCEPTED, "pending")
    run_job(Job.objects.get().pk)
    state = manager.get(f"{address}status/").json()
    assert (state["status"], state["created_rows"]) == ("completed", 2)
    assert state["review"]["approved_by"] == "manager"
    late = manager.post(f"{address}approve/", content_type=JSON)
    expect_problem(late, HTTPStatus.CONFLICT)


def test_what_was_seen_is_approved(manager: Client) -> None:
    address = previewed(manager)
    seen = manager.get(f"{address}status/").json()["review"]["written_at"]
    answer = manager.post(f"{address}approve/", {"written_at": seen}, content_type=JSON)
    assert (answer.status_code, answer.json()["status"]) == (HTTPStatus.ACCEPTED, "pending")


@pytest.mark.parametrize("body", [{"written_at": None}, {}])
def test_who_does_not_say_what_was_seen_approves_what_is_there(
    manager: Client, body: dict[str, object]
) -> None:
    answer = manager.post(f"{previewed(manager)}approve/", body, content_type=JSON)
    assert answer.status_code == HTTPStatus.ACCEPTED


def test_a_preview_that_nobody_has_seen_is_not_approved(manager: Client) -> None:
    address = previewed(manager)
    seen = manager.get(f"{address}status/").json()["review"]["written_at"]
    again = {"choices": {"columns": {"sku": "name", "name": "sku"}}}
    assert manager.post(f"{address}mapping/", again, content_type=JSON).status_code == 202
    run_job(Job.objects.get().pk)
    answer = manager.post(f"{address}approve/", {"written_at": seen}, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.CONFLICT)
    assert problem["detail"] == (
        "The import was looked at anew since you saw it. Look at it again."
    )
    assert Job.objects.get().status == Status.NEEDS_REVIEW


def test_only_a_moment_can_have_been_seen(manager: Client) -> None:
    body = {"written_at": "yesterday"}
    answer = manager.post(f"{previewed(manager)}approve/", body, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [fault["pointer"] for fault in problem["errors"]] == ["#/written_at"]


def test_discarded_it_changes_nothing(manager: Client) -> None:
    address = previewed(manager)
    answer = manager.post(f"{address}discard/")
    assert (answer.status_code, answer.json()["status"]) == (HTTPStatus.OK, "cancelled")
    assert book() == {}
    expect_problem(manager.post(f"{address}discard/"), HTTPStatus.CONFLICT)


def test_only_who_may_write_decides(manager: Client, keyed: KeyedClient) -> None:
    address = previewed(manager)
    for deed in ("approve", "discard"):
        answer = keyed(Scope.UPLOAD, Scope.READ).post(f"{address}{deed}/")
        expect_problem(answer, HTTPStatus.FORBIDDEN)
    assert Job.objects.get().status == Status.NEEDS_REVIEW


def test_one_that_is_under_way_cannot_be_discarded(manager: Client) -> None:
    manager.post("/api/uploads/", {"file": SimpleUploadedFile("products.csv", CONTENT)})
    answer = manager.post(f"/api/imports/{Job.objects.get().pk}/discard/")
    problem = expect_problem(answer, HTTPStatus.CONFLICT)
    assert (
        problem["detail"] == "Only a job that needs review can be discarded; this one is pending."
    )
