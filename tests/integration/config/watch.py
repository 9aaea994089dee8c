"""What the tests of real processes look at: locks, process ids, and conditions that come true."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psycopg

from pricebook.config.processes import try_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOCKS = ("postgres.keeper", "postgres.process", "valkey.keeper", "valkey.process")


def eventually(condition: Callable[[], object], seconds: float = 10) -> bool:
    """Whether the condition comes true within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def held_locks(home: Path) -> set[str]:
    """Return which of the servers' locks any process holds; the kernel knows."""
    held = set()
    for name in LOCKS:
        lock = try_lock(home / "run" / name)
        if lock is None:
            held.add(name)
        else:
            os.close(lock)
    return held


def nothing_runs(home: Path) -> bool:
    """Whether neither a keeper nor any process of a server of this home is alive."""
    return not held_locks(home)


def keeper_pid(home: Path, name: str) -> int:
    """Return the process id of the keeper of `postgres` or `valkey`."""
    return int((home / "run" / f"{name}.keeper").read_text())


def postgres_pid(home: Path) -> int:
    """Return the process id of PostgreSQL's first process."""
    return int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def query(url: str, sql: str) -> object:
    """Run one statement in a connection of its own and return its first value, if any."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def answers(url: str) -> bool:
    """Whether the database takes connections."""
    try:
        return query(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False
