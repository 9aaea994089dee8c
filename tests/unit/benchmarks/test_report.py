from __future__ import annotations

import json

import pytest

from benchmarks.contest import Sample, Scenario
from benchmarks.report import Line, Setting, as_json, as_text, summarize
from benchmarks.run import Counts, Run

SETTING = Setting(
    machine="2 × Abacus, 4 GB, Python 3.11.7",
    postgresql="18.1",
    commit="abc1234",
    rows=1_000,
    products=980,
    file_bytes=140_000,
)


def sample(
    scenario: Scenario, contestant: str, seconds: float, *, peak_mb: int = 40, idle_mb: int = 30
) -> Sample:
    received = 0.5 if contestant == "Pricebook" else 0.0
    run = Run(seconds, idle_mb * 1024, peak_mb * 1024, Counts(1_000), receive_seconds=received)
    return Sample(scenario, contestant, run)


SAMPLES = [
    *(sample(Scenario.FIRST, "floor", seconds) for seconds in (9.0, 4.0, 3.0)),
    sample(Scenario.FIRST, "Pricebook", 6.0, peak_mb=70),
    sample(Scenario.FIRST, "Pricebook", 7.0, peak_mb=90, idle_mb=60),
    sample(Scenario.UNCHANGED, "floor", 2.0),
    sample(Scenario.UNCHANGED, "Pricebook", 3.0),
]


def test_seconds_are_medians_and_memory_is_the_largest_of_the_runs() -> None:
    lines = summarize(SAMPLES, rows=1_000)
    assert lines[1] == Line(
        scenario="first load",
        contestant="Pricebook",
        seconds=6.5,
        fastest=6.0,
        slowest=7.0,
        ratio_to_first_load=1.625,
        ratio=1.625,
        rows_per_second=154,
        peak_mb=90.0,
        growth_mb=40.0,
        receive_seconds=0.5,
    )


def test_one_slow_run_of_the_floor_flatters_nobody() -> None:
    floor = summarize(SAMPLES, rows=1_000)[0]
    assert (floor.seconds, floor.fastest, floor.slowest) == (4.0, 3.0, 9.0)


def test_a_re_import_is_compared_with_the_floor_in_both_scenarios() -> None:
    line = summarize(SAMPLES, rows=1_000)[-1]
    assert line.scenario == "unchanged re-import"
    assert line.ratio_to_first_load == pytest.approx(3.0 / 4.0)
    assert line.ratio == pytest.approx(3.0 / 2.0)


def test_the_table_has_a_heading_for_each_scenario_and_says_what_was_measured() -> None:
    text = as_text(SETTING, summarize(SAMPLES, rows=1_000), repeat=3)
    assert text.startswith(
        "1,000 rows (0.1 MB, 980 products) · PostgreSQL 18.1 · 2 × Abacus, 4 GB, Python 3.11.7 · "
        "commit abc1234\nmedians of 3\n"
    )
    assert [
        line for line in text.splitlines() if line in ("first load", "unchanged re-import")
    ] == [
        "first load",
        "unchanged re-import",
    ]
    assert "Pricebook took the file into its storage in 0.50 s before." in text


def test_the_table_is_there_for_programs_too() -> None:
    answer = json.loads(as_json(SETTING, summarize(SAMPLES, rows=1_000), repeat=3))
    assert answer["postgresql"] == "18.1"
    assert answer["repeat"] == 3
    assert [line["seconds"] for line in answer["lines"]] == [4.0, 6.5, 2.0, 3.0]
