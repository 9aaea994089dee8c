"""Putting jobs into the queue, and what people may do to them: cancel, retry, decide."""

from __future__ import annotations

import logging
from enum import IntEnum
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from pricebook.accounts.models import User
from pricebook.core.db import next_value
from pricebook.core.errors import PermanentError
from pricebook.jobs import progress
from pricebook.jobs.kinds import announce
from pricebook.jobs.models import CANCELLABLE, RETRYABLE, Job, Slot, Status

log = logging.getLogger(__name__)

RUN_TASK = "pricebook.jobs.run"
_NUMBERS = "jobs_queue_number"


class Priority(IntEnum):
    """Which message a worker takes first: the lower number (kombu's Redis transport).

    Beat's small tasks have 0, the default: a long queue of jobs must not keep lost jobs, or the
    change feed, waiting until its end.
    """

    # A job that was under way: its turn has come, or its worker was lost.
    BEGUN = 3
    NEW = 6


class NotAllowedNow(PermanentError):
    """The job's state does not allow that."""


def create_job(*, kind: str, actor: User | None, slot: str = "", job_id: UUID | None = None) -> Job:
    """Put a new job at the end of the queue; `send` brings it to a worker.

    `job_id` is that of what the job is made of, where it has one already.
    """
    number = next_value(_NUMBERS)
    named = {} if job_id is None else {"id": job_id}
    return Job.objects.create(kind=kind, actor=actor, slot=slot, queue_number=number, **named)


def send(job: Job) -> None:
    """Send the job's id to a worker once the transaction is committed."""
    transaction.on_commit(lambda: send_now(job))


def send_now(job: Job) -> None:
    """Send the id at once; without a broker the recovery does it later."""
    priority = Priority.NEW if job.status == Status.PENDING else Priority.BEGUN
    try:
        current_app.send_task(RUN_TASK, args=[str(job.id)], priority=priority, retry=False)
    except OperationalError as error:
        log.warning("Job %s waits, the broker cannot be reached: %s", job.id, error)


@transaction.atomic
def cancel_job(job_id: UUID) -> Job:
    """Stop a job: at once when it waits, at its next step when it works (A13).

    Chunks that are merged stay. Raises NotAllowedNow for a job that has ended.
    """
    job = _unended(job_id)
    if job.status == Status.PROCESSING:
        job.cancel_requested = True
        job.save(update_fields=["cancel_requested"])
        if job.is_parked:
            send(job)
    else:
        _cancel_now(job)
    return job


@transaction.atomic
def retry_job(job_id: UUID) -> Job:
    """Queue a failed or cancelled job again; it goes on from its checkpoint (A13).

    Raises NotAllowedNow for a job in any other state.
    """
    job = _locked(job_id)
    if job.status not in RETRYABLE:
        message = f"Only a failed or cancelled job can be retried; this one is {job.status}."
        raise NotAllowedNow(message)
    queue_again(job)
    return job


@transaction.atomic
def approve_job(job_id: UUID) -> Job:
    """Let a job go on that waits for a decision; its turn comes after those queued meanwhile.

    Raises NotAllowedNow for a job in any other state.
    """
    job = _locked(job_id)
    _check_needs_review(job, "approved")
    queue_again(job)
    return job


@transaction.atomic
def discard_job(job_id: UUID) -> Job:
    """Drop a job that waits for a decision. Raises NotAllowedNow for a job in any other state."""
    job = _unended(job_id)
    _check_needs_review(job, "discarded")
    _cancel_now(job)
    return job


def _locked(job_id: UUID) -> Job:
    """Lock a job's row for this transaction."""
    return Job.objects.select_for_update().get(id=job_id)


def _unended(job_id: UUID) -> Job:
    """Lock the row of a job that has not ended. Raises NotAllowedNow."""
    job = _locked(job_id)
    if job.status not in CANCELLABLE:
        message = f"This job has ended already ({job.get_status_display().lower()})."
        raise NotAllowedNow(message)
    return job


def _check_needs_review(job: Job, deed: str) -> None:
    if job.status != Status.NEEDS_REVIEW:
        message = f"Only a job that needs review can be {deed}; this one is {job.status}."
        raise NotAllowedNow(message)


def _cancel_now(job: Job) -> None:
    """End a job whose row is locked and that nobody works on."""
    job.cancel_requested = True
    job.status = Status.CANCELLED
    job.finished_at = timezone.now()
    job.save(update_fields=["cancel_requested", "status", "finished_at"])
    announce(job)
    transaction.on_commit(lambda: progress.publish(progress.of_row(job)))


def queue_again(job: Job) -> None:
    """Put a job whose row is locked at the end of the queue, with whatever was changed in it."""
    job.status = Status.PENDING
    job.queue_number = next_value(_NUMBERS)
    job.cancel_requested = False
    job.stalled_leases = 0
    job.error = ""
    job.finished_at = None
    job.enqueued_at = timezone.now()
    job.save()
    # It had its turn; its new one comes after those that were queued meanwhile.
    Slot.objects.filter(holder=job).update(holder=None)
    transaction.on_commit(lambda: progress.publish(progress.of_row(job)))
    send(job)
