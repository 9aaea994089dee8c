"""How endpoints have done in the last 24 hours: what share was taken, and how fast (C2, C3)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from pricebook.webhooks.queries import half_hours, waiting
from pricebook.webhooks.statistics import SLOT, median_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

# Whole half-hours: the one in which it begins counts with all of it.
SPAN: Final = timedelta(hours=24)
# To count further takes long, and says no more.
PENDING_TO: Final = 10_000


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
    # False where more waits: beyond PENDING_TO, or of an import that is queued bit by bit.
    pending_is_exact: bool
    points: tuple[Point, ...]

    @property
    def share(self) -> float | None:
        """Return what share of the attempts was taken, 0 to 1; None without any."""
        return self.taken / self.attempts if self.attempts else None


def health_of(endpoint_ids: Iterable[UUID]) -> dict[UUID, Health]:
    """Return the health of each of the endpoints; half-hours without attempts are left out."""
    ids = list(endpoint_ids)
    points: dict[UUID, list[Point]] = defaultdict(list)
    for endpoint_id, at, attempts, failed, fastest, slowest, histogram in half_hours(
        ids, timezone.now() - SPAN - SLOT
    ):
        median = median_of(histogram, fastest=fastest, slowest=slowest)
        points[endpoint_id].append(Point(at, median, slowest, attempts, failed))
    return {
        endpoint_id: _health(points[endpoint_id], pending, is_behind=is_behind)
        for endpoint_id, pending, is_behind in waiting(ids, PENDING_TO)
    }


def _health(points: list[Point], pending: int, *, is_behind: bool) -> Health:
    attempts = sum(point.attempts for point in points)
    failed = sum(point.failed for point in points)
    is_exact = pending <= PENDING_TO and not is_behind
    return Health(attempts, attempts - failed, min(pending, PENDING_TO), is_exact, tuple(points))
