"""Idempotency-Key: a request sent twice is done once (ABUSE 11)."""

from __future__ import annotations

import threading
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.test import Client

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.api.idempotency import purge_answers
from pricebook.api.models import StoredAnswer
from pricebook.api.tasks import purge
from pricebook.catalogue.models import Product
from pricebook.jobs.models import Job
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from tests.integration.api.conftest import KeyedClient

PRODUCTS = "/api/products/"

pytestmark = pytest.mark.django_db


def post(client: Client, body: object, key: str = "k-1", path: str = PRODUCTS) -> Any:
    headers = {"Idempotency-Key": key}
    return client.post(path, body, content_type="application/json", headers=headers)


def test_the_second_request_gets_the_answer_of_the_first(writer: Client) -> None:
    first = post(writer, {"sku": "A-1", "name": "x"})
    again = post(writer, {"name": "x", "sku": "A-1"})
    assert (first.status_code, again.status_code) == (HTTPStatus.CREATED, HTTPStatus.CREATED)
    assert (again.json(), again["Location"], again["ETag"]) == (
        first.json(),
        first["Location"],
        first["ETag"],
    )
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Product.objects.count() == 1


def test_without_a_key_every_request_counts(writer: Client) -> None:
    body = {"sku": "A-1"}
    assert writer.post(PRODUCTS, body, content_type="application/json").status_code == 201
    expect_problem(
        writer.post(PRODUCTS, body, content_type="application/json"), HTTPStatus.CONFLICT
    )


def test_a_job_is_queued_once(writer: Client) -> None:
    path, body = "/api/products/bulk/", [{"sku": "A-1", "price": 1.5}]
    first, again = post(writer, body, path=path), post(writer, body, path=path)
    assert first.status_code == again.status_code == HTTPStatus.ACCEPTED
    assert first["Location"] == again["Location"]
    assert Job.objects.count() == 1


def test_an_answer_without_a_body_is_repeated_too(writer: Client) -> None:
    made = post(writer, {"sku": "A-1"}).json()
    (created,) = writer.get(f"{PRODUCTS}{made['id']}/history/").json()["results"]
    undo = f"{PRODUCTS}{made['id']}/history/{created['changeset']}/undo/"
    for replayed in (False, True):
        answer = post(writer, {}, key="k-2", path=undo)
        assert (answer.status_code, answer.content) == (HTTPStatus.NO_CONTENT, b"")
        assert ("Idempotency-Replayed" in answer) is replayed


@pytest.mark.parametrize(
    ("path", "body"),
    [(PRODUCTS, {"sku": "B"}), ("/api/products/bulk/", [{"sku": "A-1"}])],
)
def test_a_key_that_comes_with_another_request_is_refused(
    writer: Client, path: str, body: object
) -> None:
    post(writer, {"sku": "A-1"})
    problem = expect_problem(post(writer, body, path=path), HTTPStatus.UNPROCESSABLE_ENTITY)
    assert "another request before" in problem["detail"]
    assert Product.objects.count() == 1


def test_a_request_that_failed_may_be_mended(writer: Client) -> None:
    expect_problem(post(writer, {"sku": ""}), HTTPStatus.BAD_REQUEST)
    assert post(writer, {"sku": "A-1"}).status_code == HTTPStatus.CREATED


def test_the_keys_of_two_people_are_two_keys(writer: Client) -> None:
    other = User.objects.create_user("other", role=Role.EDITOR)
    token = issue_api_key(owner=other, name="other", scopes=[Scope.WRITE]).token
    post(writer, {"sku": "A-1"})
    response = post(Client(headers={"X-API-Key": token}), {"sku": "B-2"})
    assert (response.status_code, response.json()["sku"]) == (HTTPStatus.CREATED, "B-2")


@pytest.mark.parametrize("key", ["", " ", "a b", "ü", "k" * 256])
def test_a_key_of_another_form_is_refused(writer: Client, key: str) -> None:
    expect_problem(post(writer, {"sku": "A-1"}, key=key), HTTPStatus.BAD_REQUEST)
    assert not Product.objects.exists()


def test_an_answer_is_forgotten_after_a_day(writer: Client) -> None:
    post(writer, {"sku": "A-1"})
    stored = StoredAnswer.objects.get()
    stored.created_at -= timedelta(hours=24, seconds=1)
    stored.save()
    expect_problem(post(writer, {"sku": "A-1"}), HTTPStatus.CONFLICT)
    post(writer, {"sku": "B-2"}, key="k-2")
    assert purge_answers() == 1
    assert StoredAnswer.objects.get().key == "k-2"
    purge()
    assert StoredAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_worked_on_is_not_done_beside_it(keyed: KeyedClient) -> None:
    client = keyed(Scope.WRITE)
    post(client, {"sku": "A-1"})
    answers = []

    def ask() -> None:
        answers.append(post(client, {"sku": "A-1"}))
        connection.close()

    with transaction.atomic():
        StoredAnswer.objects.select_for_update().get()
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    problem = expect_problem(answers[0], HTTPStatus.CONFLICT)
    assert "is being worked on" in problem["detail"]
    assert post(client, {"sku": "A-1"})["Idempotency-Replayed"] == "true"
