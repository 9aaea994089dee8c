from __future__ import annotations

import pytest

from benchmarks.contest import (
    BULK_CREATE,
    FLOOR,
    Scenario,
    WrongResultError,
    expected_counts,
    require_right,
)
from benchmarks.generate import Generated
from benchmarks.run import Counts, Run

GENERATED = Generated(rows=1_000, products=980, changed=49)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (Scenario.FIRST, Counts(1_000, created=980, updated=0, unchanged=0, duplicate=20)),
        (Scenario.UNCHANGED, Counts(1_000, created=0, updated=0, unchanged=980, duplicate=20)),
        (Scenario.CHANGED, Counts(1_000, created=0, updated=49, unchanged=931, duplicate=20)),
    ],
)
def test_the_expected_counts_follow_from_the_file(scenario: Scenario, expected: Counts) -> None:
    assert expected_counts(scenario, GENERATED) == expected


def test_counts_that_a_contestant_cannot_know_are_not_compared() -> None:
    expected = expected_counts(Scenario.CHANGED, GENERATED)
    require_right("bulk_create", Counts(rows=1_000), expected)


def test_a_wrong_count_is_named() -> None:
    expected = expected_counts(Scenario.CHANGED, GENERATED)
    with pytest.raises(WrongResultError, match="floor: 48 rows updated, but the file has 49"):
        require_right("floor", Counts(rows=1_000, created=0, updated=48), expected)


def test_each_contestant_finds_its_own_book_through_its_environment() -> None:
    shared = {"DATABASE_URL": "postgresql://pricebook@%2Ftmp%2Fx/pricebook", "HOME": "/home"}
    assert FLOOR.environment(shared) == shared
    assert BULK_CREATE.environment(shared) == {
        "DATABASE_URL": (
            "postgresql://pricebook@%2Ftmp%2Fx/pricebook?options=-csearch_path%3Dbulk_create,public"
        ),
        "HOME": "/home",
    }


def test_a_run_survives_its_way_from_the_child_process() -> None:
    run = Run(1.5, 1_000, 3_000, Counts(5, created=5), receive_seconds=0.25)
    assert Run.from_json(run.to_json()) == run
    assert run.growth_kib == 2_000
