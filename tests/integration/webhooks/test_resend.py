"""Sending again: one delivery, or what a time range lacks (C2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from pricebook.catalogue.bulk import edit_products
from pricebook.catalogue.models import BulkAction
from pricebook.catalogue.writes import create_product
from pricebook.changes.models import EventType
from pricebook.changes.outbox import record_event
from pricebook.webhooks.endpoints import EndpointGone, EndpointValues, update_endpoint
from pricebook.webhooks.housekeeping import purge_log
from pricebook.webhooks.models import Attempt, BulkMode, Delivery, DeliveryStatus, Endpoint
from pricebook.webhooks.resend import (
    DeliveryGone,
    DeliveryPending,
    ResendRefused,
    recover,
    resend,
)
from tests.factories import a_product
from tests.integration.webhooks.subscribers import an_endpoint, relay_all, types_told

pytestmark = pytest.mark.django_db


def a_delivery(endpoint: Endpoint, status: str, **fields: object) -> Delivery:
    return Delivery.objects.create(
        **{
            "endpoint": endpoint,
            "event_id": f"evt_{uuid4().hex}",
            "event_type": "product.updated",
            "body": "{}",
            "status": status,
            "tries": 11,
            "happened_at": timezone.now(),
            **fields,
        }
    )


def enable(endpoint: Endpoint, *, enabled: bool) -> None:
    update_endpoint(endpoint_id=endpoint.pk, values=EndpointValues(enabled=enabled), actor=None)


class TestOne:
    @pytest.mark.parametrize("status", [DeliveryStatus.DELIVERED, DeliveryStatus.FAILED])
    def test_it_is_due_now_under_the_same_id_and_its_retries_begin_anew(self, status: str) -> None:
        before = a_delivery(an_endpoint(), status, ended_at=timezone.now())
        again = resend(delivery_id=before.pk)
        assert (again.pk, again.event_id, again.body) == (before.pk, before.event_id, before.body)
        assert (again.status, again.tries, again.ended_at) == ("pending", 0, None)
        assert again.due_at <= timezone.now()

    def test_one_that_waits_for_its_retry_need_not_wait(self) -> None:
        later = timezone.now() + timedelta(hours=5)
        waiting = a_delivery(an_endpoint(), DeliveryStatus.PENDING, due_at=later)
        assert resend(delivery_id=waiting.pk).due_at <= timezone.now()

    def test_one_that_is_about_to_be_sent_is_left_alone(self) -> None:
        due = a_delivery(an_endpoint(), DeliveryStatus.PENDING)
        taken = a_delivery(an_endpoint(), DeliveryStatus.PENDING, sender_id=uuid4())
        for each in (due, taken):
            with pytest.raises(DeliveryPending):
                resend(delivery_id=each.pk)

    def test_to_a_disabled_endpoint_nothing_is_sent(self) -> None:
        endpoint = an_endpoint()
        delivery = a_delivery(endpoint, DeliveryStatus.FAILED)
        enable(endpoint, enabled=False)
        with pytest.raises(ResendRefused, match="Enable it first"):
            resend(delivery_id=delivery.pk)

    def test_one_that_is_not_there_any_more(self) -> None:
        with pytest.raises(DeliveryGone):
            resend(delivery_id=1)


class TestTimeRange:
    def _recover(self, endpoint: Endpoint, since: datetime | None = None) -> int:
        until = timezone.now() + timedelta(minutes=1)
        start = since or until - timedelta(hours=2)
        return recover(endpoint_id=endpoint.pk, since=start, until=until).queued

    def test_what_failed_is_due_again_and_what_was_taken_is_not(self) -> None:
        endpoint = an_endpoint()
        failed = a_delivery(endpoint, DeliveryStatus.FAILED)
        a_delivery(endpoint, DeliveryStatus.DELIVERED)
        a_delivery(endpoint, DeliveryStatus.FAILED, is_test=True)
        long_ago = timezone.now() - timedelta(days=3)
        a_delivery(endpoint, DeliveryStatus.FAILED, happened_at=long_ago)
        a_delivery(an_endpoint(), DeliveryStatus.FAILED)
        assert self._recover(endpoint) == 1
        assert list(Delivery.objects.filter(status="pending")) == [failed]

    def test_what_waits_for_a_later_retry_need_not_wait(self) -> None:
        endpoint, later = an_endpoint(), timezone.now() + timedelta(hours=20)
        waiting = a_delivery(endpoint, DeliveryStatus.PENDING, due_at=later)
        assert self._recover(endpoint) == 1
        waiting.refresh_from_db()
        assert (waiting.tries, waiting.due_at <= timezone.now()) == (0, True)

    def test_what_happened_while_it_was_disabled_is_told(self) -> None:
        endpoint = an_endpoint()
        enable(endpoint, enabled=False)
        create_product(values={"sku": "A"}, actor=None)
        record_event(EventType.PRODUCTS_CHANGED, {"changes": {}}, job_id=None)
        relay_all()
        assert types_told(endpoint) == []
        enable(endpoint, enabled=True)
        assert self._recover(endpoint) == 2
        assert sorted(types_told(endpoint)) == ["product.created", "products.changed"]
        assert self._recover(endpoint) == 0

    def test_bulk_work_is_told_as_the_endpoint_hears_of_it(self) -> None:
        endpoint = an_endpoint(EventType.PRODUCT_UPDATED, mode=BulkMode.EACH)
        enable(endpoint, enabled=False)
        ids = tuple(a_product(sku).pk for sku in "ABC")
        edit_products(action=BulkAction.DEACTIVATE, ids=ids, actor=None)
        relay_all()
        enable(endpoint, enabled=True)
        assert self._recover(endpoint) == 1
        relay_all()
        assert types_told(endpoint) == ["product.updated"] * 3
        # It is told of it once.
        assert self._recover(endpoint) == 0

    def test_what_happened_before_it_was_made_is_none_of_its_own(self) -> None:
        create_product(values={"sku": "A"}, actor=None)
        relay_all()
        assert self._recover(an_endpoint()) == 0

    def test_a_range_that_cannot_be_is_refused(self) -> None:
        endpoint, now = an_endpoint(), timezone.now()
        with pytest.raises(ResendRefused, match="ends before it begins"):
            recover(endpoint_id=endpoint.pk, since=now, until=now)
        with pytest.raises(ResendRefused, match="goes back 30 days"):
            self._recover(endpoint, now - timedelta(days=31))
        with pytest.raises(EndpointGone):
            recover(endpoint_id=uuid4(), since=now - timedelta(hours=1), until=now)


def test_the_log_is_kept_for_its_time_and_what_waits_for_longer() -> None:
    endpoint, old = an_endpoint(), timezone.now() - timedelta(days=31)
    kept = a_delivery(endpoint, DeliveryStatus.DELIVERED)
    waiting = a_delivery(endpoint, DeliveryStatus.PENDING, created_at=old)
    gone = a_delivery(endpoint, DeliveryStatus.DELIVERED, created_at=old)
    for each in (kept, gone):
        Attempt.objects.create(
            delivery=each, endpoint_id=endpoint.pk, outcome="delivered", total_ms=1
        )
    assert purge_log() == 1
    assert set(Delivery.objects.all()) == {kept, waiting}
    assert Attempt.objects.get().delivery == kept
