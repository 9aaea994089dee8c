"""What people see of a job while it runs (A8)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pricebook.core import redis
from pricebook.jobs import progress
from pricebook.jobs.models import Job, Status
from pricebook.jobs.progress import Progress
from pricebook.jobs.queue import create_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job() -> Job:
    job = create_job(kind="test", actor=None)
    job.status, job.phase, job.total_rows = Status.PROCESSING, "merging", 200
    job.save()
    return job


def seen(job: Job, last_event_id: str = "0") -> list[Progress]:
    """Follow the job to its end."""

    async def follow() -> list[Progress]:
        return [
            event[1] async for event in progress.follow(job.id, last_event_id) if event is not None
        ]

    return asyncio.run(asyncio.wait_for(follow(), 10))


def test_the_row_tells_the_progress_when_redis_knows_nothing(job: Job) -> None:
    job.processed_rows = 50
    job.save()
    assert (progress.read(job).percent, progress.read(job).processed_rows) == (25.0, 50)


def test_the_live_state_is_newer_than_the_row(job: Job) -> None:
    progress.publish(replace(progress.of_row(job), percent=61.5, rows_per_second=9000))
    live = progress.read(job)
    assert (live.percent, live.rows_per_second) == (61.5, 9000)


def test_an_ended_job_is_told_by_its_row_alone(job: Job) -> None:
    progress.publish(replace(progress.of_row(job), percent=61.5))
    job.status = Status.CANCELLED
    assert progress.read(job).status == "cancelled"


def test_the_older_clients_keys_tell_status_percent_of_the_whole_and_error(job: Job) -> None:
    progress.publish(replace(progress.of_row(job), percent=50.0, error="No."))
    keys = [f"upload:{job.id}:{name}" for name in ("status", "progress", "error")]
    assert redis.client().mget(keys) == ["processing", "75", "No."]


def test_reading_is_the_first_half_of_the_whole(job: Job) -> None:
    progress.publish(replace(progress.of_row(job), phase="staging", percent=50.0))
    assert redis.client().get(f"upload:{job.id}:progress") == "25"


def test_a_follower_gets_the_latest_state_and_the_end(job: Job) -> None:
    running = progress.of_row(job)
    progress.publish(replace(running, percent=10.0))
    progress.publish(replace(running, percent=20.0))
    progress.publish(replace(running, percent=100.0, status="completed"))
    assert [state.percent for state in seen(job)] == [100.0]


def test_a_follower_that_comes_back_misses_no_end(job: Job) -> None:
    running = progress.of_row(job)
    progress.publish(replace(running, percent=10.0))
    ((event_id, _),) = redis.client().xrevrange(f"job:{job.id}:events", count=1) or []
    progress.publish(replace(running, status="failed", error="Disk full."))
    states = seen(job, last_event_id=str(event_id))
    assert [(state.status, state.error) for state in states] == [("failed", "Disk full.")]
