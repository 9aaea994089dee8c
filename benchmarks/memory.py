"""How much memory a worker needs: `python -m benchmarks.memory 50000 500000 5000000`.

One first load for each size, each in a process of its own. The growth over the idle process should
not depend on the size of the file.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.contest import PRICEBOOK, Scenario, expected_counts, require_right
from benchmarks.generate import write_products
from benchmarks.report import commit, machine
from benchmarks.run import start
from benchmarks.workplace import Workplace, open_workplace

_HEADINGS = (
    f"{'rows':>12}{'file MB':>10}{'seconds':>10}{'idle MB':>10}{'peak MB':>10}{'growth MB':>10}"
)


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """A first load of one size. Memory in MB (2**20 bytes)."""

    rows: int
    file_bytes: int
    seconds: float
    idle_mb: float
    peak_mb: float
    growth_mb: float

    def as_text(self) -> str:
        """Return the table's line."""
        return (
            f"{self.rows:>12,}{self.file_bytes / 1e6:>10.1f}{self.seconds:>10.1f}"
            f"{self.idle_mb:>10.1f}{self.peak_mb:>10.1f}{self.growth_mb:>10.1f}"
        )


def measure_size(place: Workplace, rows: int) -> MemoryUse:
    """Import a generated file of `rows` rows into an empty book."""
    file = place.folder / f"{rows}.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        generated = write_products(target, rows)
    place.empty_book(PRICEBOOK.schema)
    place.checkpoint()
    run = start(PRICEBOOK.module, file, PRICEBOOK.environment(place.environment))
    require_right(PRICEBOOK.name, run.counts, expected_counts(Scenario.FIRST, generated))
    size = file.stat().st_size
    file.unlink()
    idle, peak, growth = (kib / 1024 for kib in (run.idle_kib, run.peak_kib, run.growth_kib))
    return MemoryUse(rows, size, run.seconds, idle, peak, growth)


def main() -> None:
    """Measure the sizes and print a table."""
    parser = ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("rows", type=int, nargs="+")
    parser.add_argument("--work-dir", type=Path, help="default: the system's temporary folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    with open_workplace(options.work_dir, rows=max(options.rows)) as place:
        if not options.json:
            print(f"PostgreSQL {place.server_version()} · {machine()} · commit {commit()}")
            print(_HEADINGS)
        for rows in options.rows:
            use = measure_size(place, rows)
            print(json.dumps(asdict(use)) if options.json else use.as_text(), flush=True)


if __name__ == "__main__":
    main()
