"""How fast products become a file, and at what memory: `python -m benchmarks.export [--rows N]`.

The floor is `COPY (SELECT …) TO STDOUT (FORMAT csv)` of the same columns in the same order. Nobody
keeps the bytes, and every run is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from benchmarks.fill import fill_book
from benchmarks.report import commit, machine
from benchmarks.run import Counts, Run, measure, start
from benchmarks.workplace import open_workplace

FLOOR = "floor"
CONTESTANTS = (FLOOR, "csv", "jsonl", "xlsx")
_HEADINGS = f"{'':<8}{'seconds':>9}{'× floor':>9}{'rows/s':>11}{'peak MB':>9}{'growth MB':>11}"


@dataclass(frozen=True, slots=True)
class Line:
    """What a format took: the median of the seconds, the most memory in MB (2**20 bytes)."""

    contestant: str
    seconds: float
    ratio: float
    rows_per_second: int
    peak_mb: float
    growth_mb: float

    def as_text(self) -> str:
        """Return the table's line."""
        return (
            f"{self.contestant:<8}{self.seconds:>9.2f}{self.ratio:>9.2f}{self.rows_per_second:>11,}"
            f"{self.peak_mb:>9.1f}{self.growth_mb:>11.1f}"
        )


def floor() -> None:
    """Copy the columns."""
    from pricebook.catalogue.fields import NAMES  # noqa: PLC0415 (the parent needs no settings)

    statement = sql.SQL("""
        COPY (
            SELECT {columns} FROM catalogue_product WHERE deleted_at IS NULL ORDER BY sku_key
        ) TO STDOUT (FORMAT csv)
    """).format(columns=sql.SQL(", ").join(map(sql.Identifier, NAMES)))
    with (
        psycopg.connect(os.environ["DATABASE_URL"]) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        deque(copy, 0)


def export(name: str) -> None:
    """Export the whole book."""
    from pricebook.catalogue.export import (  # noqa: PLC0415 (needs apps)
        ExportFormat,
        export_products,
    )
    from pricebook.catalogue.models import Product  # noqa: PLC0415 (needs apps)

    products = Product.objects.live().order_by("sku_key")
    deque(export_products(products, ExportFormat(name)), 0)


def run_one(name: str) -> Run:
    """Measure one contestant in this process, with all its code in place."""
    import django  # noqa: PLC0415 (the parent needs no settings)

    django.setup()
    from pricebook.catalogue.models import Product  # noqa: PLC0415 (needs apps)

    rows = Product.objects.live().count()

    def work() -> Counts:
        floor() if name == FLOOR else export(name)
        return Counts(rows)

    return measure(work)


def line_of(name: str, runs: list[Run], rows: int, floor_seconds: float) -> Line:
    """Sum up the runs of a contestant."""
    seconds = median(run.seconds for run in runs)
    return Line(
        contestant=name,
        seconds=round(seconds, 3),
        ratio=round(seconds / floor_seconds, 2),
        rows_per_second=round(rows / seconds),
        peak_mb=round(max(run.peak_kib for run in runs) / 1024, 1),
        growth_mb=round(max(run.growth_kib for run in runs) / 1024, 1),
    )


def main() -> None:
    """Fill a book, run the contestants in turn, and print a table."""
    parser = ArgumentParser(prog="python -m benchmarks.export", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="default: 500,000")
    parser.add_argument("--repeat", type=int, default=3, help="default: 3")
    parser.add_argument("--work-dir", type=Path, help="default: the system's temporary folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    runs: dict[str, list[Run]] = {name: [] for name in CONTESTANTS}
    with open_workplace(options.work_dir, rows=options.rows) as place:
        fill_book(place.connection, options.rows)
        for _ in range(options.repeat):
            for name, found in runs.items():
                found.append(start(__spec__.name, Path(name), place.environment))
        if not options.json:
            print(f"PostgreSQL {place.server_version()} · {machine()} · commit {commit()}")
            print(f"{options.rows:,} products, medians of {options.repeat}\n{_HEADINGS}")
    floor_seconds = median(run.seconds for run in runs[FLOOR])
    for name, found in runs.items():
        line = line_of(name, found, options.rows, floor_seconds)
        print(json.dumps(asdict(line)) if options.json else line.as_text())


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in CONTESTANTS:
        print(run_one(sys.argv[1]).to_json())
    else:
        main()
