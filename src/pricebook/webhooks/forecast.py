"""What an import will send, before it is let go on: how many requests, and for how long (C4)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from pricebook.changes.models import EventType
from pricebook.webhooks.models import BulkMode, Endpoint
from pricebook.webhooks.payloads import MOST_IN_BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

# What an endpoint without a limit is taken to bear.
_UNLIMITED: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """What one endpoint is sent."""

    endpoint: Endpoint
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What all endpoints are sent; they are sent to side by side."""

    parts: tuple[Part, ...]

    @property
    def endpoints(self) -> int:
        """Return how many endpoints are sent anything."""
        return len(self.parts)

    @property
    def requests(self) -> int:
        """Return how many requests that is."""
        return sum(part.requests for part in self.parts)

    @property
    def seconds(self) -> float:
        """Return after how long the last one has all of it, if it takes everything at once."""
        return max((part.seconds for part in self.parts), default=0.0)


def forecast(*, created: int, updated: int, deleted: int = 0) -> Forecast:
    """Say what an import that changes so many products sends, its own event at the end included.

    About so: each part of an import begins a batch of its own, and what is not taken is sent again.
    """
    changes = {
        EventType.PRODUCT_CREATED: created,
        EventType.PRODUCT_UPDATED: updated,
        EventType.PRODUCT_DELETED: deleted,
    }
    parts = (_part(endpoint, changes) for endpoint in Endpoint.objects.enabled().order_by("pk"))
    return Forecast(tuple(part for part in parts if part.requests))


def _part(endpoint: Endpoint, changes: Mapping[EventType, int]) -> Part:
    wanted = sum(count for type_, count in changes.items() if endpoint.wants(type_))
    if endpoint.bulk_mode == BulkMode.SUMMARY:
        requests = int(wanted > 0 or endpoint.wants(EventType.IMPORT_COMPLETED))
    else:
        size = MOST_IN_BATCH if endpoint.bulk_mode == BulkMode.BATCH else 1
        requests = ceil(wanted / size) + int(endpoint.wants(EventType.IMPORT_COMPLETED))
    return Part(endpoint, requests, requests / (endpoint.rate_limit or _UNLIMITED))
