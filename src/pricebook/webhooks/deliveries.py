"""Reading the log of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.webhooks.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are meant; what is blank means any."""

    status: str = ""
    event_type: str = ""
    # Of when the event happened; `until` itself is not in the range.
    since: datetime | None = None
    until: datetime | None = None
    event_id: str = ""


def deliveries_of(endpoint_id: UUID, chosen: DeliveryFilter) -> QuerySet[Delivery]:
    """Return the deliveries of an endpoint, the newest first."""
    found = Delivery.objects.filter(endpoint_id=endpoint_id).order_by("-pk")
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
    return found
