"""Reading the log of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from pricebook.webhooks.models import Attempt, Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

# Resent again and again, one delivery may have more; nobody reads them all.
SHOWN_ATTEMPTS: Final = 50


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are meant; what is blank means any."""

    status: str = ""
    event_type: str = ""
    # Of when the event happened; `until` itself is not in the range.
    since: datetime | None = None
    until: datetime | None = None
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Attempts:
    """The last attempts of a delivery, the newest first, and how many there are in all."""

    newest: tuple[Attempt, ...]
    total: int


def deliveries_of(
    endpoint_id: UUID, chosen: DeliveryFilter, *, before: int | None = None
) -> QuerySet[Delivery]:
    """Return the deliveries of an endpoint, the newest first; from `before` on, if it is given.

    Of a time range the newest is what happened last, else what was queued last: each order has an
    index, and one would be looked for in vain among all that the other begins with.
    """
    found = Delivery.objects.filter(endpoint_id=endpoint_id)
    by_time = chosen.since is not None or chosen.until is not None
    if before is not None:
        found = found.filter(_behind(before, by_time=by_time))
    if chosen.status:
        found = found.filter(status=chosen.status)
    if chosen.event_type:
        found = found.filter(event_type=chosen.event_type)
    if chosen.since is not None:
        found = found.filter(happened_at__gte=chosen.since)
    if chosen.until is not None:
        found = found.filter(happened_at__lt=chosen.until)
    if chosen.event_id:
        found = found.filter(event_id=chosen.event_id)
    return found.order_by("-happened_at", "-pk") if by_time else found.order_by("-pk")


def _behind(pk: int, *, by_time: bool) -> Q:
    """Return the condition for what comes after a delivery in its list."""
    known = Delivery.objects.filter(pk=pk).values_list("happened_at", flat=True)
    at = known.first() if by_time else None
    if at is None:
        return Q(pk__lt=pk)
    return Q(happened_at__lte=at) & (Q(happened_at__lt=at) | Q(pk__lt=pk))


def attempts_of(delivery: Delivery) -> Attempts:
    """Return the last SHOWN_ATTEMPTS attempts of a delivery with all that is known of them."""
    newest = delivery.attempts.order_by("-pk")[:SHOWN_ATTEMPTS]
    return Attempts(tuple(newest), delivery.attempts.count())


def last_attempts(deliveries: Sequence[Delivery]) -> Mapping[int, Attempt]:
    """Return the last attempt of each delivery that has one, in short; one query."""
    attempts = Attempt.objects.filter(delivery__in=[delivery.pk for delivery in deliveries])
    latest = attempts.order_by("delivery_id", "-pk").distinct("delivery_id")
    brief = latest.only("delivery_id", "at", "outcome", "status", "total_ms", "error")
    return {attempt.delivery_id: attempt for attempt in brief}
