"""Trials, the log of deliveries, and sending again, by the API (C2, C3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from pricebook.changes.models import EventType
from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint, Outcome
from pricebook.webhooks.requests import as_logged
from pricebook.webhooks.signing import signature_headers
from tests.integration.api.expect import expect_problem
from tests.integration.api.hooks import a_delivery, an_attempt, an_endpoint
from tests.servers.receiver import Receiver, Reply, run_receiver

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries, Settings

JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Return a receiver on this machine, to which webhooks may go."""
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with run_receiver() as server:
        server.reply = lambda _: Reply(200, {"X-Note": "<i>heard</i>"}, b"thanks")
        yield server


@pytest.fixture
def endpoint() -> Endpoint:
    return an_endpoint("product.updated", "import.completed")


def path_of(endpoint: Endpoint, then: str = "") -> str:
    return f"/api/webhooks/{endpoint.pk}/{then}"


def test_a_trial_tells_how_it_went(writer: Client, receiver: Receiver) -> None:
    endpoint = an_endpoint("product.updated", url=receiver.url)
    answer = writer.post(path_of(endpoint, "test/"), content_type=JSON)
    assert answer.status_code == HTTPStatus.OK
    told = answer.json()
    (heard,) = receiver.requests
    assert (told["delivered"], told["outcome"], told["status"], told["error"]) == (
        True,
        "delivered",
        200,
        "",
    )
    assert (told["address"], told["response_excerpt"]) == ("127.0.0.1", "thanks")
    assert ["X-Note", "<i>heard</i>"] in [
        [name.title(), value] for name, value in told["response_headers"]
    ]
    assert sorted(told["timings"]) == [
        "connect_ms", "dns_ms", "first_byte_ms", "tls_ms", "total_ms",
    ]  # fmt: skip
    assert told["response_time_ms"] == told["timings"]["total_ms"] > 0
    assert json.loads(heard.body)["type"] == "product.updated"
    # What was sent is what the answer shows, and is signed.
    secret = endpoint.secrets.get().secret
    signed = signature_headers(
        [secret],
        event_id=heard.headers["webhook-id"],
        timestamp=int(heard.headers["webhook-timestamp"]),
        body=heard.body,
    )
    assert signed.items() <= heard.headers.items()
    # Who reads the log cannot send it again.
    assert as_logged(signed).items() <= told["request_headers"].items()
    assert signed["webhook-signature"] not in answer.text
    shown = writer.get(path_of(endpoint)).json()
    assert (shown["last_status"], shown["last_response_time"]) == (200, told["response_time_ms"])
    logged = writer.get(path_of(endpoint, f"deliveries/{told['delivery_id']}/")).json()
    assert (logged["is_test"], logged["status"], logged["tries"]) == (True, "delivered", 1)


def test_a_trial_takes_a_type_and_its_older_names(writer: Client, receiver: Receiver) -> None:
    endpoint = an_endpoint("product.updated", url=receiver.url)
    for name, sent in (
        ("import.failed", "import.failed"),
        ("product_imported", "import.completed"),
        ("", "product.updated"),
    ):
        answer = writer.post(path_of(endpoint, "test/"), {"event_type": name}, JSON)
        assert answer.json()["delivered"] is True
        assert json.loads(receiver.requests[-1].body)["type"] == sent
    answer = writer.post(path_of(endpoint, "test/"), {"event_type": "odd"}, JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == ["#/event_type"]


def test_what_the_endpoint_answers_is_a_result(writer: Client, receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(503, body=b"<script>alert(1)</script>")
    told = writer.post(path_of(an_endpoint(url=receiver.url), "test/"), content_type=JSON).json()
    assert (told["delivered"], told["outcome"], told["status"]) == (False, "refused", 503)
    assert told["error"] == "It answered 503."
    assert told["response_excerpt"] == "<script>alert(1)</script>"


def test_an_address_that_is_not_allowed_is_a_result_and_nothing_is_sent(
    writer: Client, receiver: Receiver, settings: Settings
) -> None:
    endpoint = an_endpoint(url=receiver.url)
    settings.WEBHOOK_NETWORKS = ()
    told = writer.post(path_of(endpoint, "test/"), content_type=JSON).json()
    assert (told["delivered"], told["outcome"], told["status"]) == (False, "forbidden", None)
    assert told["error"].endswith(".")
    assert receiver.requests == []


def test_the_log_shows_the_newest_first_with_how_it_went(
    reader: Client, endpoint: Endpoint
) -> None:
    taken = a_delivery(endpoint, "evt_1", status=DeliveryStatus.DELIVERED, tries=2)
    an_attempt(taken, outcome=Outcome.REFUSED, status=500, error="It answered 500.")
    last = an_attempt(taken, total_ms=7.25)
    waits = a_delivery(endpoint, "evt_2", event_type=EventType.PRODUCT_UPDATED)
    a_delivery(an_endpoint(), "evt_3")
    first, second = reader.get(path_of(endpoint, "deliveries/")).json()["results"]
    assert (first["id"], first["event_type"], first["status"]) == (
        waits.pk,
        "product.updated",
        "pending",
    )
    assert (first["last_attempt"], first["next_try_at"] is None) == (None, False)
    assert second == {
        "id": taken.pk,
        "event_id": "evt_1",
        "event_type": "import.completed",
        "status": "delivered",
        "is_test": False,
        "tries": 2,
        "next_try_at": None,
        "happened_at": stamp(taken.happened_at),
        "created_at": stamp(taken.created_at),
        "ended_at": None,
        "last_attempt": {
            "at": stamp(last.at),
            "delivered": True,
            "outcome": "delivered",
            "status": 200,
            "response_time_ms": 7.25,
            "error": "",
        },
        "url": f"http://testserver{path_of(endpoint, f'deliveries/{taken.pk}/')}",
    }


def stamp(at: Any) -> str:
    return str(at.isoformat().replace("+00:00", "Z"))


def test_one_delivery_shows_what_was_sent_and_every_attempt(
    reader: Client, endpoint: Endpoint
) -> None:
    delivery = a_delivery(endpoint)
    an_attempt(delivery, outcome=Outcome.UNRESOLVED, status=None, error="It was not found.")
    second = an_attempt(
        delivery,
        address="192.0.2.7",
        dns_ms=1.5,
        connect_ms=2.5,
        tls_ms=3.5,
        first_byte_ms=4.5,
        request_headers={"webhook-id": "evt_1"},
        response_headers=[["set-cookie", "a"], ["set-cookie", "b"]],
        response_excerpt="ok\u202e",
    )
    shown = reader.get(path_of(endpoint, f"deliveries/{delivery.pk}/")).json()
    assert shown["body"] == '{"id":"evt_1"}'
    failed, taken = shown["attempts"]
    assert (failed["outcome"], failed["status"], failed["address"]) == ("unresolved", None, "")
    assert taken == {
        "id": second.pk,
        "delivery_id": delivery.pk,
        "at": stamp(second.at),
        "delivered": True,
        "outcome": "delivered",
        "status": 200,
        "response_time_ms": 12.5,
        "error": "",
        "address": "192.0.2.7",
        "is_reused": False,
        "timings": {
            "dns_ms": 1.5,
            "connect_ms": 2.5,
            "tls_ms": 3.5,
            "first_byte_ms": 4.5,
            "total_ms": 12.5,
        },
        "request_headers": {"webhook-id": "evt_1"},
        "response_headers": [["set-cookie", "a"], ["set-cookie", "b"]],
        "response_excerpt": "ok\u202e",
    }


def test_of_many_attempts_the_last_fifty_are_shown(reader: Client, endpoint: Endpoint) -> None:
    delivery = a_delivery(endpoint)
    made = [an_attempt(delivery).pk for _ in range(52)]
    shown = reader.get(path_of(endpoint, f"deliveries/{delivery.pk}/")).json()
    assert [each["id"] for each in shown["attempts"]] == made[2:]
    assert (shown["attempts_total"], shown["last_attempt"]["delivered"]) == (52, True)


def test_a_delivery_is_found_at_its_own_endpoint_alone(writer: Client, endpoint: Endpoint) -> None:
    path = path_of(endpoint, f"deliveries/{a_delivery(an_endpoint()).pk}/")
    expect_problem(writer.get(path), HTTPStatus.NOT_FOUND)
    expect_problem(writer.post(f"{path}resend/"), HTTPStatus.NOT_FOUND)
    expect_problem(writer.get(path_of(endpoint, f"deliveries/{10**30}/")), HTTPStatus.NOT_FOUND)


def test_the_log_is_filtered(reader: Client, endpoint: Endpoint) -> None:
    now = timezone.now()
    for age in range(4):
        a_delivery(endpoint, f"evt_{age}", happened_at=now - timedelta(hours=age))
    Delivery.objects.filter(event_id="evt_2").update(
        status=DeliveryStatus.FAILED, event_type="product.updated"
    )

    def found(**query: str) -> list[str]:
        rows = reader.get(path_of(endpoint, "deliveries/"), query).json()["results"]
        return [row["event_id"] for row in rows]

    assert found() == ["evt_3", "evt_2", "evt_1", "evt_0"]
    assert found(status="failed") == ["evt_2"]
    assert found(event_type="product.updated") == ["evt_2"]
    assert found(event_id="evt_1") == ["evt_1"]
    since, until = stamp(now - timedelta(hours=2)), stamp(now)
    # Of a time range, what happened last comes first.
    assert found(since=since, until=until) == ["evt_1", "evt_2"]
    assert found(since=since, status="pending") == ["evt_0", "evt_1"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("status=odd", "status"),
        ("event_type=odd", "event_type"),
        ("since=yesterday", "since"),
        ("limit=501", "limit"),
        ("before=0", "before"),
        ("page=1", "page"),
        ("event_id=%00", "event_id"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(
    reader: Client, endpoint: Endpoint, query: str, parameter: str
) -> None:
    answer = reader.get(path_of(endpoint, f"deliveries/?{query}"))
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_the_log_comes_in_pages(
    reader: Client, endpoint: Endpoint, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(5):
        an_attempt(a_delivery(endpoint, f"evt_{number}"))
    reader.get(path_of(endpoint))
    # The key, the endpoint, the page and the latest attempts.
    with django_assert_num_queries(4):
        first = reader.get(path_of(endpoint, "deliveries/?limit=3")).json()
    second = reader.get(first["next"]).json()
    shown = [row["event_id"] for page in (first, second) for row in page["results"]]
    assert (shown, second["next"]) == (["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"], None)


def test_a_time_range_comes_in_pages_too(reader: Client, endpoint: Endpoint) -> None:
    now = timezone.now()
    ages = {"evt_a": 3, "evt_b": 1, "evt_c": 2, "evt_d": 2, "evt_e": 9}
    for event_id, hours in ages.items():
        a_delivery(endpoint, event_id, happened_at=now - timedelta(hours=hours))
    address = path_of(endpoint, f"deliveries/?limit=1&since={stamp(now - timedelta(hours=4))}")
    shown = []
    while address:
        page = reader.get(address).json()
        shown += [row["event_id"] for row in page["results"]]
        address = page["next"]
    assert shown == ["evt_b", "evt_d", "evt_c", "evt_a"]


def test_a_delivery_is_sent_again_under_its_id(writer: Client, endpoint: Endpoint) -> None:
    delivery = a_delivery(endpoint, status=DeliveryStatus.FAILED, tries=10)
    path = path_of(endpoint, f"deliveries/{delivery.pk}/resend/")
    answer = writer.post(path)
    assert answer.status_code == HTTPStatus.ACCEPTED
    queued = answer.json()
    assert (queued["event_id"], queued["status"], queued["tries"]) == ("evt_1", "pending", 0)
    problem = expect_problem(writer.post(path), HTTPStatus.CONFLICT)
    assert problem["detail"] == "It is about to be sent anyway."


def test_nothing_is_sent_again_to_a_disabled_endpoint(writer: Client, endpoint: Endpoint) -> None:
    delivery = a_delivery(endpoint, status=DeliveryStatus.FAILED)
    Endpoint.objects.update(enabled=False)
    answer = writer.post(path_of(endpoint, f"deliveries/{delivery.pk}/resend/"))
    problem = expect_problem(answer, HTTPStatus.CONFLICT)
    assert problem["detail"] == "The endpoint is disabled. Enable it first."
    body = {"since": stamp(timezone.now() - timedelta(hours=1))}
    expect_problem(writer.post(path_of(endpoint, "recover/"), body, JSON), HTTPStatus.CONFLICT)


def test_a_stretch_of_time_is_recovered(writer: Client, endpoint: Endpoint) -> None:
    now = timezone.now()
    for age in (1, 2, 30):
        at = now - timedelta(hours=age)
        a_delivery(endpoint, f"evt_{age}", status=DeliveryStatus.FAILED, happened_at=at)
    body = {"since": stamp(now - timedelta(hours=24)), "until": stamp(now - timedelta(hours=1.5))}
    answer = writer.post(path_of(endpoint, "recover/"), body, JSON)
    assert (answer.status_code, answer.json()) == (HTTPStatus.ACCEPTED, {"queued": 1})
    pending = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    assert [each.event_id for each in pending] == ["evt_2"]
    # Until now, when no end is said.
    again = writer.post(path_of(endpoint, "recover/"), {"since": body["since"]}, JSON)
    assert again.json() == {"queued": 1}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/since"),
        ({"since": "yesterday"}, "#/since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-02T00:00:00Z"}, "#/until"),
        ({"since": "2026-01-02T00:00:00Z", "type": "x"}, "#/type"),
    ],
)
def test_a_stretch_that_makes_no_sense_is_refused(
    writer: Client, endpoint: Endpoint, body: dict[str, Any], pointer: str
) -> None:
    answer = writer.post(path_of(endpoint, "recover/"), body, JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_stretch_older_than_the_log_is_refused(writer: Client, endpoint: Endpoint) -> None:
    body = {"since": "2001-01-01T00:00:00Z"}
    answer = writer.post(path_of(endpoint, "recover/"), body, JSON)
    problem = expect_problem(answer, HTTPStatus.CONFLICT)
    assert problem["detail"].startswith("The log goes back 30 days.")
    assert not Attempt.objects.exists()
