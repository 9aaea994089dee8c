"""ABUSE 22: an endpoint that never answers, with 10,000 events queued, beside a healthy one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from pricebook.catalogue.writes import create_product
from pricebook.changes.models import EventType
from pricebook.webhooks.models import Delivery, DeliveryStatus, Endpoint
from tests.integration.webhooks.conftest import receiver, run_sender
from tests.integration.webhooks.subscribers import an_endpoint
from tests.servers.receiver import Receiver, Reply, run_receiver

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db(transaction=True)

QUEUED = 10_000
EDITS = 20


def wait(endpoints: Sequence[Endpoint], count: int) -> None:
    """Let so many events wait for each of the endpoints."""
    Delivery.objects.bulk_create(
        Delivery(
            endpoint=endpoint,
            event_id=f"evt_{uuid4().hex}",
            event_type=EventType.PRODUCT_DELETED,
            body="{}",
            happened_at=timezone.now(),
        )
        for endpoint in endpoints
        for _ in range(count)
    )


def test_the_healthy_one_is_told_of_every_edit_while_the_other_is_waited_for(
    receiver: Receiver, settings: Settings
) -> None:
    # Longer than the test: nothing that it sees is due to the other one having been given up.
    settings.WEBHOOK_TIMEOUT = timedelta(minutes=10)
    with run_receiver() as dead, run_sender():
        dead.reply = lambda _: Reply(hangs=True)
        silent = an_endpoint(EventType.PRODUCT_DELETED, url=dead.url)
        wait([silent], QUEUED)
        dead.wait_for(8)
        an_endpoint(EventType.PRODUCT_CREATED, url=receiver.url)
        for number in range(1, EDITS + 1):
            create_product(values={"sku": f"P{number:02}"}, actor=None)
            told = receiver.wait_for(number, seconds=10)
            assert told[-1].event["data"]["product"]["sku"] == f"P{number:02}"
        assert len(dead.requests) == 8
        waiting = Delivery.objects.filter(endpoint=silent, status=DeliveryStatus.PENDING)
        assert waiting.count() == QUEUED


def test_quick_ones_that_begin_to_hang_all_at_once_delay_no_other(
    receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_TIMEOUT = timedelta(minutes=10)
    with run_receiver() as dead, run_sender():
        silent = [an_endpoint(EventType.PRODUCT_DELETED, url=dead.url) for _ in range(6)]
        Endpoint.objects.update(last_response_ms=5)
        dead.reply = lambda _: Reply(hangs=True)
        wait(silent, 300)
        dead.wait_for(6 * 8)
        an_endpoint(EventType.PRODUCT_CREATED, url=receiver.url)
        for number in range(1, EDITS + 1):
            create_product(values={"sku": f"P{number:02}"}, actor=None)
            receiver.wait_for(number, seconds=10)
        # Eight of each are under way, and no more than a quarter of the room is claimed ahead.
        assert len(dead.requests) == 6 * 8
        claimed = Delivery.objects.filter(endpoint__in=silent).exclude(sender_id=None)
        assert claimed.count() <= 6 * 8 + 256 // 4
