"""Sending again: one delivery, or all of a time range that an endpoint does not have (C2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pricebook.changes.models import ChangeSet, Event
from pricebook.core.errors import PermanentError
from pricebook.webhooks.endpoints import EndpointGone
from pricebook.webhooks.fanout import Told, tell_of_changes, tell_of_events
from pricebook.webhooks.models import Backlog, Cursor, Delivery, DeliveryStatus, Endpoint

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

# Of what was never queued; more is asked of /api/changes/.
_MOST: Final = 20_000


class DeliveryGone(PermanentError):
    """There is no such delivery, or the log does not go back so far."""


class ResendRefused(PermanentError):
    """It cannot be sent again now."""


class DeliveryPending(ResendRefused):
    """It waits to be sent anyway, and its time has come."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many deliveries were put into the queue, and stretches of changes told bit by bit."""

    queued: int


@transaction.atomic
def resend(*, delivery_id: int) -> Delivery:
    """Queue a delivery again, under the same id; its retries begin anew.

    One that waits for a later retry is due now. Raises DeliveryGone, DeliveryPending, and
    ResendRefused for an endpoint that is disabled.
    """
    held = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint")
    delivery = held.filter(pk=delivery_id).first()
    if delivery is None:
        message = "There is no such delivery; the log may not go back so far."
        raise DeliveryGone(message)
    _check_enabled(delivery.endpoint)
    now = timezone.now()
    if delivery.sender_id is not None or (
        delivery.status == DeliveryStatus.PENDING and delivery.due_at <= now
    ):
        message = "It is about to be sent anyway."
        raise DeliveryPending(message)
    _make_due(Delivery.objects.filter(pk=delivery_id), now)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def recover(*, endpoint_id: UUID, since: datetime, until: datetime) -> Recovered:
    """Queue what happened from `since` until before `until` and the endpoint does not have.

    That is what failed, and what was never queued because the endpoint was disabled. Raises
    EndpointGone and ResendRefused.
    """
    endpoint = Endpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        message = "This endpoint does not exist, or it was deleted."
        raise EndpointGone(message)
    _check_enabled(endpoint)
    _check_range(since, until)
    failed = Delivery.objects.filter(
        endpoint=endpoint,
        happened_at__gte=since,
        happened_at__lt=until,
        status=DeliveryStatus.FAILED,
        is_test=False,
    )
    queued = _make_due(failed, timezone.now())
    return Recovered(queued + _tell_missed(endpoint, since, until))


def _tell_missed(endpoint: Endpoint, since: datetime, until: datetime) -> int:
    """Queue what the endpoint was never told, as if it happened now."""
    before = _count(endpoint)
    cursor = Cursor.objects.filter(pk=1).first()
    # What lies behind the cursor is told anyway.
    sets = ChangeSet.objects.filter(
        at__gte=since, at__lt=until, position__lte=cursor.position if cursor else 0
    ).order_by("position")
    events = Event.objects.filter(at__gte=since, at__lt=until, is_told=True).order_by("at")
    found = list(sets[: _MOST + 1])
    if len(found) > _MOST:
        message = (
            f"More than {_MOST:,} writes lie in this time range. Choose a shorter one, or read "
            "them from /api/changes/."
        )
        raise ResendRefused(message)
    told = Told()
    tell_of_events(list(events[:_MOST]), [endpoint], told)
    for start in range(0, len(found), 1_000):
        tell_of_changes(found[start : start + 1_000], [endpoint], told)
    told.queue()
    return _count(endpoint) - before


def _count(endpoint: Endpoint) -> int:
    """Return what is in an endpoint's queue and log, and what is still to come into it."""
    mine = Backlog.objects.filter(endpoint=endpoint)
    return Delivery.objects.filter(endpoint=endpoint).count() + mine.count()


def _make_due(deliveries: QuerySet[Delivery], now: datetime) -> int:
    return deliveries.update(status=DeliveryStatus.PENDING, due_at=now, tries=0, ended_at=None)


def _check_enabled(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        message = "The endpoint is disabled. Enable it first."
        raise ResendRefused(message)


def _check_range(since: datetime, until: datetime) -> None:
    if since >= until:
        message = "The time range ends before it begins."
        raise ResendRefused(message)
    if since < timezone.now() - settings.WEBHOOK_LOG_RETENTION:
        days = settings.WEBHOOK_LOG_RETENTION.days
        message = f"The log goes back {days} days. Read what is older from /api/changes/."
        raise ResendRefused(message)
