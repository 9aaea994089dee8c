"""ABUSE 22: an endpoint that never answers, with 10,000 events queued, beside a healthy one."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from pricebook.catalogue.writes import create_product
from pricebook.changes.models import EventType
from pricebook.webhooks.models import Delivery, DeliveryStatus
from tests.integration.webhooks.conftest import receiver, run_sender
from tests.integration.webhooks.subscribers import an_endpoint
from tests.servers.receiver import Receiver, Reply, run_receiver

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db(transaction=True)

QUEUED = 10_000
EDITS = 20


def test_the_healthy_one_is_told_of_every_edit_while_the_other_is_waited_for(
    receiver: Receiver, settings: Settings
) -> None:
    # Longer than the test: nothing that it sees is due to the other one having been given up.
    settings.WEBHOOK_TIMEOUT = timedelta(minutes=10)
    with run_receiver() as dead, run_sender():
        dead.reply = lambda _: Reply(hangs=True)
        silent = an_endpoint(EventType.PRODUCT_DELETED, url=dead.url)
        Delivery.objects.bulk_create(
            Delivery(
                endpoint=silent,
                event_id=f"evt_{uuid4().hex}",
                event_type=EventType.PRODUCT_DELETED,
                body="{}",
                happened_at=timezone.now(),
            )
            for _ in range(QUEUED)
        )
        dead.wait_for(8)
        an_endpoint(EventType.PRODUCT_CREATED, url=receiver.url)
        for number in range(1, EDITS + 1):
            create_product(values={"sku": f"P{number:02}"}, actor=None)
            told = receiver.wait_for(number, seconds=10)
            assert told[-1].event["data"]["product"]["sku"] == f"P{number:02}"
        assert len(dead.requests) == 8
        waiting = Delivery.objects.filter(endpoint=silent, status=DeliveryStatus.PENDING)
        assert waiting.count() == QUEUED
