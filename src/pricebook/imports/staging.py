"""The staging tables: a file's good rows, which of them differ from the book, and rejected SKUs.

Each import has its own, dropped at its end. They are unlogged, therefore fast, and empty after
a crash of PostgreSQL: whoever resumes compares their row counts with those in the checkpoint. Their
names carry the lease's token, so that a worker that was thought dead never writes into its
successor's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container, Iterable, Iterator
from operator import concat, itemgetter
from uuid import UUID

from psycopg import sql

from pricebook.catalogue.fields import FIELDS, NAMES
from pricebook.catalogue.keys import sku_keys
from pricebook.catalogue.merge import StagedSet
from pricebook.core.db import copy_into, execute, fetch_row, fetch_rows
from pricebook.feed.records import ProductRecord

PREFIX = "import_staging_"
_NAME = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_\d+(?:_[dr])?")

_COLUMNS = ", ".join(f"{field.name} {field.type}" for field in FIELDS)

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
    statement = f"""
        CREATE UNLOGGED TABLE {{}} (
            sku_key text COLLATE "C" NOT NULL, line bigint NOT NULL, {_COLUMNS}
        ) WITH (autovacuum_enabled = false)
    """
    execute(sql.SQL(statement).format(sql.Identifier(name)))


def copy_records(
    name: str, blocks: Iterable[list[ProductRecord]], *, fields: Container[str] = NAMES
) -> None:
    """Stream blocks of at least one record into the table in one COPY.

    `fields` are those that the file can say anything about: the other columns stay NULL unsent.
    The table was made in the same transaction, so that its rows can be written as frozen: whoever
    reads them next need not ask whether they are committed, nor write down the answer.
    """
    sent = [field for field in FIELDS if field.name in fields]
    pick = itemgetter(0, *(1 + FIELDS.index(field) for field in sent))
    columns = ", ".join(("sku_key", "line", *(field.name for field in sent)))
    types = ["bool" if field.type == "boolean" else "text" for field in sent]
    statement = sql.SQL(f"COPY {{}} ({columns}) FROM STDIN (FREEZE)").format(sql.Identifier(name))
    with copy_into(statement, ["text", "int8", *types]) as copy:
        for records in blocks:
            keys = zip(sku_keys(list(map(_sku, records))), strict=True)
            # Nothing but C works on the single row: half a million of them pass here.
            deque(map(copy.write_row, map(concat, keys, map(pick, records))), 0)


def keep_rejected_keys(name: str, blocks: Iterable[list[str]]) -> None:
    """Put the keys of rejected rows beside the table: their products are not missing (A15)."""
    table = sql.Identifier(staged_set(name).rejected)
    execute(
        sql.SQL("""
            CREATE UNLOGGED TABLE {} (sku_key text COLLATE "C" NOT NULL)
            WITH (autovacuum_enabled = false)
        """).format(table)
    )
    with copy_into(sql.SQL("COPY {} FROM STDIN (FREEZE)").format(table), ["text"]) as copy:
        for keys in blocks:
            deque(map(copy.write_row, zip(keys, strict=True)), 0)


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
    """Drop a staging table and what belongs to it, as far as they are there."""
    staged = staged_set(name)
    execute(staged.fill("DROP TABLE IF EXISTS {rows}, {differences}, {rejected}"))


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
            yield name.removesuffix("_d").removesuffix("_r"), UUID(match[1])
