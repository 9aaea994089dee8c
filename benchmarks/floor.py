"""The floor: the least that PostgreSQL can do with the file. No validation, no ledger, no resuming.

Two statements, as somebody would type them into psql: a COPY of the file as it is into an unlogged
table, and one upsert of the whole set that leaves equal rows alone. psycopg streams the file's
bytes untouched, which takes as long as psql's own copy.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from benchmarks.run import Counts, measure

_BLOCK = 1 << 18
# COPY does not fill pages strictly in the order of the file, so that ctid cannot stand for `line`.
_STAGE = """
    CREATE UNLOGGED TABLE floor.staging (
        line bigint GENERATED ALWAYS AS IDENTITY,
        sku text, name text, description text, price numeric, active boolean
    )
"""
_COPY = """
    COPY floor.staging (sku, name, description, price, active)
    FROM STDIN (FORMAT csv, HEADER)
"""
_UPSERT = """
    INSERT INTO floor.catalogue_product AS p
        (sku_key, sku, name, description, price, active, created_at, updated_at)
    SELECT DISTINCT ON (lower(sku) COLLATE "C")
        lower(sku), sku, name, description, price, active, now(), now()
    FROM floor.staging
    ORDER BY lower(sku) COLLATE "C", line DESC
    ON CONFLICT (sku_key) DO UPDATE SET
        sku = excluded.sku, name = excluded.name, description = excluded.description,
        price = excluded.price, active = excluded.active, updated_at = excluded.updated_at
    WHERE (p.sku, p.name, p.description, p.price, p.active) IS DISTINCT FROM
        (excluded.sku, excluded.name, excluded.description, excluded.price, excluded.active)
"""


def load(connection: psycopg.Connection, file: Path) -> Counts:
    """Copy and upsert the file."""
    connection.execute(_STAGE)
    with file.open("rb") as source, connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            while block := source.read(_BLOCK):
                copy.write(block)
        rows = cursor.rowcount
    was_empty = _is_empty(connection)
    written = connection.execute(_UPSERT).rowcount
    return Counts(rows, created=written if was_empty else 0, updated=0 if was_empty else written)


def _is_empty(connection: psycopg.Connection) -> bool:
    found = connection.execute("SELECT FROM floor.catalogue_product LIMIT 1")
    return found.rowcount == 0


def main() -> None:
    """Load the file and print the run."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        run = measure(lambda: load(connection, Path(sys.argv[1])))
        connection.execute("DROP TABLE floor.staging")
    print(run.to_json())


if __name__ == "__main__":
    main()
