"""From a commit to the receiver: signed, retried, in order of urgency, nobody held up (C2, C5)."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from statistics import median

import pytest
from django.utils import timezone
from pytest_django import Settings
from standardwebhooks import Webhook

from pricebook.catalogue.writes import create_product, update_product
from pricebook.webhooks.endpoints import EndpointValues, rotate_secret, update_endpoint
from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint
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
    new = rotate_secret(endpoint_id=endpoint.pk, overlap=timedelta(hours=1)).secret
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


def test_two_senders_send_everything_once(receiver: Receiver, sender: Sender) -> None:
    an_endpoint(url=receiver.url)
    with run_sender():
        edits(150)
        requests = receiver.wait_for(150)
        until(lambda: Attempt.objects.count() == 150)
    assert Counter(request.event_id for request in requests).most_common(1)[0][1] == 1


def test_a_disabled_endpoint_gets_what_waits_once_it_is_enabled(
    receiver: Receiver, sender: Sender
) -> None:
    endpoint = an_endpoint(url=receiver.url)
    receiver.reply = lambda _: Reply(410 if len(receiver.requests) < 2 else 200)
    edits(1)
    until(Endpoint.objects.filter(enabled=False).exists)
    Delivery.objects.update(status=DeliveryStatus.PENDING, due_at=timezone.now())
    update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=True))
    receiver.wait_for(2)


def test_an_edit_arrives_soon(receiver: Receiver, sender: Sender) -> None:
    an_endpoint(url=receiver.url)
    product = create_product(values={"sku": "A", "price": "1"}, actor=None)
    receiver.wait_for(1)
    waits = []
    for number in range(2, 12):
        began = time.time()
        update_product(product_id=product.pk, values={"price": str(number)}, actor=None)
        waits.append(receiver.wait_for(number)[-1].at - began)
    assert median(waits) < 1
