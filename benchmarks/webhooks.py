"""How fast subscribers are told: `python -m benchmarks.webhooks [--rows N] [--repeat N]`.

Four questions, with one sender process and receivers on this machine: how many deliveries a second
it manages, how long after its commit a single edit arrives, whether an endpoint that never answers
makes any difference to that (in pairs, one after the other), and how many requests, and how much
time, an import costs in each bulk mode. Endpoints have no limit of requests a second here.
"""

from __future__ import annotations

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

from benchmarks.generate import write_products
from benchmarks.report import commit, machine
from benchmarks.workplace import open_workplace


def main() -> None:
    """Open a workplace and ask the questions there, in a process of its own."""
    parser = ArgumentParser(prog="python -m benchmarks.webhooks", description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="of the import; default: 500,000")
    parser.add_argument("--events", type=int, default=10_000, help="queued; default: 10,000")
    parser.add_argument("--repeat", type=int, default=5, help="pairs; default: 5")
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    with open_workplace(options.work_dir, rows=options.rows) as place:
        file = place.folder / "products.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            write_products(target, options.rows)
        print(f"PostgreSQL {place.server_version()} · {machine()} · commit {commit()}", flush=True)
        words = [str(file), str(options.events), str(options.repeat)]
        subprocess.run(
            [sys.executable, "-m", "benchmarks.webhook_runs", *words],
            env={**place.environment, "PRICEBOOK_WEBHOOK_NETWORKS": "127.0.0.0/8"},
            check=True,
        )


if __name__ == "__main__":
    main()
