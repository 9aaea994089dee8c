"""Older clients' paths of webhooks: the same endpoints in their words (MISSION F)."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from pricebook.webhooks.models import BulkMode, Endpoint
from tests.integration.api.expect import expect_problem
from tests.integration.api.hooks import URL, an_endpoint
from tests.integration.api.test_compat_routes import expect_successor
from tests.servers.receiver import Reply, run_receiver

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

JSON = "application/json"
OLD = "/webhooks/api/webhooks/"
OWN_SECRET = "whsec_" + "QUJD" * 10

pytestmark = pytest.mark.django_db


def test_the_list_says_everything_in_both_ways(reader: Client) -> None:
    an_endpoint("product.created", "product.updated", enabled=False)
    answer = reader.get(OLD)
    (row,) = answer.json()["results"]
    assert (row["enabled"], row["is_active"], row["active"]) == (False, False, False)
    assert row["event_types"] == ["product.created", "product.updated"]
    assert (row["event_type"], row["last_status"], row["last_response_time"]) == (
        "product.created",
        None,
        None,
    )
    assert "secret_key" not in row
    expect_successor(answer, "/api/webhooks/")


@pytest.mark.parametrize("path", [OLD, f"{OLD}create/"])
@pytest.mark.parametrize("name", ["enabled", "is_active", "active"])
def test_one_is_made_with_older_names(writer: Client, path: str, name: str) -> None:
    body = {"url": URL, "event_type": "upload.completed", name: False, "secret_key": OWN_SECRET}
    answer = writer.post(path, body, content_type=JSON)
    assert answer.status_code == HTTPStatus.CREATED
    made = answer.json()
    assert (made["event_type"], made["is_active"]) == ("import.completed", False)
    assert (made["secret_key"], made["secret"]) == (OWN_SECRET, OWN_SECRET)
    endpoint = Endpoint.objects.get()
    assert (endpoint.event_types, endpoint.enabled) == (["import.completed"], False)
    assert answer["Location"] == f"http://testserver/api/webhooks/{endpoint.pk}/"
    expect_successor(answer, "/api/webhooks/")


@pytest.mark.parametrize("secret", ["", None])
def test_a_blank_secret_asks_for_one(writer: Client, secret: str | None) -> None:
    body = {"url": URL, "event_type": "product_updated", "secret_key": secret}
    made = writer.post(OLD, body, content_type=JSON).json()
    assert made["secret_key"].startswith("whsec_")


@pytest.mark.parametrize(
    ("extra", "pointer"),
    [
        ({"is_active": True, "active": True}, "#/active"),
        ({"event_types": ["product.created"]}, "#/event_type"),
        ({"secret": OWN_SECRET, "secret_key": OWN_SECRET}, "#/secret_key"),
        ({"colour": "red"}, "#/colour"),
        ({"secret_key": "short"}, "#/secret"),
    ],
)
def test_two_names_of_one_thing_and_unknown_ones_are_refused(
    writer: Client, extra: dict[str, Any], pointer: str
) -> None:
    body = {"url": URL, "event_type": "product.updated", **extra}
    answer = writer.post(OLD, body, content_type=JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    expect_successor(answer, "/api/webhooks/")


def test_put_leaves_what_older_clients_do_not_know(writer: Client) -> None:
    endpoint = an_endpoint("product.created", description="Warehouse", bulk_mode=BulkMode.EACH)
    body = {"event_type": "product_deleted", "is_active": False, "secret_key": ""}
    answer = writer.put(f"{OLD}{endpoint.pk}/", body, content_type=JSON)
    changed = answer.json()
    assert (changed["event_types"], changed["active"]) == (["product.deleted"], False)
    assert (changed["url"], changed["description"], changed["bulk_mode"]) == (
        URL,
        "Warehouse",
        "each",
    )
    expect_successor(answer, f"/api/webhooks/{endpoint.pk}/")
    assert writer.get(f"{OLD}{endpoint.pk}/").json() == changed


@pytest.mark.parametrize(
    ("method", "suffix"), [("delete", "delete/"), ("post", "delete/"), ("delete", "")]
)
def test_one_is_deleted(writer: Client, method: str, suffix: str) -> None:
    endpoint = an_endpoint()
    answer = getattr(writer, method)(f"{OLD}{endpoint.pk}/{suffix}")
    assert answer.status_code == HTTPStatus.NO_CONTENT
    expect_successor(answer, f"/api/webhooks/{endpoint.pk}/")
    assert not Endpoint.objects.live().exists()


def test_a_trial_tells_its_result_in_older_words(writer: Client, settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with run_receiver() as receiver:
        receiver.reply = lambda _: Reply(418)
        endpoint = an_endpoint(url=receiver.url)
        answer = writer.post(f"{OLD}{endpoint.pk}/test/", content_type=JSON)
    told = answer.json()
    assert answer.status_code == HTTPStatus.OK
    assert (told["success"], told["status_code"], told["response_code"]) == (False, 418, 418)
    assert told["response_time"] == told["response_time_ms"] > 0
    expect_successor(answer, f"/api/webhooks/{endpoint.pk}/test/")


@pytest.mark.parametrize("path", ["/webhooks/api/", "/webhooks/api/hooks/", f"{OLD}7/"])
def test_other_paths_are_problems(reader: Client, path: str) -> None:
    expect_problem(reader.get(path), HTTPStatus.NOT_FOUND)


def test_one_that_is_not_there_is_not_found(writer: Client) -> None:
    path = f"{OLD}00000000-0000-4000-8000-000000000000/"
    for answer in (writer.get(path), writer.delete(path), writer.post(f"{path}test/", {}, JSON)):
        expect_problem(answer, HTTPStatus.NOT_FOUND)
