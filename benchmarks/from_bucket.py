"""What it costs to import from a bucket instead of from the disk: a first load of each, in turn.

The bucket is that of a real S3 API on the same machine (OpenStack Swift), so that both sides share
the processors: a network would only add its own waiting to the GET and to the import alike.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.contest import PRICEBOOK, Scenario, expected_counts, require_right
from benchmarks.generate import Generated, write_products
from benchmarks.report import commit, machine
from benchmarks.run import Run, start
from benchmarks.workplace import OWN_SCHEMA, Workplace
from tests.servers.swift import REGION, SwiftServer

LOCAL, GET, BUCKET = "import from the disk", "bare GET", "import from the bucket"
_NAME = "benchmark"


def compare_sources(place: Workplace, rows: int, repeat: int) -> str:
    """Import the same file from both, `repeat` times, and return the table."""
    path = place.folder / "products.csv"
    with path.open("w", encoding="utf-8", newline="") as target:
        generated = write_products(target, rows)
    folder = place.folder / "swift"
    folder.mkdir()
    taken: dict[str, list[float]] = {LOCAL: [], GET: [], BUCKET: []}
    with SwiftServer(folder) as swift:
        swift.create_bucket(_NAME)
        environment = {**place.environment, **_variables(swift)}
        for _ in range(repeat):
            taken[LOCAL].append(_import(place, path, generated, place.environment))
            taken[GET].append(start("benchmarks.bare_get", path, environment).seconds)
            taken[BUCKET].append(_import(place, path, generated, environment))
            print(", ".join(f"{name} {taken[name][-1]:.2f} s" for name in taken), file=sys.stderr)
    return _table(taken, rows, path.stat().st_size)


def _import(
    place: Workplace, path: Path, generated: Generated, environment: Mapping[str, str]
) -> float:
    """Load the file into an empty book and return the seconds."""
    place.empty_book(OWN_SCHEMA)
    place.checkpoint()
    run: Run = start(PRICEBOOK.module, path, environment)
    require_right(PRICEBOOK.name, run.counts, expected_counts(Scenario.FIRST, generated))
    return run.seconds


def _variables(swift: SwiftServer) -> dict[str, str]:
    return {
        "S3_ENDPOINT_URL": swift.endpoint_url,
        "S3_REGION": REGION,
        "S3_BUCKET_NAME": _NAME,
        "S3_ACCESS_KEY_ID": swift.access_key,
        "S3_SECRET_ACCESS_KEY": swift.secret_key,
    }


def _table(taken: Mapping[str, list[float]], rows: int, size: int) -> str:
    middle = {name: median(seconds) for name, seconds in taken.items()}
    lines = [f"{rows:,} rows ({size / 1e6:.1f} MB) · {machine()} · commit {commit()}", ""]
    for name, seconds in taken.items():
        spread = f"({min(seconds):.2f}–{max(seconds):.2f})"
        lines.append(f"{name:<24}{middle[name]:>8.2f} s {spread}")
    ratio = middle[BUCKET] / (middle[LOCAL] + middle[GET])
    lines += ["", f"from the bucket ÷ (from the disk + bare GET): {ratio:.2f}"]
    return "\n".join(lines)
