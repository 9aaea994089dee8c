"""When a delivery is tried again, and when it is given up (C2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from pricebook.webhooks.retries import next_try

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_ten_retries_reach_over_some_75_hours() -> None:
    assert len(settings.WEBHOOK_RETRIES) == 10
    assert timedelta(hours=75) <= sum(settings.WEBHOOK_RETRIES, timedelta()) < timedelta(hours=76)


@pytest.mark.parametrize("tries", range(1, 11))
def test_each_retry_is_as_planned_or_up_to_a_fifth_later(tries: int) -> None:
    planned = settings.WEBHOOK_RETRIES[tries - 1]
    waits = {next_try(tries, retry_after=None, now=NOW) for _ in range(20)}
    assert len(waits) > 1
    for wait in waits:
        assert wait is not None
        assert planned <= wait <= planned * 1.2


def test_after_the_last_retry_it_is_given_up() -> None:
    assert next_try(11, retry_after=None, now=NOW) is None
    assert next_try(11, retry_after="60", now=NOW) is None


@pytest.mark.parametrize(
    ("header", "least"),
    [
        ("120", timedelta(seconds=120)),
        ("Sat, 21 Nov 2026 13:00:00 GMT", timedelta(hours=1)),
        ("86399", timedelta(seconds=86_399)),
        ("99999", timedelta(hours=24)),
        ("999999999999999999", timedelta(hours=24)),
        ("Fri, 01 Jan 2100 00:00:00 GMT", timedelta(hours=24)),
    ],
)
def test_a_receiver_that_asks_for_time_gets_it_up_to_a_day(header: str, least: timedelta) -> None:
    assert next_try(1, retry_after=header, now=NOW) == least


@pytest.mark.parametrize(
    "header", ["", "soon", "-5", "1.5", "٣", "Sat, 21 Nov 2020 13:00:00 GMT", "0"]
)
def test_what_cannot_be_understood_or_is_past_changes_nothing(header: str) -> None:
    wait = next_try(2, retry_after=header, now=NOW)
    assert wait is not None
    assert timedelta(minutes=5) <= wait <= timedelta(minutes=6)


_DATES = st.builds(
    "Mon, {} Jan {} {}:00:00 {}{}".format,
    *(st.integers(min_value=0, max_value=10**30) for _ in range(3)),
    st.sampled_from(["+", "-", "GMT"]),
    st.integers(min_value=0, max_value=10**30),
)


@given(header=st.text() | _DATES)
@example(header="Mon, 01 Jan 2024 00:00:00 +99999999999999999")
@example(header="Mon, 01 Jan 99999999999 00:00:00 GMT")
def test_nothing_that_a_receiver_says_can_break_it(header: str) -> None:
    wait = next_try(1, retry_after=header, now=NOW)
    assert wait is not None
    assert timedelta(seconds=5) <= wait <= timedelta(hours=24)
