"""Half-hours, and a median that is read from a histogram."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricebook.webhooks.requests import as_logged
from pricebook.webhooks.statistics import BOUNDS, median_of, slot_of

TIMES = st.lists(st.floats(0.01, 30_000), min_size=1, max_size=50)


def read_median(times: list[float]) -> float:
    histogram = [0] * (len(BOUNDS) + 1)
    for each in times:
        histogram[bisect_left(BOUNDS, each)] += 1
    return median_of(histogram, fastest=min(times), slowest=max(times))


@pytest.mark.parametrize(
    ("at", "begins"), [("10:00:00", "10:00"), ("10:29:59", "10:00"), ("23:45:00", "23:30")]
)
def test_half_hours_begin_with_the_hour_and_in_its_middle(at: str, begins: str) -> None:
    found = slot_of(datetime.fromisoformat(f"2026-11-21T{at}+00:00"))
    assert f"{found:%Y-%m-%d %H:%M:%S}" == f"2026-11-21 {begins}:00"


@given(TIMES)
def test_a_median_lies_in_the_right_part_and_among_the_times(times: list[float]) -> None:
    found = read_median(times)
    assert bisect_left(BOUNDS, found) == bisect_left(BOUNDS, median_low(times))
    assert min(times) <= found <= max(times)


@given(st.floats(0.01, 30_000), st.integers(1, 9))
def test_of_equal_times_it_is_exact(time: float, count: int) -> None:
    assert read_median([time] * count) == pytest.approx(time)


def test_bounds_reach_from_the_quickest_answers_to_the_longest_wait() -> None:
    assert (BOUNDS[0], len(BOUNDS)) == (2.0, 23)
    assert 14_000 < BOUNDS[-1] < 15_000


def test_the_log_keeps_of_a_signature_what_tells_it_from_another() -> None:
    sent = {"webhook-id": "evt_1", "webhook-signature": "v1,K5oZfzN95Z9UVu1E= v1,9NDN/H/pI4="}
    assert as_logged(sent) == {
        "webhook-id": "evt_1",
        "webhook-signature": "v1,K5oZfz… v1,9NDN/H…",
    }
