"""What looking first costs, and taking back: `python -m benchmarks.review [--rows N]`.

The measure of both is the first load of the same file without either: a preview that is approved
stages and compares once and merges afterwards; the undo of the load takes every product out again.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.contest import Contest, Scenario
from benchmarks.report import commit, machine
from benchmarks.run import start
from benchmarks.workplace import OWN_SCHEMA, Workplace, open_workplace

_DIRECT: Final = "first load"
_REVIEWED: Final = "previewed, then approved"
_UNDONE: Final = "undo of the load"


def main() -> None:
    """Run each in turn and print the medians."""
    parser = ArgumentParser(prog="python -m benchmarks.review", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="default: 500,000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    taken: dict[str, list[float]] = {_DIRECT: [], _UNDONE: [], _REVIEWED: []}
    with open_workplace(options.work_dir, rows=options.rows) as place:
        file = Contest.prepare(place, options.rows, []).files[Scenario.FIRST]
        for number in range(options.repeat):
            place.empty_book(OWN_SCHEMA)
            taken[_DIRECT].append(_run(place, "benchmarks.pricebook", file))
            place.settle_book(OWN_SCHEMA)
            taken[_UNDONE].append(_run(place, "benchmarks.bulk_job", Path("undo-import")))
            place.empty_book(OWN_SCHEMA)
            taken[_REVIEWED].append(_run(place, "benchmarks.reviewed", file))
            print(f"{number + 1}/{options.repeat}", file=sys.stderr)
        print(f"{options.rows:,} rows · PostgreSQL {place.server_version()}", end=" · ")
    print(f"{machine()} · commit {commit()}")
    base = median(taken[_DIRECT])
    for what, seconds in taken.items():
        print(f"{what:24} {median(seconds):6.2f} s  {median(seconds) / base:.2f}")


def _run(place: Workplace, module: str, argument: Path) -> float:
    place.checkpoint()
    return start(module, argument, place.environment).seconds


if __name__ == "__main__":
    main()
