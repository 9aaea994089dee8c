"""The staging tables: a file's good rows, and which of them differ from the book.

Each import has its own pair, dropped at its end. They are unlogged, therefore fast, and empty after
a crash of PostgreSQL: whoever resumes compares their row counts with those in the checkpoint. Their
names carry the lease's token, so that a worker that was thought dead never writes into its
successor's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from operator import concat, itemgetter
from uuid import UUID

from psycopg import sql

from pricebook.catalogue.keys import sku_keys
from pricebook.catalogue.merge import FIELDS, StagedSet
from pricebook.core.db import copy_into, execute, fetch_row, fetch_rows
from pricebook.feed.records import ProductRecord

PREFIX = "import_staging_"
_NAME = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_\d+(?:_d)?")

# What `copy_records` sends, in its order: (column, type, type of the value sent).
_COLUMNS = (
    ("sku_key", 'text COLLATE "C" NOT NULL', "text"),
    ("line", "bigint NOT NULL", "int8"),
    *((f.name, f.type, "bool" if f.type == "boolean" else "text") for f in FIELDS),
)
_COLUMN_NAMES = ", ".join(name for name, _, _ in _COLUMNS)
_COLUMN_DEFINITIONS = ", ".join(f"{name} {definition}" for name, definition, _ in _COLUMNS)
_SENT_TYPES = [sent for _, _, sent in _COLUMNS]

# Faster than the attribute of the named tuple.
_sku = itemgetter(1)


def table_name(import_id: UUID, token: int) -> str:
    """Return the name of an import's staging table under one lease."""
    return f"{PREFIX}{import_id.hex}_{token}"


def staged_set(name: str) -> StagedSet:
    """Return the staging table of that name together with its table of differences."""
    return StagedSet(rows=name, differences=f"{name}_d")


def create_table(name: str) -> None:
    """Create an empty staging table.

    It has the product's types: the server casts during the COPY, when it waits for us anyway.
    """
    drop_tables(name)
    statement = (
        f"CREATE UNLOGGED TABLE {{}} ({_COLUMN_DEFINITIONS}) WITH (autovacuum_enabled=false)"
    )
    execute(sql.SQL(statement).format(sql.Identifier(name)))


def copy_records(name: str, blocks: Iterable[list[ProductRecord]]) -> None:
    """Stream blocks of at least one record into the table in one COPY.

    The table was made in the same transaction, so that its rows can be written as frozen: whoever
    reads them next need not ask whether they are committed, nor write down the answer.
    """
    statement = f"COPY {{}} ({_COLUMN_NAMES}) FROM STDIN (FREEZE)"
    with copy_into(sql.SQL(statement).format(sql.Identifier(name)), _SENT_TYPES) as copy:
        for records in blocks:
            keys = sku_keys(list(map(_sku, records)))
            # Nothing but C works on the single row: half a million of them pass here.
            deque(map(copy.write_row, map(concat, zip(keys, strict=True), records)), 0)


def drop_superseded(name: str) -> int:
    """Delete the rows whose SKU comes again later in the file; return how many (A5)."""
    return execute(
        sql.SQL("""
            WITH repeated AS (
                SELECT sku_key, max(line) AS last FROM {table}
                GROUP BY sku_key HAVING count(*) > 1
            )
            DELETE FROM {table} t USING repeated r
            WHERE t.sku_key = r.sku_key AND t.line < r.last
        """).format(table=sql.Identifier(name))
    )


def analyze(name: str) -> None:
    """Tell the planner what the keys are like: without it the join is twice as dear."""
    execute(sql.SQL("ANALYZE {} (sku_key)").format(sql.Identifier(name)))


def count_rows(name: str) -> int | None:
    """Return how many rows the table has, or None when there is no such table."""
    (exists,) = fetch_row("SELECT to_regclass(%s) IS NOT NULL", [name])
    if not exists:
        return None
    return int(fetch_row(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))[0])


def drop_tables(name: str) -> None:
    """Drop a staging table and its table of differences, as far as they are there."""
    staged = staged_set(name)
    execute(staged.fill("DROP TABLE IF EXISTS {rows}, {differences}"))


def drop_differences(name: str) -> None:
    """Drop the table of differences, if it is there."""
    execute(staged_set(name).fill("DROP TABLE IF EXISTS {differences}"))


def staging_tables() -> Iterator[tuple[str, UUID]]:
    """Yield (table name, import id) of every staging table there is."""
    rows = fetch_rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, %s)", [PREFIX]
    )
    for (name,) in rows:
        match = _NAME.fullmatch(name)
        if match:
            yield name.removesuffix("_d"), UUID(match[1])
