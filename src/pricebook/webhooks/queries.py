"""What pages, statistics and housekeeping ask of the log, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pricebook.core.db import execute, fetch_row, fetch_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


def add_to_half_hours(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add attempts to the statistics of their endpoints; one statement.

    A row is endpoint, beginning, attempts, failed, fastest, slowest, and the histogram as text.
    """
    execute(_ADD_TO_HALF_HOURS, [list(column) for column in zip(*rows, strict=True)])


def half_hours(endpoint_ids: Sequence[UUID], since: datetime) -> list[tuple[Any, ...]]:
    """Return the statistics of endpoints from a time on, each endpoint's in their order."""
    return fetch_rows(_HALF_HOURS, {"ids": list(endpoint_ids), "since": since})


def waiting(endpoint_ids: Sequence[UUID], most: int) -> list[tuple[UUID, int, bool]]:
    """Return for each endpoint how many deliveries wait, counted to `most` and a bit.

    The last value says whether more of a bulk change is still to be put into the queue.
    """
    rows = fetch_rows(_WAITING, {"ids": list(endpoint_ids), "most": most})
    return [(endpoint_id, count, is_behind) for endpoint_id, count, is_behind in rows]


def purge_deliveries(before: datetime, most: int) -> int:
    """Delete deliveries that were queued before that time and have ended, with their attempts.

    Returns how many, `most` at the most; what somebody deals with at this moment stays.
    """
    return int(fetch_row(_PURGE_DELIVERIES, {"before": before, "most": most})[0])


def delete_deliveries(endpoint_id: UUID, most: int) -> int:
    """Delete deliveries of an endpoint, whatever became of them; return how many."""
    return int(fetch_row(_DELETE_DELIVERIES, {"endpoint": endpoint_id, "most": most})[0])


def delete_rest(endpoint_id: UUID) -> None:
    """Delete an endpoint that has no deliveries any more, and whatever else belongs to it."""
    execute(_DELETE_REST, {"endpoint": endpoint_id})
    execute("DELETE FROM webhooks_endpoint WHERE id = %(endpoint)s", {"endpoint": endpoint_id})


# In order, as everybody does it who writes several.
_ADD_TO_HALF_HOURS: Final = """
    INSERT INTO webhooks_halfhour AS known
        (endpoint_id, begins_at, attempts, failed, fastest_ms, slowest_ms, histogram)
    SELECT r.endpoint_id, r.begins_at, r.attempts, r.failed, r.fastest_ms, r.slowest_ms,
        r.histogram::integer[]
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::integer[], %s::integer[], %s::float8[],
            %s::float8[], %s::text[])
        AS r (endpoint_id, begins_at, attempts, failed, fastest_ms, slowest_ms, histogram)
    ORDER BY r.endpoint_id, r.begins_at
    ON CONFLICT (endpoint_id, begins_at) DO UPDATE
    SET attempts = known.attempts + excluded.attempts,
        failed = known.failed + excluded.failed,
        fastest_ms = least(known.fastest_ms, excluded.fastest_ms),
        slowest_ms = greatest(known.slowest_ms, excluded.slowest_ms),
        histogram = ARRAY(
            SELECT coalesce(b.known, 0) + coalesce(b.new, 0)
            FROM unnest(known.histogram, excluded.histogram) WITH ORDINALITY AS b (known, new, n)
            ORDER BY b.n)
"""
_HALF_HOURS: Final = """
    SELECT endpoint_id, begins_at, attempts, failed, fastest_ms, slowest_ms, histogram
    FROM webhooks_halfhour
    WHERE endpoint_id = ANY (%(ids)s) AND begins_at > %(since)s
    ORDER BY endpoint_id, begins_at
"""

_WAITING: Final = """
    SELECT e.id,
        (SELECT count(*) FROM (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id
            AND d.status = 'pending' AND d.sender_id IS NULL LIMIT %(most)s + 1) queued)
        + (SELECT count(*) FROM webhooks_delivery d
            WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.sender_id IS NOT NULL),
        EXISTS (SELECT FROM webhooks_backlog b
            WHERE b.endpoint_id = e.id AND b.ended_at IS NULL)
    FROM unnest(%(ids)s::uuid[]) AS e (id)
"""

_DELETE_GONE: Final = """
    , attempts AS (
        DELETE FROM webhooks_attempt a USING gone WHERE a.delivery_id = gone.id
    ), deliveries AS (
        DELETE FROM webhooks_delivery d USING gone WHERE d.id = gone.id RETURNING d.id
    )
    SELECT count(*) FROM deliveries
"""
_PURGE_DELIVERIES: Final = f"""
    WITH gone AS MATERIALIZED (
        SELECT id FROM webhooks_delivery
        WHERE created_at < %(before)s AND status <> 'pending'
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ) {_DELETE_GONE}
"""
_DELETE_DELIVERIES: Final = f"""
    WITH gone AS MATERIALIZED (
        SELECT id FROM webhooks_delivery
        WHERE endpoint_id = %(endpoint)s
        ORDER BY id LIMIT %(most)s FOR UPDATE
    ) {_DELETE_GONE}
"""
_DELETE_REST: Final = """
    WITH secrets AS (
        DELETE FROM webhooks_signingsecret WHERE endpoint_id = %(endpoint)s
    ), backlogs AS (
        DELETE FROM webhooks_backlog WHERE endpoint_id = %(endpoint)s
    )
    DELETE FROM webhooks_halfhour WHERE endpoint_id = %(endpoint)s
"""
