"""The queue of deliveries, in SQL: claim what is due, write down what came of it.

Whoever claims, or writes results, holds the rows of the endpoints concerned, so their limits are
exact whatever the number of senders. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from pricebook.core.db import commit_without_waiting, execute, fetch_row, fetch_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from pricebook.webhooks.models import Delivery, Endpoint

# An endpoint that answers within so many milliseconds gets more at a time than it is sent at once.
_FAST_MS: Final = 200
_AHEAD: Final = 8
# One that takes longer than this gets less, and shares half of the room with those that fail.
_SLOW_MS: Final = 2_000
_SLOW_CONCURRENCY: Final = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this sender is to send now."""

    delivery_id: int
    endpoint_id: UUID
    url: str
    event_id: str
    body: str
    # Of the endpoint, as it was known when this was claimed.
    is_slow: bool
    # Those that are in force, the present one first.
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests a sender can begin: in all, and of these to endpoints that are slow."""

    all: int
    slow: int


def has_news() -> bool:
    """Say whether anything may have happened that endpoints are not told of yet.

    Asked many times a second, and mostly in vain: one look at four indexes.
    """
    return bool(fetch_row(_HAS_NEWS)[0])


def register_sender(sender_id: UUID, host: str) -> None:
    """Say that a sender lives; what it claims is its own as long as it says so."""
    execute(
        """INSERT INTO webhooks_sender (id, seen_at, started_at, host)
        VALUES (%(id)s, now(), now(), %(host)s)
        ON CONFLICT (id) DO UPDATE SET seen_at = now()""",
        {"id": sender_id, "host": host[:100]},
    )


def forget_sender(sender_id: UUID) -> None:
    """Let go of all that a sender has claimed, and of the sender."""
    with transaction.atomic():
        execute(_RELEASE_OF, {"sender": sender_id})
        execute("DELETE FROM webhooks_sender WHERE id = %(sender)s", {"sender": sender_id})


def release_lost() -> int:
    """Let go of what senders had claimed that are not heard of any more; return how many."""
    with transaction.atomic():
        execute(
            "DELETE FROM webhooks_sender WHERE seen_at < now() - %(lost)s",
            {"lost": settings.WEBHOOK_SENDER_LOST},
        )
        return execute(_RELEASE_LOST)


@transaction.atomic
def claim(sender_id: UUID, room: Room) -> list[Claim]:
    """Take what is due, fairly among the endpoints and within their limits.

    Live events go before bulk ones, quick endpoints before slow ones; of the endpoints that
    another sender deals with at this moment nothing is taken.
    """
    if room.all <= 0:
        return []
    # What a crash of PostgreSQL takes back is claimed anew.
    commit_without_waiting()
    locked = fetch_rows(_LOCK_ENDPOINTS, {"slow_ms": _SLOW_MS})
    if not locked:
        return []
    parameters = {
        "sender": sender_id,
        "endpoints": [row[0] for row in locked],
        "room": room.all,
        "slow_room": max(0, room.slow),
        "each": settings.WEBHOOK_CONCURRENCY,
        "ahead": settings.WEBHOOK_CONCURRENCY * _AHEAD,
        "slow_each": _SLOW_CONCURRENCY,
        "fast_ms": _FAST_MS,
        "slow_ms": _SLOW_MS,
    }
    rows = fetch_rows(_CLAIM, parameters)
    return [Claim(*[*row[:-1], tuple(row[-1] or ())]) for row in rows]


def save_deliveries(deliveries: Sequence[Delivery]) -> None:
    """Write where deliveries stand after an attempt, and let go of them; one statement."""
    execute(
        _SAVE,
        [
            [each.pk for each in deliveries],
            [each.status for each in deliveries],
            [each.tries for each in deliveries],
            [each.due_at for each in deliveries],
            [each.ended_at for each in deliveries],
        ],
    )


def save_endpoints(endpoints: Sequence[Endpoint]) -> None:
    """Write how endpoints stand after attempts; one statement."""
    columns = [[getattr(each, name) for each in endpoints] for name in _STANDING]
    execute(_SAVE_ENDPOINTS, [[each.pk for each in endpoints], *columns])


def delete_of_endpoint(endpoint_id: UUID) -> None:
    """Delete the whole log of an endpoint and what waits for it, whatever its size."""
    execute(
        "DELETE FROM webhooks_attempt WHERE endpoint_id = %(endpoint)s", {"endpoint": endpoint_id}
    )
    execute(
        "DELETE FROM webhooks_delivery WHERE endpoint_id = %(endpoint)s", {"endpoint": endpoint_id}
    )


_HAS_NEWS: Final = """
    SELECT EXISTS (SELECT FROM changes_changeset WHERE position IS NULL)
        OR EXISTS (SELECT FROM changes_event WHERE NOT is_told)
        OR EXISTS (SELECT FROM webhooks_backlog)
        OR EXISTS (SELECT FROM changes_changeset
            WHERE position > coalesce((SELECT position FROM webhooks_cursor WHERE id = 1), 0))
"""
_RELEASE_OF: Final = """
    UPDATE webhooks_delivery SET sender_id = NULL WHERE sender_id = %(sender)s
"""
_RELEASE_LOST: Final = """
    UPDATE webhooks_delivery d SET sender_id = NULL
    WHERE d.sender_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM webhooks_sender s WHERE s.id = d.sender_id)
"""

# Two looks, one for each part of the index of what is due.
_LOCK_ENDPOINTS: Final = """
    SELECT e.id
    FROM webhooks_endpoint e
    WHERE e.enabled
        AND (e.rate_limit IS NULL OR e.next_send_at IS NULL OR e.next_send_at <= now())
        AND (EXISTS (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id
                AND d.status = 'pending' AND d.sender_id IS NULL
                AND NOT d.is_bulk AND d.due_at <= now())
            OR EXISTS (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id
                AND d.status = 'pending' AND d.sender_id IS NULL
                AND d.is_bulk AND d.due_at <= now()))
    ORDER BY e.failing_since IS NOT NULL OR e.last_response_ms > %(slow_ms)s, e.id
    LIMIT 500
    FOR NO KEY UPDATE OF e SKIP LOCKED
"""

# A second statement, because it has to see what those have committed who held the rows before. The
# limit of requests a second is a bucket that holds a quarter of a second's requests.
_CLAIM: Final = """
    WITH pace AS MATERIALIZED (
        SELECT e.id, e.url, e.rate_limit,
            coalesce(e.failing_since IS NOT NULL OR e.last_response_ms > %(slow_ms)s, false)
                AS slow,
            CASE WHEN e.failing_since IS NOT NULL THEN 1
                WHEN e.last_response_ms > %(slow_ms)s THEN %(slow_each)s
                WHEN e.last_response_ms <= %(fast_ms)s THEN %(ahead)s
                ELSE %(each)s END AS most,
            greatest(
                e.next_send_at,
                now() - interval '1 second' * (ceil(e.rate_limit / 4.0) / e.rate_limit)
            ) AS begins
        FROM webhooks_endpoint e WHERE e.id = ANY (%(endpoints)s)
    ), busy AS (
        SELECT endpoint_id, count(*) AS requests FROM webhooks_delivery
        WHERE sender_id IS NOT NULL AND endpoint_id = ANY (%(endpoints)s)
        GROUP BY endpoint_id
    ), allowed AS MATERIALIZED (
        SELECT p.*, least(
            p.most - coalesce(b.requests, 0),
            floor(extract(epoch FROM now() - p.begins) * p.rate_limit + 0.000001)
        )::bigint AS requests
        FROM pace p LEFT JOIN busy b ON b.endpoint_id = p.id
    ), due AS (
        SELECT d.id, a.id AS endpoint_id, a.slow, d.is_bulk, d.due_at
        FROM allowed a CROSS JOIN LATERAL (
            (SELECT id, is_bulk, due_at FROM webhooks_delivery l
             WHERE l.endpoint_id = a.id AND l.status = 'pending' AND l.sender_id IS NULL
                 AND NOT l.is_bulk AND l.due_at <= now()
             ORDER BY l.due_at LIMIT greatest(0, a.requests))
            UNION ALL
            (SELECT id, is_bulk, due_at FROM webhooks_delivery l
             WHERE l.endpoint_id = a.id AND l.status = 'pending' AND l.sender_id IS NULL
                 AND l.is_bulk AND l.due_at <= now()
             ORDER BY l.due_at LIMIT greatest(0, a.requests))
            ORDER BY is_bulk, due_at LIMIT greatest(0, a.requests)
        ) d
    ), ranked AS (
        SELECT id, endpoint_id, slow, is_bulk, due_at,
            row_number() OVER (PARTITION BY endpoint_id ORDER BY is_bulk, due_at) AS rank
        FROM due
    ), fitting AS (
        SELECT *, row_number() OVER (PARTITION BY slow ORDER BY rank, is_bulk, due_at) AS place
        FROM ranked
    ), chosen AS MATERIALIZED (
        SELECT id, endpoint_id FROM fitting
        WHERE NOT slow OR place <= %(slow_room)s
        ORDER BY slow, rank, is_bulk, due_at LIMIT %(room)s
    ), paced AS (
        UPDATE webhooks_endpoint e
        SET next_send_at = a.begins + interval '1 second' * (c.requests::float8 / a.rate_limit)
        FROM allowed a
        JOIN (SELECT endpoint_id, count(*) AS requests FROM chosen GROUP BY endpoint_id) c
            ON c.endpoint_id = a.id
        WHERE e.id = a.id AND a.rate_limit IS NOT NULL
    )
    UPDATE webhooks_delivery d SET sender_id = %(sender)s
    FROM chosen c JOIN allowed a ON a.id = c.endpoint_id
    WHERE d.id = c.id AND d.sender_id IS NULL AND d.status = 'pending'
    RETURNING d.id, d.endpoint_id, a.url, d.event_id, d.body, a.slow, (
        SELECT array_agg(s.secret ORDER BY s.expires_at DESC NULLS FIRST)
        FROM webhooks_signingsecret s
        WHERE s.endpoint_id = d.endpoint_id AND (s.expires_at IS NULL OR s.expires_at > now()))
"""

_SAVE: Final = """
    UPDATE webhooks_delivery d
    SET status = r.status, tries = r.tries, due_at = r.due_at, ended_at = r.ended_at,
        sender_id = NULL
    FROM unnest(%s::bigint[], %s::varchar[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])
        AS r (id, status, tries, due_at, ended_at)
    WHERE d.id = r.id
"""

_STANDING: Final = (
    "last_attempt_at",
    "last_status",
    "last_response_ms",
    "last_error",
    "failing_since",
    "enabled",
    "disabled_because",
    "disabled_at",
)
_SAVE_ENDPOINTS: Final = """
    UPDATE webhooks_endpoint e
    SET last_attempt_at = r.attempt_at, last_status = r.status, last_response_ms = r.ms,
        last_error = r.error, failing_since = r.failing_since, enabled = r.enabled,
        disabled_because = r.because, disabled_at = r.disabled_at
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::smallint[], %s::float8[], %s::varchar[],
            %s::timestamptz[], %s::boolean[], %s::varchar[], %s::timestamptz[])
        AS r (id, attempt_at, status, ms, error, failing_since, enabled, because, disabled_at)
    WHERE e.id = r.id
"""
