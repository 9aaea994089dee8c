"""The queue of deliveries, in SQL: put in, claim what is due, write down what came of it.

Whoever claims, or writes results, holds the rows of the endpoints concerned, so their limits are
exact whatever the number of senders. All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from pricebook.core.db import commit_without_waiting, execute, fetch_row, fetch_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import timedelta
    from uuid import UUID

    from pricebook.webhooks.models import Backlog, Delivery, Endpoint

# An endpoint that answers within so many milliseconds gets more at a time than it is sent at once.
_FAST_MS: Final = 200
_AHEAD: Final = 8
# One that takes longer than this gets less, and shares half of the room with those that fail.
_SLOW_MS: Final = 2_000
_SLOW_CONCURRENCY: Final = 2
# How many endpoints one claim deals with.
_MOST_ENDPOINTS: Final = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this sender is to send now."""

    delivery_id: int
    endpoint_id: UUID
    url: str
    event_id: str
    body: str = field(repr=False)
    # Of the endpoint, as it was known when this was claimed.
    is_slow: bool
    # Those that are in force, the present one first.
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Room:
    """How many requests a sender can begin: in all; to slow endpoints; ahead of what is sent."""

    all: int
    slow: int
    ahead: int


def has_news() -> bool:
    """Say whether anything may have happened that endpoints are not told of yet.

    Asked many times a second, and mostly in vain: one look at four indexes.
    """
    return bool(fetch_row(_HAS_NEWS)[0])


def insert_deliveries(deliveries: Sequence[Delivery]) -> int:
    """Put deliveries into the queue, due now; return how many endpoints were not told before."""
    rows = (
        [each.endpoint_id for each in deliveries],
        [each.event_id for each in deliveries],
        [each.event_type for each in deliveries],
        [each.body for each in deliveries],
        [each.is_bulk for each in deliveries],
        [each.happened_at for each in deliveries],
    )
    return execute(_INSERT_DELIVERIES, rows)


def insert_backlogs(backlogs: Sequence[Backlog]) -> int:
    """Keep what is told bit by bit; return how many of them are new."""
    rows = (
        [each.endpoint_id for each in backlogs],
        [each.changeset_id for each in backlogs],
        [each.happened_at for each in backlogs],
    )
    return execute(_INSERT_BACKLOGS, rows)


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
        release(sender_id, but=())
        execute("DELETE FROM webhooks_sender WHERE id = %(sender)s", {"sender": sender_id})


def release(sender_id: UUID, *, but: Collection[int]) -> int:
    """Let go of what a sender has claimed, but for the deliveries that it knows of.

    A claim may be committed though its answer was lost on the way.
    """
    return execute(_RELEASE_OF, {"sender": sender_id, "but": list(but)})


def let_go(sender_id: UUID, ids: Sequence[int]) -> None:
    """Let go of some claims that nothing was sent of."""
    execute(_LET_GO, {"sender": sender_id, "ids": list(ids)})


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
    limits = {
        "each": settings.WEBHOOK_CONCURRENCY,
        "ahead": settings.WEBHOOK_CONCURRENCY * _AHEAD,
        "slow_each": _SLOW_CONCURRENCY,
        "fast_ms": _FAST_MS,
        "slow_ms": _SLOW_MS,
    }
    locked = fetch_rows(_LOCK_ENDPOINTS, {**limits, "most": _MOST_ENDPOINTS})
    if not locked:
        return []
    parameters = {
        **limits,
        "sender": sender_id,
        "endpoints": [row[0] for row in locked],
        "room": room.all,
        "slow_room": max(0, room.slow),
        "ahead_room": max(0, room.ahead),
    }
    rows = fetch_rows(_CLAIM, parameters)
    return [Claim(*[*row[:-1], tuple(row[-1] or ())]) for row in rows]


def save_deliveries(deliveries: Sequence[Delivery], delays: Sequence[timedelta | None]) -> None:
    """Write where deliveries stand after an attempt, and let go of them; one statement.

    `delays` say after what time each is due again; None for one that has ended.
    """
    rows = (
        [each.pk for each in deliveries],
        [each.status for each in deliveries],
        [each.tries for each in deliveries],
        list(delays),
    )
    execute(_SAVE, rows)


def put_off(delivery_id: int) -> None:
    """Let go of a delivery of whose attempt nothing can be written down, for some minutes."""
    execute(_PUT_OFF, {"id": delivery_id})


def save_endpoints(endpoints: Sequence[Endpoint]) -> None:
    """Write how endpoints stand after attempts; one statement."""
    columns = [[getattr(each, name) for each in endpoints] for name in _STANDING]
    execute(_SAVE_ENDPOINTS, [[each.pk for each in endpoints], *columns])


_HAS_NEWS: Final = """
    SELECT EXISTS (SELECT FROM changes_changeset WHERE position IS NULL)
        OR EXISTS (SELECT FROM changes_event WHERE NOT is_told)
        OR EXISTS (SELECT FROM webhooks_backlog WHERE ended_at IS NULL)
        OR EXISTS (SELECT FROM changes_changeset
            WHERE position > coalesce((SELECT position FROM webhooks_cursor WHERE id = 1), 0))
"""

_INSERT_DELIVERIES: Final = """
    INSERT INTO webhooks_delivery (endpoint_id, event_id, event_type, body, is_bulk, happened_at,
        is_test, status, tries, due_at, created_at)
    SELECT r.endpoint_id, r.event_id, r.event_type, r.body, r.is_bulk, r.happened_at,
        false, 'pending', 0, now(), now()
    FROM unnest(%s::uuid[], %s::varchar[], %s::varchar[], %s::text[], %s::boolean[],
            %s::timestamptz[])
        WITH ORDINALITY AS r (endpoint_id, event_id, event_type, body, is_bulk, happened_at, place)
    ORDER BY r.place
    ON CONFLICT (endpoint_id, event_id) DO NOTHING
"""
_INSERT_BACKLOGS: Final = """
    INSERT INTO webhooks_backlog (endpoint_id, changeset_id, happened_at, told_through, told_at)
    SELECT r.endpoint_id, r.changeset_id, r.happened_at, 0, now()
    FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[]) WITH ORDINALITY
        AS r (endpoint_id, changeset_id, happened_at, place)
    ORDER BY r.place
    ON CONFLICT (endpoint_id, changeset_id) DO NOTHING
"""

# Who holds a row at this moment writes it, too.
_RELEASE_OF: Final = """
    UPDATE webhooks_delivery SET sender_id = NULL WHERE id IN (
        SELECT id FROM webhooks_delivery
        WHERE sender_id = %(sender)s AND id <> ALL (%(but)s::bigint[])
        ORDER BY id FOR UPDATE SKIP LOCKED)
"""
_LET_GO: Final = """
    UPDATE webhooks_delivery SET sender_id = NULL WHERE id IN (
        SELECT id FROM webhooks_delivery WHERE id = ANY (%(ids)s) AND sender_id = %(sender)s
        ORDER BY id FOR UPDATE SKIP LOCKED)
"""
_RELEASE_LOST: Final = """
    UPDATE webhooks_delivery SET sender_id = NULL WHERE id IN (
        SELECT d.id FROM webhooks_delivery d
        WHERE d.sender_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM webhooks_sender s WHERE s.id = d.sender_id)
        ORDER BY d.id FOR UPDATE SKIP LOCKED)
"""

_IS_SLOW: Final = "coalesce(e.failing_since IS NOT NULL OR e.last_response_ms > %(slow_ms)s, false)"
# How many deliveries of an endpoint a sender may hold at a time.
_MOST: Final = """CASE WHEN e.failing_since IS NOT NULL THEN 1
    WHEN e.last_response_ms > %(slow_ms)s THEN %(slow_each)s
    WHEN e.last_response_ms <= %(fast_ms)s THEN %(ahead)s
    ELSE %(each)s END"""


def _is_due(kind: str) -> str:
    """Return SQL that says whether live or bulk deliveries of `e` are due, by their index."""
    return f"""EXISTS (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = e.id
        AND d.status = 'pending' AND d.sender_id IS NULL AND {kind} AND d.due_at <= now())"""


# Only those that can take one now: their limit of requests a second has room for it, and they are
# not sent as many already as they may be.
_LOCK_ENDPOINTS: Final = f"""
    SELECT e.id
    FROM webhooks_endpoint e
    CROSS JOIN LATERAL (SELECT {_is_due("NOT d.is_bulk")} AS live) l
    WHERE e.enabled AND e.deleted_at IS NULL
        AND (e.rate_limit IS NULL OR e.next_send_at IS NULL
            OR e.next_send_at + interval '1 second' / e.rate_limit <= now())
        AND (l.live OR {_is_due("d.is_bulk")})
        AND (SELECT count(*) FROM webhooks_delivery b
            WHERE b.endpoint_id = e.id AND b.sender_id IS NOT NULL) < {_MOST}
    ORDER BY {_IS_SLOW}, NOT l.live, random()
    LIMIT %(most)s
    FOR NO KEY UPDATE OF e SKIP LOCKED
"""

# A second statement, because it has to see what those have committed who held the rows before. The
# limit of requests a second is a bucket that holds a quarter of a second's requests. What goes
# beyond the requests that an endpoint is sent at once is claimed ahead, to be at hand.
_CLAIM: Final = f"""
    WITH pace AS MATERIALIZED (
        SELECT e.id, e.url, e.rate_limit, {_IS_SLOW} AS slow, {_MOST} AS most,
            greatest(
                e.next_send_at,
                now() - interval '1 second' * (ceil(e.rate_limit / 4.0) / e.rate_limit)
            ) AS begins,
            (SELECT count(*) FROM webhooks_delivery b
             WHERE b.endpoint_id = e.id AND b.sender_id IS NOT NULL) AS busy
        FROM webhooks_endpoint e WHERE e.id = ANY (%(endpoints)s)
    ), allowed AS MATERIALIZED (
        SELECT p.*, greatest(0, least(
            p.most - p.busy,
            floor(extract(epoch FROM now() - p.begins) * p.rate_limit + 0.000001)
        ))::bigint AS requests
        FROM pace p
    ), due AS (
        SELECT d.id, a.id AS endpoint_id, a.slow, a.busy, d.is_bulk, d.due_at
        FROM allowed a CROSS JOIN LATERAL (
            (SELECT id, is_bulk, due_at FROM webhooks_delivery l
             WHERE l.endpoint_id = a.id AND l.status = 'pending' AND l.sender_id IS NULL
                 AND NOT l.is_bulk AND l.due_at <= now()
             ORDER BY l.due_at LIMIT a.requests)
            UNION ALL
            (SELECT id, is_bulk, due_at FROM webhooks_delivery l
             WHERE l.endpoint_id = a.id AND l.status = 'pending' AND l.sender_id IS NULL
                 AND l.is_bulk AND l.due_at <= now()
             ORDER BY l.due_at LIMIT a.requests)
            ORDER BY is_bulk, due_at LIMIT a.requests
        ) d
    ), ranked AS (
        SELECT *, busy + row_number() OVER (PARTITION BY endpoint_id ORDER BY is_bulk, due_at)
            AS rank
        FROM due
    ), fitting AS (
        SELECT *, rank > %(each)s AS is_ahead,
            row_number() OVER (PARTITION BY slow, rank > %(each)s
                ORDER BY rank, is_bulk, due_at) AS place
        FROM ranked
    ), chosen AS MATERIALIZED (
        SELECT id, endpoint_id FROM fitting
        WHERE (NOT slow OR place <= %(slow_room)s) AND (NOT is_ahead OR place <= %(ahead_room)s)
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
    SET status = r.status, tries = r.tries, due_at = coalesce(now() + r.delay, d.due_at),
        ended_at = CASE WHEN r.delay IS NULL THEN now() END, sender_id = NULL
    FROM unnest(%s::bigint[], %s::varchar[], %s::smallint[], %s::interval[])
        AS r (id, status, tries, delay)
    WHERE d.id = r.id
"""
_PUT_OFF: Final = """
    UPDATE webhooks_delivery
    SET sender_id = NULL, tries = tries + 1, due_at = now() + interval '5 minutes'
    WHERE id = %(id)s
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
