"""Trying an endpoint out: a signed sample at once, and whatever came of it (C3)."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.db import connections
from pytest_django import Settings
from standardwebhooks import Webhook

from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointGone, EndpointRefused, delete_endpoint
from pricebook.webhooks.health import health_of
from pricebook.webhooks.models import Delivery, DeliveryStatus
from pricebook.webhooks.trial import send_test
from tests.integration.webhooks.subscribers import an_endpoint
from tests.servers.receiver import Received, Receiver, Reply

pytestmark = pytest.mark.django_db


def test_a_sample_is_signed_and_its_result_is_at_hand_and_in_the_log(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(200, body=b"thank you")
    endpoint = an_endpoint(EventType.IMPORT_COMPLETED, url=receiver.url)
    attempt = send_test(endpoint_id=endpoint.pk)
    (request,) = receiver.requests
    assert Webhook(endpoint.secrets.get().secret).verify(request.body, request.headers)
    assert request.event["type"] == "import.completed"
    assert request.event_id.startswith("evt_test_")
    assert (attempt.was_taken, attempt.status) == (True, 200)
    assert attempt.response_excerpt == "thank you"
    assert attempt.total_ms > 0
    delivery = Delivery.objects.get()
    assert (delivery.is_test, delivery.status) == (True, DeliveryStatus.DELIVERED)
    endpoint.refresh_from_db()
    assert endpoint.last_status == 200


def test_any_type_can_be_tried(receiver: Receiver) -> None:
    endpoint = an_endpoint(EventType.IMPORT_COMPLETED, url=receiver.url)
    for type_ in EventType:
        send_test(endpoint_id=endpoint.pk, event_type=type_)
    assert [request.event["type"] for request in receiver.requests] == list(EventType)
    with pytest.raises(EndpointRefused):
        send_test(endpoint_id=endpoint.pk, event_type="product.eaten")


def test_an_answer_that_refuses_is_a_result(receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(500, body=b"oops")
    attempt = send_test(endpoint_id=an_endpoint(url=receiver.url).pk)
    assert (attempt.was_taken, attempt.status, attempt.error) == (False, 500, "It answered 500.")
    # Nobody sends a test again by itself.
    assert Delivery.objects.get().status == DeliveryStatus.FAILED


def test_a_name_that_does_not_resolve_is_a_result() -> None:
    endpoint = an_endpoint(url="https://no-such-host.invalid/hook")
    attempt = send_test(endpoint_id=endpoint.pk)
    assert (attempt.outcome, attempt.status) == ("unresolved", None)
    assert "no-such-host.invalid" in attempt.error


def test_an_endpoint_that_never_answers_is_waited_for_no_longer_than_allowed(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_TEST_TIMEOUT = timedelta(seconds=0.3)
    receiver.reply = lambda _: Reply(hangs=True)
    attempt = send_test(endpoint_id=an_endpoint(url=receiver.url).pk)
    assert attempt.outcome == "timed_out"
    assert attempt.total_ms < 1_000


def test_an_address_that_is_not_allowed_any_more_gets_nothing(
    receiver: Receiver, settings: Settings
) -> None:
    endpoint = an_endpoint(url=receiver.url)
    settings.WEBHOOK_NETWORKS = ()
    attempt = send_test(endpoint_id=endpoint.pk)
    assert attempt.outcome == "forbidden"
    assert receiver.connections == 0


def test_an_endpoint_that_is_not_there() -> None:
    with pytest.raises(EndpointGone):
        send_test(endpoint_id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_one_that_is_deleted_meanwhile_is_gone_and_no_connection_waited_with_it(
    receiver: Receiver,
) -> None:
    endpoint = an_endpoint(url=receiver.url)
    ours, waited = connections["default"], []

    def delete() -> None:
        delete_endpoint(endpoint_id=endpoint.pk, actor=None)
        connections.close_all()

    def reply(_: Received) -> Reply:
        waited.append(ours.connection is not None)
        somebody = Thread(target=delete)
        somebody.start()
        somebody.join()
        return Reply(200)

    receiver.reply = reply
    with pytest.raises(EndpointGone):
        send_test(endpoint_id=endpoint.pk)
    assert waited == [False]


class TestHealth:
    def test_shares_and_times_of_the_last_day(self, receiver: Receiver) -> None:
        endpoint, idle = an_endpoint(url=receiver.url), an_endpoint()
        for status in (200, 200, 500, 200):
            receiver.reply = lambda _, status=status: Reply(status)  # type: ignore[misc]
            send_test(endpoint_id=endpoint.pk)
        found = health_of([endpoint.pk, idle.pk])
        health = found[endpoint.pk]
        assert (health.attempts, health.taken, health.share) == (4, 3, 0.75)
        assert sum(point.failed for point in health.points) == 1
        assert all(0 < point.median_ms <= point.slowest_ms for point in health.points)
        assert (found[idle.pk].attempts, found[idle.pk].share) == (0, None)
