"""What people see of a job while it runs: a few times a second, in Redis, never in the database.

For job `id` Redis holds the latest state and a short stream of states (for Server-Sent Events), and
the older clients' keys `upload:{id}:status`, `:progress` and `:error` (A8). All of it may be lost
at any time: the job's row then tells how far the last checkpoint was.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from redis.asyncio import Redis as AsyncRedis

from pricebook.core import redis
from pricebook.jobs.models import UNFINISHED, Job

log = logging.getLogger(__name__)

KEEP_SECONDS = 24 * 3600
STREAM_LENGTH = 200
HEARTBEAT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `percent` is of the present phase; rates are per second."""

    id: str
    kind: str
    status: str
    phase: str
    percent: float
    total_rows: int
    processed_rows: int
    created_rows: int
    updated_rows: int
    unchanged_rows: int
    duplicate_rows: int
    skipped_rows: int
    failed_rows: int
    seconds: float | None
    rows_per_second: float | None = None
    seconds_left: float | None = None
    error: str = ""

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will come."""
        return self.status not in UNFINISHED


def of_row(job: Job) -> Progress:
    """Return the progress that the job's row tells."""
    total, done = job.total_rows, job.processed_rows
    percent = 100.0 if job.status == "completed" else 100.0 * done / total if total else 0.0
    return Progress(
        id=str(job.id),
        kind=job.kind,
        status=job.status,
        phase=job.phase,
        percent=round(percent, 1),
        total_rows=total,
        processed_rows=done,
        created_rows=job.created_rows,
        updated_rows=job.updated_rows,
        unchanged_rows=job.unchanged_rows,
        duplicate_rows=job.duplicate_rows,
        skipped_rows=job.skipped_rows,
        failed_rows=job.failed_rows,
        seconds=None if job.seconds is None else round(job.seconds, 1),
        error=job.error,
    )


def read(job: Job) -> Progress:
    """Return the latest progress: Redis's while the job works, else its row's."""
    stored = of_row(job)
    if stored.is_finished:
        return stored
    try:
        live = redis.client().get(_state_key(job.id))
    except redis.ERRORS:
        return stored
    progress = _decode(str(live)) if live else stored
    # A state left over from before a restart must not hide that the job waits again.
    return progress if progress.status == stored.status else stored


def publish(progress: Progress) -> None:
    """Tell everyone who watches; failing to do so never fails the job."""
    state = json.dumps(asdict(progress))
    name = f"upload:{progress.id}"
    try:
        with redis.client().pipeline(transaction=False) as pipe:
            pipe.set(_state_key(progress.id), state, ex=KEEP_SECONDS)
            pipe.xadd(_stream_key(progress.id), {"state": state}, maxlen=STREAM_LENGTH)
            pipe.expire(_stream_key(progress.id), KEEP_SECONDS)
            pipe.set(f"{name}:status", progress.status, ex=KEEP_SECONDS)
            pipe.set(f"{name}:progress", str(int(_overall_percent(progress))), ex=KEEP_SECONDS)
            pipe.set(f"{name}:error", progress.error, ex=KEEP_SECONDS)
            pipe.execute()
    except redis.ERRORS as error:
        log.warning("Progress of job %s was not published: %s", progress.id, error)


Event = tuple[str, Progress]


async def follow(job_id: UUID, last_event_id: str) -> AsyncIterator[Event | None]:
    """Yield (event id, progress) as it comes, None as a sign of life every 15 s; end with the job.

    `last_event_id` is the id of the last event seen, or "0" to begin with the latest one kept.
    """
    client = redis.async_client()
    key = _stream_key(job_id)
    try:
        event = await _latest(client, key) if last_event_id == "0" else None
        while True:
            if event is not None:
                yield event
                last_event_id, progress = event
                if progress.is_finished:
                    return
            event = await _next(client, key, last_event_id)
            if event is None:
                yield None
    finally:
        await client.aclose()


async def _latest(client: AsyncRedis, key: str) -> Event | None:
    """Return the newest event that is kept."""
    entries: list[Any] = await client.xrevrange(key, count=1) or []
    return _event(entries[0]) if entries else None


async def _next(client: AsyncRedis, key: str, last_event_id: str) -> Event | None:
    """Wait for events after that one; return the newest of them, or None when none came."""
    answer: Any = await client.xread({key: last_event_id}, block=HEARTBEAT_SECONDS * 1000)
    return _event(answer[0][1][-1]) if answer else None


def _event(entry: tuple[str, dict[str, str]]) -> Event:
    return entry[0], _decode(entry[1]["state"])


def _overall_percent(progress: Progress) -> float:
    """Return one figure from 0 to 100 for the older clients' key."""
    if progress.status == "completed":
        return 100.0
    return progress.percent / 2 + (50 if progress.phase in ("merging", "deactivating") else 0)


def _decode(state: str) -> Progress:
    return Progress(**json.loads(state))


def _state_key(job_id: UUID | str) -> str:
    return f"job:{job_id}:state"


def _stream_key(job_id: UUID | str) -> str:
    return f"job:{job_id}:events"
