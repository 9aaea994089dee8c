"""Response times of a day as a chart, drawn on the server; where the time of one request went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from pricebook.web.templatetags.webhook_formats import milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pricebook.webhooks.health import Point
    from pricebook.webhooks.models import Attempt

_SLOT: Final = timedelta(minutes=30)
# A day of half-hours has one more where it begins in the middle of one.
SLOTS: Final = 49
# In the units of the drawing, whatever its size on the page.
SLOT_WIDTH: Final = 10
HEIGHT: Final = 100
_BAR_WIDTH: Final = 7
# So that the fastest answer is seen as well.
_LEAST: Final = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One half-hour: how high it stands, and in words. Numbers are texts, so nothing groups them.

    `y` and `height` tell of the median, `top` of the slowest answer.
    """

    x: str
    middle: str
    y: str
    height: str
    top: str
    is_marked: bool
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of a day, from left to right; `slowest` stands beside the upper edge."""

    bars: tuple[Bar, ...]
    slowest: str
    words: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the time of a request; `x` and `width` are shares of the bar."""

    name: str
    label: str
    time: str
    x: str
    width: str


def chart_of(
    points: Sequence[Point], *, is_small: bool = False, now: datetime | None = None
) -> Chart | None:
    """Draw the points of the last 24 hours; None when nothing was sent.

    A small chart shows medians alone: it is as high as the highest of them.
    """
    if not points:
        return None
    now = now or timezone.now()
    scale = max(point.median_ms if is_small else point.slowest_ms for point in points) or 1.0
    failed = sum(point.failed for point in points)
    fastest, median = (pick(point.median_ms for point in points) for pick in (min, max))
    words = (
        f"Response times of the last 24 hours: medians from {milliseconds(fastest)} to "
        f"{milliseconds(median)}; {failed:,} of {sum(point.attempts for point in points):,} "
        "attempts failed."
    )
    return Chart(tuple(_bar(point, scale, now) for point in points), milliseconds(scale), words)


def stages_of(attempt: Attempt) -> tuple[Stage, ...]:
    """Say where the time of an attempt went; nothing when it did not come to any known stage."""
    known = (
        ("dns", "Look-up", attempt.dns_ms),
        ("connect", "Connect", attempt.connect_ms),
        ("tls", "TLS", attempt.tls_ms),
        ("wait", "First byte", attempt.first_byte_ms),
    )
    parts = [(name, label, ms) for name, label, ms in known if ms is not None]
    if not parts:
        return ()
    rest = attempt.total_ms - sum(ms for _, _, ms in parts)
    parts.append(("rest", "Rest", max(rest, 0.0)))
    whole = max(sum(ms for _, _, ms in parts), 0.001)
    stages, before = [], 0.0
    for name, label, ms in parts:
        x, width = f"{100 * before / whole:.2f}%", f"{100 * ms / whole:.2f}%"
        stages.append(Stage(name, label, milliseconds(ms), x, width))
        before += ms
    return tuple(stages)


def _bar(point: Point, scale: float, now: datetime) -> Bar:
    slot = min(max(SLOTS - 1 - (now - point.at) // _SLOT, 0), SLOTS - 1)
    x = slot * SLOT_WIDTH
    height = max(HEIGHT * point.median_ms / scale, _LEAST)
    words = (
        f"{point.at:%H:%M} UTC: median {milliseconds(point.median_ms)}, "
        f"slowest {milliseconds(point.slowest_ms)}, {point.attempts:,} sent"
    )
    if point.failed:
        words += f", {point.failed:,} failed"
    return Bar(
        x=str(x),
        middle=f"{x + _BAR_WIDTH / 2:.1f}",
        y=f"{HEIGHT - height:.1f}",
        height=f"{height:.1f}",
        top=f"{HEIGHT - max(HEIGHT * point.slowest_ms / scale, height):.1f}",
        is_marked=point.failed > 0,
        words=words,
    )
