"""What reading and editing costs in a small and a large book.

python -m benchmarks.catalogue [--sizes 100000 5000000]
"""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import quantiles

from benchmarks.fill import fill_book
from benchmarks.report import commit, machine
from benchmarks.workplace import Workplace, open_workplace

Figures = dict[str, list[float]]


def main() -> None:
    """Fill the book step by step, ask at each step, and print the table."""
    parser = ArgumentParser(prog="python -m benchmarks.catalogue", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 5_000_000])
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    sizes = sorted(options.sizes)
    with open_workplace(options.work_dir, rows=sizes[-1]) as place:
        taken = []
        for size in sizes:
            print(f"filling up to {size:,} products", file=sys.stderr)
            fill_book(place.connection, size)
            place.checkpoint()
            taken.append(_ask(place, size))
        setting = f"PostgreSQL {place.server_version()} · {machine()} · commit {commit()}"
    print(f"{setting}\nmilliseconds, p50 and p95\n")
    print(f"{'':<26}" + "".join(f"{size:>20,}" for size in sizes) + f"{'p95 ratio':>12}")
    for kind in taken[0]:
        print(_line(kind, [figures[kind] for figures in taken]))


def _ask(place: Workplace, size: int) -> Figures:
    """Let a process of its own ask, and forget who asked."""
    environment = {**place.environment, "PRICEBOOK_API_RATE_PER_MINUTE": "1000000"}
    command = [sys.executable, "-m", "benchmarks.requests", str(size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    place.connection.execute("TRUNCATE accounts_user CASCADE")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _line(kind: str, runs: list[list[float]]) -> str:
    cells, last = "", []
    for seconds in runs:
        twentieths = quantiles(seconds, n=20)
        cells += f"{twentieths[9] * 1e3:>12.1f}{twentieths[18] * 1e3:>8.1f}"
        last.append(twentieths[18])
    return f"{kind:<26}{cells}{last[-1] / last[0]:>12.2f}"


if __name__ == "__main__":
    main()
