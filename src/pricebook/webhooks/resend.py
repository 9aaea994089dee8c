"""Sending again: one delivery, or all of a time range that an endpoint does not have (C2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from pricebook.changes.models import ChangeSet, Event
from pricebook.core.errors import PermanentError
from pricebook.webhooks.endpoints import EndpointGone
from pricebook.webhooks.fanout import Told, tell_of_changes, tell_of_events
from pricebook.webhooks.models import Delivery, DeliveryStatus, Endpoint
from pricebook.webhooks.relay import hold_cursor

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

# Of what was never queued; more is asked of /api/changes/.
_MOST: Final = 20_000
_AT_ONCE: Final = 200


class DeliveryGone(PermanentError):
    """There is no such delivery, or the log does not go back so far."""


class ResendRefused(PermanentError):
    """It cannot be sent again now."""


class RangeRefused(ResendRefused):
    """A time range ends before it begins."""


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
    if not delivery.can_be_resent:
        message = "It is about to be sent anyway."
        raise DeliveryPending(message)
    _make_due(Delivery.objects.filter(pk=delivery_id))
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def recover(*, endpoint_id: UUID, since: datetime, until: datetime) -> Recovered:
    """Queue what happened from `since` until before `until` and the endpoint does not have.

    That is what failed, what waits for a later retry, and what was never queued because the
    endpoint was disabled. Raises EndpointGone and ResendRefused.
    """
    endpoint = Endpoint.objects.live().filter(pk=endpoint_id).first()
    if endpoint is None:
        message = "This endpoint does not exist, or it was deleted."
        raise EndpointGone(message)
    _check_enabled(endpoint)
    _check_range(since, until)
    waits = Q(status=DeliveryStatus.PENDING, due_at__gt=Now(), sender_id=None)
    lacking = Delivery.objects.filter(
        waits | Q(status=DeliveryStatus.FAILED),
        endpoint=endpoint,
        happened_at__gte=since,
        happened_at__lt=until,
        is_test=False,
    )
    queued = _make_due(lacking)
    return Recovered(queued + _tell_missed(endpoint, since, until))


def _tell_missed(endpoint: Endpoint, since: datetime, until: datetime) -> int:
    """Queue what the endpoint was never told, as if it happened now; return how much that is."""
    # Else the relay might leave to us what we leave to it.
    cursor = hold_cursor()
    sets = ChangeSet.objects.filter(at__gte=since, at__lt=until, position__lte=cursor.position)
    events = Event.objects.filter(at__gte=since, at__lt=until, is_told=True)
    if max(sets.count(), events.count()) > _MOST:
        message = (
            f"More than {_MOST:,} writes lie in this time range. Choose a shorter one, or read "
            "them from /api/changes/."
        )
        raise ResendRefused(message)
    told = Told()
    tell_of_events(list(events.order_by("at")), [endpoint], told)
    placed = list(sets.order_by("position"))
    while placed:
        placed = placed[tell_of_changes(placed[:_AT_ONCE], [endpoint], told) :]
    return told.new


def _make_due(deliveries: QuerySet[Delivery]) -> int:
    return deliveries.update(status=DeliveryStatus.PENDING, due_at=Now(), tries=0, ended_at=None)


def _check_enabled(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        message = "The endpoint is disabled. Enable it first."
        raise ResendRefused(message)


def _check_range(since: datetime, until: datetime) -> None:
    if since >= until:
        message = "The time range ends before it begins."
        raise RangeRefused(message)
    if since < timezone.now() - settings.WEBHOOK_LOG_RETENTION:
        days = settings.WEBHOOK_LOG_RETENTION.days
        message = f"The log goes back {days} days. Read what is older from /api/changes/."
        raise ResendRefused(message)
