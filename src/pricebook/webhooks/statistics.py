"""How an endpoint's attempts went, kept by half-hours: as many rows for a thousand as for one.

Of the times a half-hour keeps a histogram; its bounds grow by half, so a median read from it is off
by less than that. Of a single attempt, and of equal ones, it is exact.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from pricebook.webhooks.queries import add_to_half_hours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pricebook.webhooks.models import Attempt

SLOT: Final = timedelta(minutes=30)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The longest times in milliseconds of all parts of a histogram but the last: from 2 ms to 15 s.
BOUNDS: Final = tuple(round(2 * 1.5**n, 1) for n in range(23))


@dataclass(slots=True)
class _Sum:
    """What attempts of one half-hour came to."""

    attempts: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list)
    histogram: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))

    def add(self, attempt: Attempt) -> None:
        self.attempts += 1
        self.failed += not attempt.was_taken
        self.times.append(attempt.total_ms)
        self.histogram[bisect_left(BOUNDS, attempt.total_ms)] += 1


def note_attempts(attempts: Sequence[Attempt]) -> None:
    """Add attempts to what is known of their endpoints; one statement for any number."""
    sums: dict[tuple[UUID, datetime], _Sum] = {}
    for attempt in attempts:
        sums.setdefault((attempt.endpoint_id, slot_of(attempt.at)), _Sum()).add(attempt)
    if not sums:
        return
    add_to_half_hours(
        [
            (
                endpoint_id,
                begins_at,
                each.attempts,
                each.failed,
                min(each.times),
                max(each.times),
                "{" + ",".join(map(str, each.histogram)) + "}",
            )
            for (endpoint_id, begins_at), each in sums.items()
        ]
    )


def slot_of(at: datetime) -> datetime:
    """Return when the half-hour begins in which a time lies."""
    return at - (at - _EPOCH) % SLOT


def median_of(histogram: Sequence[int], *, fastest: float, slowest: float) -> float:
    """Return about which time half of the attempts took at most, in milliseconds."""
    up_to = list(accumulate(histogram))
    half = up_to[-1] / 2
    place = bisect_left(up_to, half)
    low = max(BOUNDS[place - 1] if place else 0.0, fastest)
    high = min(BOUNDS[place] if place < len(BOUNDS) else slowest, slowest)
    share = 1 - (up_to[place] - half) / histogram[place]
    return low + (high - low) * share
