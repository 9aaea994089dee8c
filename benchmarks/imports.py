"""How fast an import is, and what it needs: `python -m benchmarks.imports [--rows N]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks.contest import CONTESTANTS, FLOOR, Contest, Sample, Scenario
from benchmarks.from_bucket import compare_sources
from benchmarks.report import Setting, as_json, as_text, commit, machine, summarize
from benchmarks.workplace import open_workplace

_REPEATED_UP_TO = 500_000


def main() -> None:
    """Run the contest and print its table."""
    options = _options()
    repeat = options.repeat or (3 if options.rows <= _REPEATED_UP_TO else 1)
    with open_workplace(options.work_dir, rows=options.rows) as place:
        if options.source == "s3":
            print(compare_sources(place, options.rows, repeat))
            return
        contestants = [each for each in CONTESTANTS if each.name not in options.without]
        contest = Contest.prepare(place, options.rows, contestants)
        scenarios = _scenarios(options.only)
        total = repeat * len(scenarios) * len(contestants)
        samples = []
        for sample in contest.rounds(scenarios, repeat):
            samples.append(sample)
            _show(sample, len(samples), total)
        setting = Setting(
            machine=machine(),
            postgresql=place.server_version(),
            commit=commit(),
            rows=options.rows,
            products=contest.generated.products,
            file_bytes=contest.files[Scenario.FIRST].stat().st_size,
        )
    lines = summarize(samples, options.rows)
    print((as_json if options.json else as_text)(setting, lines, repeat))


def _scenarios(only: str | None) -> list[Scenario]:
    """Return what to run: the first load always, because the ratios are to the floor's."""
    if only is None:
        return list(Scenario)
    return [s for s in Scenario if s is Scenario.FIRST or s.name.lower() == only]


def _show(sample: Sample, number: int, total: int) -> None:
    what = f"{sample.scenario.value}, {sample.contestant}"
    print(f"{number}/{total} {what}: {sample.run.seconds:.2f} s", file=sys.stderr)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="default: 500,000")
    parser.add_argument(
        "--repeat", type=int, help=f"default: 3, or 1 above {_REPEATED_UP_TO:,} rows"
    )
    parser.add_argument("--only", choices=[s.name.lower() for s in Scenario])
    parser.add_argument(
        "--without",
        nargs="+",
        default=[],
        choices=[each.name for each in CONTESTANTS if each is not FLOOR],
        help="leave these out: bulk_create takes a minute each time",
    )
    parser.add_argument(
        "--source",
        choices=["local", "s3"],
        default="local",
        help="s3: compare a first load from a bucket with one from the disk",
    )
    parser.add_argument("--work-dir", type=Path, help="default: the system's temporary folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


if __name__ == "__main__":
    main()
