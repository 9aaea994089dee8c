"""The staging table: a file's good rows, one table an import, dropped at its end.

It is unlogged, therefore fast, and empty after a crash of PostgreSQL: whoever resumes compares its
row count with the one written down when staging ended. Its name carries the lease's token, so that
a worker that was thought dead never writes into its successor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from psycopg import sql

from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.merge import STAGED_COLUMNS
from pricebook.core.db import copy_into, execute, fetch_row, fetch_rows
from pricebook.feed.records import ProductRecord

PREFIX = "import_staging_"


def table_name(import_id: UUID, token: int) -> str:
    """Return the name of an import's staging table under one lease."""
    return f"{PREFIX}{import_id.hex}_{token}"


def create_table(name: str) -> None:
    """Create an empty staging table."""
    drop_table(name)
    execute(
        sql.SQL("""
            CREATE UNLOGGED TABLE {} (
                line bigint NOT NULL, sku_key text COLLATE "C" NOT NULL,
                sku text NOT NULL, name text, description text, price numeric, active boolean
            ) WITH (autovacuum_enabled = false)
        """).format(sql.Identifier(name))
    )


def copy_records(name: str, blocks: Iterable[list[ProductRecord]]) -> None:
    """Stream blocks of records into the table in one COPY."""
    columns = sql.SQL(", ").join(map(sql.Identifier, ("sku_key", "line", *STAGED_COLUMNS)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(name), columns)
    with copy_into(statement) as copy:
        write_row = copy.write_row
        for block in blocks:
            for record in block:
                write_row((sku_key(record[1]), *record))


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


def index_lines(name: str) -> None:
    """Make reading a range of lines cheap, and tell the planner what is in the table."""
    table = sql.Identifier(name)
    execute(
        sql.SQL("CREATE INDEX ON {} USING brin (line) WITH (pages_per_range = 16)").format(table)
    )
    execute(sql.SQL("ANALYZE {}").format(table))


def count_rows(name: str) -> int | None:
    """Return how many rows the table has, or None when there is no such table."""
    (exists,) = fetch_row("SELECT to_regclass(%s) IS NOT NULL", [name])
    if not exists:
        return None
    return int(fetch_row(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))[0])


def drop_table(name: str) -> None:
    """Drop a staging table, if it is there."""
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))


def staging_tables() -> Iterator[tuple[str, UUID, int]]:
    """Yield (table name, import id, lease token) of every staging table there is."""
    rows = fetch_rows(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, %s)", [PREFIX]
    )
    for (name,) in rows:
        import_hex, _, token = name.removeprefix(PREFIX).partition("_")
        yield name, UUID(import_hex), int(token)
