"""Owning a job: claim it, keep it with a heartbeat, know at once when it is lost or cancelled.

All times are the database's, so that workers with other clocks agree.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Now

from pricebook.core.errors import PermanentError, TransientError
from pricebook.jobs.models import Job, Status

log = logging.getLogger(__name__)


class LeaseLostError(TransientError):
    """Another worker owns the job now: this one must stop without a trace."""


class CancelledError(Exception):
    """Somebody asked the job to stop."""


class StalledError(PermanentError):
    """The job was interrupted again and again without a step forward."""


@transaction.atomic
def claim(job_id: UUID) -> Job | None:
    """Take the job for this process, or return None when it is another's, or ended.

    Taking over an expired lease counts against JOB_STALLED_LEASES; a parked job's does not.
    """
    job = Job.objects.claimable().select_for_update(skip_locked=True).filter(id=job_id).first()
    if job is None:
        return None
    interrupted = job.status == Status.PROCESSING and not job.is_parked
    Job.objects.filter(id=job_id).update(
        status=Status.PROCESSING,
        lease_token=job.lease_token + 1,
        lease_expires_at=Now() + settings.JOB_LEASE,
        stalled_leases=job.stalled_leases + int(interrupted),
        worker=f"{socket.gethostname()}:{os.getpid()}"[:100],
        started_at=Coalesce("started_at", Now()),
    )
    return Job.objects.get(id=job_id)


def park(job: Job) -> None:
    """Give the worker back while the job waits for its turn at the slot."""
    job.lease_expires_at = None
    _held(job).update(lease_expires_at=None, phase=job.phase)


def set_aside(job: Job) -> bool:
    """Leave the job to a person's decision; nobody holds it meanwhile. One to be cancelled ends.

    Returns whether it was ours to set aside.
    """
    wanted = _held(job).filter(cancel_requested=False)
    if wanted.update(status=Status.NEEDS_REVIEW, lease_expires_at=None):
        return True
    return finish(job, Status.CANCELLED)


def release(job: Job) -> None:
    """Let the lease end now, so that the recovery hands the job to a worker again."""
    _held(job).update(lease_expires_at=Now())


def finish(job: Job, status: Status, error: str = "") -> bool:
    """End the job, unless it is lost; say whether it was ours to end."""
    ended = _held(job).update(status=status, error=error, lease_expires_at=None, finished_at=Now())
    return bool(ended)


def hold(job: Job) -> None:
    """Lock the job's row until this transaction ends: nobody can take the job over meanwhile.

    Raises LeaseLostError, CancelledError.
    """
    row = _held(job).select_for_update().values_list("cancel_requested").first()
    if row is None:
        raise LeaseLostError
    if row[0]:
        raise CancelledError


def save(job: Job, *fields: str) -> None:
    """Write those fields of the job and renew its lease. Raises LeaseLostError."""
    values = {name: getattr(job, name) for name in fields}
    if not _held(job).update(**values, lease_expires_at=Now() + settings.JOB_LEASE):
        raise LeaseLostError


def save_step(job: Job, *fields: str) -> None:
    """Write those fields as a step forward: earlier interruptions count no more."""
    job.stalled_leases = 0
    save(job, "stalled_leases", *fields)


def _held(job: Job) -> QuerySet[Job]:
    """Return the job's row as long as it is still ours: the fence of every write."""
    return Job.objects.filter(id=job.id, status=Status.PROCESSING, lease_token=job.lease_token)


@dataclass
class Heartbeat:
    """A thread that renews the lease while the block runs, and hears of a cancellation."""

    job: Job
    lost: Event = field(default_factory=Event)
    cancelled: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._beat, name=f"heartbeat {self.job.id}", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise LeaseLostError or CancelledError when the work must not go on."""
        if self.lost.is_set():
            raise LeaseLostError
        if self.cancelled.is_set():
            raise CancelledError

    def _beat(self) -> None:
        renewed = time.monotonic()
        try:
            while not self._stop.wait(settings.JOB_HEARTBEAT.total_seconds()):
                try:
                    self._renew()
                    renewed = time.monotonic()
                except DatabaseError as error:
                    log.warning("Heartbeat of job %s failed: %s", self.job.id, error)
                    connection.close()
                if time.monotonic() - renewed > settings.JOB_LEASE.total_seconds():
                    self.lost.set()
                if self.lost.is_set():
                    return
        finally:
            connection.close()

    def _renew(self) -> None:
        if not _held(self.job).update(lease_expires_at=Now() + settings.JOB_LEASE):
            self.lost.set()
        elif _held(self.job).filter(cancel_requested=True).exists():
            self.cancelled.set()
