"""What deleting the whole book costs: `python -m benchmarks.delete_all [--products N]`.

The floor is what somebody would type into psql: one UPDATE of the whole table and one INSERT of its
ledger rows, in one transaction. Pricebook does the same as a job, in chunks that survive a crash,
and takes it back again.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.fill import fill_book
from benchmarks.report import commit, machine
from benchmarks.run import start
from benchmarks.workplace import OWN_SCHEMA, Workplace, open_workplace

_FLOOR = "floor"
_UPDATE = "UPDATE {}.catalogue_product SET deleted_at = now(), updated_at = now(), changed_in = 1"
_INSERT = """
    INSERT INTO {0}.changes_change (changeset_id, product_id, sku, kind, fields)
    SELECT 1, id, sku, 'deleted', jsonb_build_object('deleted_at', jsonb_build_array(NULL, now()))
    FROM {0}.catalogue_product
"""


def main() -> None:
    """Run floor and product in turn and print the medians."""
    parser = ArgumentParser(prog="python -m benchmarks.delete_all", description=__doc__)
    parser.add_argument("--products", type=int, default=500_000, help="default: 500,000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work-dir", type=Path)
    options = parser.parse_args()
    floors, deletions, undos = [], [], []
    with open_workplace(options.work_dir, rows=options.products) as place:
        place.add_book(_FLOOR)
        place.connection.execute(
            f"CREATE TABLE {_FLOOR}.changes_change (LIKE changes_change INCLUDING ALL)"
        )
        for number in range(options.repeat):
            floors.append(_floor(place, options.products))
            place.empty_book(OWN_SCHEMA)
            fill_book(place.connection, options.products)
            place.checkpoint()
            deletions.append(start("benchmarks.bulk_job", Path("delete"), place.environment))
            place.settle_book(OWN_SCHEMA)
            place.checkpoint()
            undos.append(start("benchmarks.bulk_job", Path("undo"), place.environment))
            print(f"{number + 1}/{options.repeat}", file=sys.stderr)
        print(f"{options.products:,} products · PostgreSQL {place.server_version()}", end=" · ")
    print(f"{machine()} · commit {commit()}")
    floor = median(floors)
    delete, undo = (median(run.seconds for run in runs) for runs in (deletions, undos))
    print(f"floor       {floor:6.2f} s  1.00")
    print(f"delete all  {delete:6.2f} s  {delete / floor:.2f}")
    print(f"its undo    {undo:6.2f} s  {undo / floor:.2f}")


def _floor(place: Workplace, products: int) -> float:
    connection = place.connection
    connection.execute(f"TRUNCATE {_FLOOR}.catalogue_product, {_FLOOR}.changes_change")
    connection.execute(f"SET search_path = {_FLOOR}, public")
    fill_book(connection, products)
    connection.execute("RESET search_path")
    place.checkpoint()
    began = perf_counter()
    with connection.transaction():
        connection.execute(_UPDATE.format(_FLOOR))
        connection.execute(_INSERT.format(_FLOOR))
    return perf_counter() - began


if __name__ == "__main__":
    main()
