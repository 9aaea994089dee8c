"""When a delivery that was not taken is tried again, and when it is given up (C2)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from django.conf import settings

# A receiver that asks for more gets as much.
_LONGEST_WAIT: Final = timedelta(hours=24)
# How much later than planned at most, as a share: so that what failed together comes apart.
_JITTER: Final = 0.2


def next_try(tries: int, *, retry_after: str | None, now: datetime) -> timedelta | None:
    """Return after what time to try again when there were `tries` attempts, or None to give up.

    `retry_after` is the answer's header of that name: seconds or a date (RFC 9110, section
    10.2.3). It only ever puts a retry off.
    """
    if tries > len(settings.WEBHOOK_RETRIES):
        return None
    planned = settings.WEBHOOK_RETRIES[tries - 1]
    # Nothing secret hangs on it.
    wait = planned * (1 + random.random() * _JITTER)  # noqa: S311
    return max(wait, _asked_for(retry_after, now))


def _asked_for(retry_after: str | None, now: datetime) -> timedelta:
    """Return how long a receiver wants to be left alone; 0 for what cannot be understood."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        # A number of any length may come; what has six digits is more than a day.
        seconds = timedelta(seconds=int(text[:6]))
        return min(seconds, _LONGEST_WAIT) if len(text) <= 6 else _LONGEST_WAIT
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return timedelta(0)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta(0)), _LONGEST_WAIT)
