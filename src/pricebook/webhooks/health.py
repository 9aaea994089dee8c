"""How endpoints have done in the last 24 hours: what share was taken, and how fast (C2, C3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from pricebook.core.db import fetch_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

SPAN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Point:
    """Half an hour of an endpoint's answers; times in milliseconds, from name to last byte."""

    at: datetime
    median_ms: float
    slowest_ms: float
    attempts: int
    failed: int


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has done, and what waits for it."""

    attempts: int
    taken: int
    pending: int
    points: tuple[Point, ...]

    @property
    def share(self) -> float | None:
        """Return what share of the attempts was taken, 0 to 1; None without any."""
        return self.taken / self.attempts if self.attempts else None


def health_of(endpoint_ids: Iterable[UUID]) -> dict[UUID, Health]:
    """Return the health of each of the endpoints; half-hours without attempts are left out."""
    ids = list(endpoint_ids)
    points: dict[UUID, list[Point]] = defaultdict(list)
    since = timezone.now() - SPAN
    for endpoint_id, *values in fetch_rows(_POINTS, {"ids": ids, "since": since}):
        points[endpoint_id].append(Point(*values))
    pending = dict(fetch_rows(_PENDING, {"ids": ids}))
    return {each: _health(points[each], pending.get(each, 0)) for each in ids}


def _health(points: list[Point], pending: int) -> Health:
    attempts = sum(point.attempts for point in points)
    failed = sum(point.failed for point in points)
    return Health(attempts, attempts - failed, pending, tuple(points))


_POINTS: Final = """
    SELECT endpoint_id, date_bin('30 minutes', at, 'epoch') AS begins,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms), max(total_ms),
        count(*), count(*) FILTER (WHERE outcome <> 'delivered')
    FROM webhooks_attempt
    WHERE endpoint_id = ANY (%(ids)s) AND at > %(since)s
    GROUP BY endpoint_id, begins
    ORDER BY endpoint_id, begins
"""
_PENDING: Final = """
    SELECT endpoint_id, count(*) FROM webhooks_delivery
    WHERE endpoint_id = ANY (%(ids)s) AND status = 'pending'
    GROUP BY endpoint_id
"""
