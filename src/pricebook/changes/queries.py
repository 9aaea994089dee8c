"""The SQL of the change feed: changes in the order of (position, product), by indexes alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

from pricebook.changes.models import Kind
from pricebook.core.db import fetch_row, fetch_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

LAST_PRODUCT: Final = 2**63 - 1
"""Behind the last change of every set."""
# How many changes are looked at for the few that a condition wants, give or take one set.
_LOOKED_AT: Final = 50_000


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Behind one change of the feed; `product_id` is LAST_PRODUCT behind the whole set."""

    position: int
    product_id: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are meant; None for any."""

    job_id: UUID | None = None
    changeset_id: int | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class FeedChange:
    """One change with what its set says; `fields` is {field: [before, after]}, as in the ledger."""

    position: int
    changeset_id: int
    at: datetime
    job_id: UUID | None
    actor_id: int | None
    kind: Kind
    product_id: int
    sku: str
    fields: Mapping[str, list[Any]] | None

    @property
    def place(self) -> Place:
        """Return the place behind this change."""
        return Place(self.position, self.product_id)


# The primary key of the changes leads with the set: walking the sets by position and each set by
# its key costs what the page holds, at any depth. The order is said aloud because nothing else
# promises it.
_READ: Final = sql.SQL("""
    SELECT s.position, s.id, s.at, s.job_id, s.actor_id, c.kind, c.product_id, c.sku, c.fields
    FROM ({sets}) s
    CROSS JOIN LATERAL (
        SELECT kind, product_id, sku, fields FROM changes_change
        WHERE {rest_of_set} {of_kind}
        ORDER BY product_id
        LIMIT %(limit)s
    ) c
    ORDER BY s.position, c.product_id
    LIMIT %(limit)s
""")
_LOOK_AHEAD: Final = sql.SQL("""
    SELECT s.position
    FROM ({sets}) s
    CROSS JOIN LATERAL (SELECT FROM changes_change WHERE {rest_of_set} LIMIT %(limit)s) c
    ORDER BY s.position
    OFFSET %(limit)s - 1
    LIMIT 1
""")
_REST_OF_SET: Final = sql.SQL("""
    changeset_id = s.id
    AND product_id > CASE WHEN s.position = %(position)s THEN %(product_id)s ELSE 0 END
""")
_OF_KIND: Final = sql.SQL("AND kind = %(kind)s")
_SETS: Final = sql.SQL("""
    SELECT id, position, at, job_id, actor_id FROM changes_changeset
    WHERE position BETWEEN %(position)s AND %(newest)s {one}
""")
# Materialized, lest the planner walk all positions for the few sets of a job.
_SETS_OF_JOB: Final = sql.SQL("""
    WITH of_job AS MATERIALIZED (
        SELECT id, position, at, job_id, actor_id FROM changes_changeset WHERE job_id = %(job_id)s
    )
    SELECT * FROM of_job WHERE position BETWEEN %(position)s AND %(newest)s {one}
""")
_ONE_SET: Final = sql.SQL("AND id = %(changeset_id)s")
_NOTHING: Final = sql.SQL("")


def read_changes(after: Place, *, newest: int, wanted: Wanted, limit: int) -> list[FeedChange]:
    """Return the next changes that are wanted, `limit` at most, of sets up to position `newest`."""
    of_kind = _NOTHING if wanted.kind is None else _OF_KIND
    rows = fetch_rows(
        _READ.format(sets=_sets(wanted), rest_of_set=_REST_OF_SET, of_kind=of_kind),
        _parameters(after, newest, wanted, limit),
    )
    return [_change(row) for row in rows]


def last_worth_looking(after: Place, *, newest: int, wanted: Wanted) -> int:
    """Return the position up to which one request looks for changes that are rare."""
    rows = fetch_rows(
        _LOOK_AHEAD.format(sets=_sets(wanted), rest_of_set=_REST_OF_SET),
        _parameters(after, newest, wanted, _LOOKED_AT),
    )
    return int(rows[0][0]) if rows else newest


def kept_positions() -> tuple[int, int] | None:
    """Return the oldest and the newest position that the ledger has; None before the first one."""
    oldest, newest = fetch_row("SELECT min(position), max(position) FROM changes_changeset")
    return None if newest is None else (oldest, newest)


def _change(row: tuple[Any, ...]) -> FeedChange:
    position, changeset_id, at, job_id, actor_id, kind, product_id, sku, fields = row
    return FeedChange(
        position=position,
        changeset_id=changeset_id,
        at=at,
        job_id=job_id,
        actor_id=actor_id,
        kind=Kind(kind),
        product_id=product_id,
        sku=sku,
        # Django leaves JSON as text.
        fields=fields and json.loads(fields),
    )


def _sets(wanted: Wanted) -> sql.Composed:
    sets = _SETS if wanted.job_id is None else _SETS_OF_JOB
    return sets.format(one=_NOTHING if wanted.changeset_id is None else _ONE_SET)


def _parameters(after: Place, newest: int, wanted: Wanted, limit: int) -> dict[str, Any]:
    return {
        "position": after.position,
        "product_id": after.product_id,
        "newest": newest,
        "job_id": wanted.job_id,
        "changeset_id": wanted.changeset_id,
        "kind": wanted.kind,
        "limit": limit,
    }
