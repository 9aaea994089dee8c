"""The chart of a day, and the bar of one request (C3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pricebook.web.latency import SLOT_WIDTH, SLOTS, chart_of, stages_of
from pricebook.web.templatetags.webhook_formats import about, indented, milliseconds, percent
from pricebook.webhooks.health import Point
from pricebook.webhooks.models import Attempt

NOW = datetime(2026, 5, 4, 12, 10, tzinfo=UTC)


def point(hours_ago: float, median: float, slowest: float, failed: int = 0) -> Point:
    at = datetime(2026, 5, 4, 12, 0, tzinfo=UTC) - timedelta(hours=hours_ago)
    return Point(at, median, slowest, attempts=1_500, failed=failed)


def test_nothing_sent_is_no_chart() -> None:
    assert chart_of([], now=NOW) is None


def test_a_bar_stands_for_each_half_hour_as_high_as_its_median() -> None:
    chart = chart_of([point(24, 50, 200, failed=2), point(0, 100, 100)], now=NOW)
    assert chart is not None
    oldest, newest = chart.bars
    assert (oldest.x, oldest.y, oldest.height, oldest.top) == ("0", "75.0", "25.0", "0.0")
    assert (newest.x, newest.height, newest.top) == (str((SLOTS - 1) * SLOT_WIDTH), "50.0", "50.0")
    assert (oldest.is_marked, newest.is_marked) == (True, False)
    assert oldest.words == "12:00 UTC: median 50 ms, slowest 200 ms, 1,500 sent, 2 failed"
    assert chart.slowest == "200 ms"
    assert chart.words == (
        "Response times of the last 24 hours: medians from 50 ms to 100 ms; "
        "2 of 3,000 attempts failed."
    )


def test_the_fastest_answer_is_seen_beside_the_slowest() -> None:
    chart = chart_of([point(1, 0, 0), point(0, 15_000, 15_000)], now=NOW)
    assert chart is not None
    assert chart.bars[0].height == "3.0"
    alone = chart_of([point(0, 0, 0)], now=NOW)
    assert alone is not None
    assert (alone.bars[0].y, alone.bars[0].top) == ("97.0", "97.0")


def test_a_small_chart_is_as_high_as_its_highest_median() -> None:
    chart = chart_of([point(1, 50, 9_000), point(0, 100, 100)], is_small=True, now=NOW)
    assert chart is not None
    assert [bar.height for bar in chart.bars] == ["50.0", "100.0"]


def test_the_stages_of_a_request_are_its_whole_time() -> None:
    attempt = Attempt(dns_ms=10, connect_ms=20, tls_ms=None, first_byte_ms=50, total_ms=100)
    assert [(each.label, each.time, each.x, each.width) for each in stages_of(attempt)] == [
        ("Look-up", "10 ms", "0.00%", "10.00%"),
        ("Connect", "20 ms", "10.00%", "20.00%"),
        ("First byte", "50 ms", "30.00%", "50.00%"),
        ("Rest", "20 ms", "80.00%", "20.00%"),
    ]


def test_a_request_that_came_to_nothing_has_no_stages() -> None:
    assert stages_of(Attempt(total_ms=3.0)) == ()


def test_a_request_that_took_no_time_has_a_bar() -> None:
    stages = stages_of(Attempt(dns_ms=0.0, total_ms=0.0))
    assert [(each.time, each.width) for each in stages] == [("<1 ms", "0.00%")] * 2


@pytest.mark.parametrize(
    ("ms", "words"),
    [(None, "–"), (0.3, "<1 ms"), (34.4, "34 ms"), (999.4, "999 ms"), (999.6, "1.0 s")],
)
def test_milliseconds(ms: float | None, words: str) -> None:
    assert milliseconds(ms) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (1.0, "100 %"), (0.9996, "99.9 %"), (0.5, "50 %"), (0.0, "0 %"), (0.29, "29 %")],
)
def test_only_all_is_a_hundred_percent(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "about a second"),
        (12.4, "about 12 s"),
        (250, "about 4 min"),
        (25_000, "about 7 h"),
        (25_000_000, "about 6,944 h"),
    ],
)
def test_a_forecast_is_no_more_exact_than_it_is(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_a_body_is_shown_line_by_line() -> None:
    assert indented('{"a":["é",1]}') == '{\n  "a": [\n    "é",\n    1\n  ]\n}'
    assert indented("no JSON") == "no JSON"
