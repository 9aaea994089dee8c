"""What PostgreSQL can do and Django's ORM does not say: COPY, sequences, sets of rows as tuples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, Protocol, cast

from django.db import connection, transaction
from psycopg import sql


class CopyTarget(Protocol):
    """What takes the rows of a COPY."""

    def write_row(self, row: Sequence[Any]) -> None:
        """Send one row; psycopg escapes it in C, which beats Python's own csv here."""


Statement = LiteralString | sql.Composable
Parameters = dict[str, Any] | Sequence[Any] | None


def execute(statement: Statement, parameters: Parameters = None) -> int:
    """Run a statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), parameters)
        return int(cursor.rowcount)


def fetch_rows(statement: Statement, parameters: Parameters = None) -> list[tuple[Any, ...]]:
    """Run a statement and return all its rows; for few rows only."""
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), parameters)
        return cast("list[tuple[Any, ...]]", cursor.fetchall())


def fetch_row(statement: Statement, parameters: Parameters = None) -> tuple[Any, ...]:
    """Run a statement that gives exactly one row and return it."""
    (row,) = fetch_rows(statement, parameters)
    return row


@contextmanager
def copy_into(statement: sql.Composable, types: Sequence[str]) -> Iterator[CopyTarget]:
    """Open a COPY … FROM STDIN; an exception inside it leaves the table as it was.

    `types` says what the values are, column by column, in PostgreSQL's words: a tenth of the time
    goes into looking at every single one otherwise.
    """
    # Django translates the errors of `execute` alone, and callers wait for its OperationalError.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(_text(statement)) as copy,
    ):
        copy.set_types(types)
        yield copy


def next_value(sequence: str) -> int:
    """Take the next number of a sequence."""
    return int(fetch_row("SELECT nextval(%s)", [sequence])[0])


def commit_without_waiting() -> None:
    """Let this transaction's commit return before it is on disk.

    A crash of PostgreSQL may lose it as a whole, never in part, and never one before it without
    those after it. Every later commit that waits makes this one durable too.
    """
    execute("SET LOCAL synchronous_commit TO off")


def lift_time_limit() -> None:
    """Let statements of this connection take as long as they do, as one whose reader is slow."""
    execute("SET statement_timeout TO 0")


def lock_until_commit(name: str) -> None:
    """Wait for, and hold until this transaction ends, the advisory lock of that name."""
    if not transaction.get_connection().in_atomic_block:
        message = "An advisory lock of a transaction needs a transaction."
        raise RuntimeError(message)
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _text(statement: Statement) -> Any:
    """Return what Django's cursor passes on to psycopg unchanged."""
    return statement.as_string() if isinstance(statement, sql.Composable) else statement
