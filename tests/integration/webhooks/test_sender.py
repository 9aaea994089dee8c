"""From a commit to the receiver: signed, retried, in order of urgency, nobody held up (C2, C5)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook

from pricebook.catalogue.writes import create_product, update_product
from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointValues, rotate_secret, update_endpoint
from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint
from pricebook.webhooks.relay import relay
from pricebook.webhooks.results import Result, attempt_of
from pricebook.webhooks.sender import Sender
from tests.integration.webhooks.conftest import run_sender
from tests.integration.webhooks.subscribers import an_endpoint, relay_all
from tests.servers.receiver import Receiver, Reply

pytestmark = pytest.mark.django_db(transaction=True)


def edits(count: int) -> None:
    """Make one product and change it again and again: so many events in all."""
    product = create_product(values={"sku": "A", "price": "1"}, actor=None)
    for number in range(2, count + 1):
        update_product(product_id=product.pk, values={"price": str(number)}, actor=None)


def until(condition: object, seconds: float = 15) -> None:
    """Wait for what the sender writes down."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def other_thread(work: Callable[[], object]) -> None:
    """Do something by another connection, as somebody else."""

    def run() -> None:
        work()
        connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)


def test_an_edit_arrives_signed_and_is_in_the_log(receiver: Receiver, sender: Sender) -> None:
    endpoint = an_endpoint(url=receiver.url)
    edits(1)
    (request,) = receiver.wait_for(1)
    secret = endpoint.secrets.get().secret
    assert Webhook(secret).verify(request.body, request.headers) == request.event
    assert request.event["type"] == "product.created"
    assert request.event["id"] == request.event_id
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.headers["user-agent"].startswith("Pricebook/")
    until(Attempt.objects.exists)
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.status) == ("delivered", 204)
    assert attempt.address == "127.0.0.1"
    assert attempt.request_headers["webhook-id"] == request.event_id


def test_both_secrets_sign_while_one_takes_over(receiver: Receiver, sender: Sender) -> None:
    endpoint = an_endpoint(url=receiver.url)
    old = endpoint.secrets.get().secret
    new = rotate_secret(endpoint_id=endpoint.pk, actor=None, overlap=timedelta(hours=1)).secret
    edits(1)
    (request,) = receiver.wait_for(1)
    for secret in (old, new):
        assert Webhook(secret).verify(request.body, request.headers)


def test_what_fails_is_sent_again_under_the_same_id(
    receiver: Receiver, settings: Settings, sender: Sender
) -> None:
    settings.WEBHOOK_RETRIES = (timedelta(seconds=0.05),) * 10
    receiver.reply = lambda _: Reply(503 if len(receiver.requests) < 3 else 200)
    an_endpoint(url=receiver.url)
    edits(1)
    requests = receiver.wait_for(3)
    assert len({request.event_id for request in requests}) == 1
    assert len({request.body for request in requests}) == 1
    until(Delivery.objects.filter(status=DeliveryStatus.DELIVERED).exists)
    assert list(Attempt.objects.values_list("status", flat=True)) == [503, 503, 200]


def test_gone_is_never_sent_again(receiver: Receiver, sender: Sender) -> None:
    receiver.reply = lambda _: Reply(410)
    an_endpoint(url=receiver.url)
    edits(1)
    receiver.wait_for(1)
    until(Endpoint.objects.filter(enabled=False, disabled_because="gone").exists)
    create_product(values={"sku": "B"}, actor=None)
    relay_all()
    assert Delivery.objects.get().status == DeliveryStatus.FAILED
    assert len(receiver.requests) == 1


def test_connections_are_kept_and_limits_are_kept_too(receiver: Receiver, sender: Sender) -> None:
    receiver.reply = lambda _: Reply(after=0.01)
    an_endpoint(url=receiver.url)
    edits(60)
    receiver.wait_for(60)
    assert receiver.most_at_once <= 8
    assert receiver.connections <= 8


def test_a_limit_of_requests_is_kept(receiver: Receiver, sender: Sender) -> None:
    an_endpoint(url=receiver.url, rate=20)
    edits(25)
    times = [request.at for request in receiver.wait_for(25)]
    # Five at once, then one each twentieth of a second.
    assert times[-1] - times[0] > 0.9


def test_what_is_under_way_at_the_end_is_written_down(
    receiver: Receiver, transactional_db: None
) -> None:
    receiver.reply = lambda _: Reply(after=0.5)
    an_endpoint(url=receiver.url)
    edits(1)
    with run_sender():
        receiver.wait_for(1)
    assert Delivery.objects.get().status == DeliveryStatus.DELIVERED
    assert Attempt.objects.count() == 1


def test_what_was_claimed_and_not_begun_is_let_go_at_the_end(
    receiver: Receiver, transactional_db: None
) -> None:
    receiver.reply = lambda _: Reply(hangs=True)
    an_endpoint(url=receiver.url)
    edits(20)
    with run_sender():
        receiver.wait_for(8)
    assert not Delivery.objects.exclude(sender_id=None).exists()
    assert Delivery.objects.filter(status=DeliveryStatus.PENDING).count() == 20


def test_whatever_goes_wrong_in_the_relay_is_tried_again(
    receiver: Receiver, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([KeyError("unforeseen")])

    def fail_once() -> int:
        for error in failures:
            raise error
        return relay()

    monkeypatch.setattr("pricebook.webhooks.sender.relay", fail_once)
    monkeypatch.setattr("pricebook.webhooks.sender._PAUSE", 0.05)
    an_endpoint(url=receiver.url)
    edits(1)
    with run_sender():
        receiver.wait_for(1)


def test_a_result_that_cannot_be_written_down_costs_the_others_nothing(
    receiver: Receiver, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt_unless_odd(result: Result) -> Attempt:
        if result.delivery_id % 2:
            raise ValueError
        return attempt_of(result)

    monkeypatch.setattr("pricebook.webhooks.results.attempt_of", attempt_unless_odd)
    an_endpoint(url=receiver.url)
    edits(6)
    with run_sender():
        receiver.wait_for(6)
        until(lambda: Attempt.objects.count() == 3)
        until(lambda: Delivery.objects.filter(due_at__gt=timezone.now()).count() == 3)
    assert len(receiver.requests) == 6


def test_an_endpoint_that_somebody_holds_stops_no_other(receiver: Receiver, sender: Sender) -> None:
    held = an_endpoint(EventType.PRODUCT_CREATED, url=receiver.url)
    other = an_endpoint(EventType.PRODUCT_UPDATED, url=receiver.url)
    with transaction.atomic():
        Endpoint.objects.select_for_update(no_key=True).get(pk=held.pk)
        other_thread(lambda: edits(3))
        delivered = Delivery.objects.filter(endpoint=other, status=DeliveryStatus.DELIVERED)
        until(lambda: delivered.count() == 2)
    until(lambda: not Delivery.objects.filter(status=DeliveryStatus.PENDING).exists())


def test_two_senders_send_everything_once(receiver: Receiver, sender: Sender) -> None:
    an_endpoint(url=receiver.url)
    with run_sender():
        edits(150)
        until(lambda: Attempt.objects.count() == 150)
    # Nothing is left to send: what came twice has come.
    assert Counter(each.event_id for each in receiver.requests).most_common(1)[0][1] == 1


def test_a_disabled_endpoint_gets_what_waits_once_it_is_enabled(
    receiver: Receiver, sender: Sender
) -> None:
    endpoint = an_endpoint(url=receiver.url)
    receiver.reply = lambda _: Reply(410 if len(receiver.requests) < 2 else 200)
    edits(1)
    until(Endpoint.objects.filter(enabled=False).exists)
    Delivery.objects.update(status=DeliveryStatus.PENDING, due_at=timezone.now())
    update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=True), actor=None)
    receiver.wait_for(2)


def test_an_edit_arrives_soon(receiver: Receiver, sender: Sender) -> None:
    an_endpoint(url=receiver.url)
    product = create_product(values={"sku": "A", "price": "1"}, actor=None)
    receiver.wait_for(1)
    waits = []
    for number in range(2, 22):
        began = time.time()
        update_product(product_id=product.pk, values={"price": str(number)}, actor=None)
        waits.append(receiver.wait_for(number)[-1].at - began)
    # Of a hundred, ninety-five.
    assert sorted(waits)[18] < 0.5
