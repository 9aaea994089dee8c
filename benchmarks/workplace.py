"""Where the benchmarks run: servers, files and books of their own, gone at the end.

Each contestant's book is a `catalogue_product` in a schema of its own, with the columns,
constraints and indexes of the real one, which is in `public`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

from pricebook.config.embedded.hold import ensure_services

OWN_SCHEMA = "public"
# Measured: the file twice, three books with their indexes, the ledger, the staging tables.
_DISK_PER_ROW = 2_500
_DISK_OF_SERVERS = 6 * 1024**3


@dataclass(frozen=True, slots=True)
class Digest:
    """What tells two books apart, whatever the order and the ids of their rows."""

    products: int
    checksum: str


@dataclass(frozen=True)
class Workplace:
    """A folder for files, the environment for child processes, and the database."""

    folder: Path
    environment: Mapping[str, str]
    connection: psycopg.Connection

    def add_book(self, schema: str) -> None:
        """Make an empty book in a schema of its own."""
        book = sql.Identifier(schema, "catalogue_product")
        self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        self.connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE public.catalogue_product INCLUDING ALL)").format(book)
        )

    def empty_book(self, schema: str) -> None:
        """Take everything out of a book, and out of the ledger of Pricebook's own."""
        book = sql.Identifier(schema, "catalogue_product")
        self.connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(book))
        if schema == OWN_SCHEMA:
            self.connection.execute("TRUNCATE changes_change, changes_changeset RESTART IDENTITY")
            self.connection.execute("UPDATE changes_totals SET (products, active) = (0, 0)")

    def settle_book(self, schema: str) -> None:
        """Do what autovacuum does between two imports."""
        book = sql.Identifier(schema, "catalogue_product")
        self.connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(book))

    def checkpoint(self) -> None:
        """Have everything written, so that nobody pays for what another left."""
        self.connection.execute("CHECKPOINT")

    def digest(self, schema: str) -> Digest:
        """Return what a book says, without ids and times."""
        book = sql.Identifier(schema, "catalogue_product")
        statement = sql.SQL("""
            SELECT count(*), coalesce(sum(hashtextextended(
                ROW(sku_key, sku, name, description, price, active, deleted_at)::text, 0
            )), 0)::text FROM {}
        """).format(book)
        row = self.connection.execute(statement).fetchone()
        return Digest(*row) if row else Digest(0, "0")

    def server_version(self) -> str:
        """Return PostgreSQL's version, such as "18.1"."""
        return self.connection.info.parameter_status("server_version") or "unknown"


@contextmanager
def open_workplace(parent: Path | None, *, rows: int) -> Iterator[Workplace]:
    """Start servers in a new folder below `parent` (the system's temporary one), migrate them.

    Raises OSError when there is not enough room for files of `rows` rows.
    """
    with TemporaryDirectory(prefix="pricebook-benchmark-", dir=parent) as name:
        folder = Path(name)
        _require_room(folder, rows)
        home = folder / "home"
        home.mkdir()
        with ensure_services(home) as services:
            # Never the addresses of the caller's environment: everything here is truncated.
            environment = os.environ | {
                "PRICEBOOK_HOME": str(home),
                "PRICEBOOK_ENV_FILE": os.devnull,
                "DATABASE_URL": services.urls.database_url,
                "REDIS_URL": services.urls.redis_url,
                "SECRET_KEY": "benchmark",
                "DJANGO_SETTINGS_MODULE": "pricebook.config.settings",
            }
            _migrate(environment)
            with psycopg.connect(services.urls.database_url, autocommit=True) as connection:
                yield Workplace(folder, environment, connection)


def _require_room(folder: Path, rows: int) -> None:
    needed = _DISK_OF_SERVERS + rows * _DISK_PER_ROW
    free = shutil.disk_usage(folder).free
    if free < needed:
        message = (
            f"{folder.parent} has {free / 1e9:.0f} GB free, {rows:,} rows need about "
            f"{needed / 1e9:.0f} GB. Name a larger disk with --work-dir."
        )
        raise OSError(message)


def _migrate(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=environment, check=True)
