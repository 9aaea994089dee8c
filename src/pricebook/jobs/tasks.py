"""The two tasks of background work: run this job; look for lost ones."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.db import InterfaceError, OperationalError

from pricebook.jobs.queue import RUN_TASK
from pricebook.jobs.recovery import recover_jobs
from pricebook.jobs.runner import run_job


# Without the retry, an outage of the database would use up every message of the queue in a moment.
@shared_task(
    name=RUN_TASK,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=True,
    retry_backoff_max=30,
    max_retries=None,
)
def run(job_id: str) -> None:
    """Run a job; a message that comes twice finds the job taken and does nothing."""
    run_job(UUID(job_id))


@shared_task(name="pricebook.jobs.recover", ignore_result=True)
def recover() -> None:
    """Send lost jobs again."""
    recover_jobs()
