"""Running a job from claim to end. Knows no kind of job: each kind registers what runs it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from pricebook.core.errors import PermanentError, TransientError
from pricebook.jobs import leases, progress
from pricebook.jobs.kinds import announce, run_of
from pricebook.jobs.leases import CancelledError, Heartbeat, LeaseLostError, StalledError
from pricebook.jobs.models import Job, Status
from pricebook.jobs.progress import Progress
from pricebook.jobs.slots import wake_next

log = logging.getLogger(__name__)

# Seconds of a phase before which its rate says nothing.
_TOO_SHORT_TO_TELL = 0.2

Observer = Callable[[Progress], None]


class NotOurTurnError(Exception):
    """The job waits for an earlier one and gives its worker back meanwhile."""


class ReviewNeededError(Exception):
    """A person has to decide whether the job goes on; it gives its worker, and its turn, back."""


@dataclass
class JobRun:
    """What the code of one kind of job holds while it works on one job."""

    job: Job
    heartbeat: Heartbeat
    observer: Observer | None = None
    _published: float = 0.0
    # Where the present phase began: its name, the clock, its rows and its percent.
    _phase_began: tuple[str, float, int, float] = ("", 0.0, 0, 0.0)

    def hold(self) -> None:
        """Begin a step: lock the job for this transaction. Raises when it is lost or cancelled."""
        leases.hold(self.job)

    def save(self, *fields: str) -> None:
        """Write fields of `job` that are no step forward, such as its phase."""
        leases.save(self.job, *fields)

    def save_step(self, *fields: str) -> None:
        """Write fields of `job` as a step forward, in the step's own transaction."""
        leases.save_step(self.job, *fields)

    def check(self) -> None:
        """Raise when the work must not go on; costs nothing."""
        self.heartbeat.check()

    def report(self, *, percent: float, rows: int, now: bool = False) -> None:
        """Show how far the present phase is, a few times a second at most.

        `percent` is 0 to 100 of the phase, `rows` what the phase has dealt with so far.
        """
        clock = time.monotonic()
        phase = self.job.phase
        if self._phase_began[0] != phase:
            self._phase_began = (phase, clock, rows, percent)
        if not now and clock - self._published < settings.PROGRESS_INTERVAL.total_seconds():
            return
        self._published = clock
        _, began, rows_before, percent_before = self._phase_began
        elapsed, gained = clock - began, percent - percent_before
        rate = (rows - rows_before) / elapsed if elapsed > _TOO_SHORT_TO_TELL else None
        left = elapsed * (100 - percent) / gained if rate and gained > 0 else None
        self._show(
            replace(
                progress.of_row(self.job),
                percent=round(percent, 1),
                processed_rows=rows,
                rows_per_second=None if rate is None else round(rate),
                seconds_left=None if left is None else round(left, 1),
            )
        )

    def show_state(self) -> None:
        """Show the job's row as it is."""
        self.job.refresh_from_db()
        self._show(progress.of_row(self.job))

    def _show(self, state: Progress) -> None:
        progress.publish(state)
        if self.observer is not None:
            self.observer(state)


def run_job(job_id: UUID, observer: Observer | None = None) -> bool:
    """Claim a job and work on it; say whether it was there to be claimed.

    Never raises for what happens inside the job: that is told by the job's row.
    """
    job = leases.claim(job_id)
    if job is None:
        return False
    with Heartbeat(job) as heartbeat:
        run = JobRun(job, heartbeat, observer)
        try:
            _work(run)
        except (TransientError, OperationalError, InterfaceError) as error:
            _give_back(run, error)
    wake_next(job.slot)
    return True


def _work(run: JobRun) -> None:
    """Do the job and write down how it ended."""
    job = run.job
    try:
        if job.stalled_leases >= settings.JOB_STALLED_LEASES:
            message = (
                f"The work was interrupted {job.stalled_leases} times in a row without getting "
                "further. Retry it when the workers and the database run steadily."
            )
            raise StalledError(message)
        if job.cancel_requested:
            raise CancelledError
        run.show_state()
        log.info("Job %s (%s) begins under lease %d", job.id, job.kind, job.lease_token)
        run_of(job.kind)(run)
    except NotOurTurnError:
        _wait_for_turn(run)
        return
    except ReviewNeededError:
        _set_aside(job)
    except CancelledError:
        _finish(job, Status.CANCELLED)
    except PermanentError as error:
        _finish(job, Status.FAILED, str(error))
    except (TransientError, OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("Job %s failed in a way that nobody foresaw", job.id)
        message = (
            f"Something went wrong that Pricebook did not foresee ({type(error).__name__}). "
            f"Nothing is half done: retry it, or give the operator this number: {job.id}."
        )
        _finish(job, Status.FAILED, message)
    else:
        _finish(job, Status.COMPLETED)
    run.show_state()
    log.info("Job %s (%s) %s after %.1f s", job.id, job.kind, job.status, job.seconds or 0)


@transaction.atomic
def _finish(job: Job, status: Status, error: str = "") -> None:
    if leases.finish(job, status, error):
        announce(job)


@transaction.atomic
def _set_aside(job: Job) -> None:
    if leases.set_aside(job):
        announce(job)


def _wait_for_turn(run: JobRun) -> None:
    leases.park(run.job)
    run.show_state()
    # `run_job` wakes whoever is next afterwards: the turn may have come while we parked.


def _give_back(run: JobRun, error: Exception) -> None:
    """Leave the job to a later worker: its lease ends now, or by itself when nothing answers."""
    if isinstance(error, LeaseLostError):
        log.warning("Job %s went on elsewhere", run.job.id)
        return
    log.warning("Job %s was interrupted: %s", run.job.id, error)
    connection.close()
    try:
        leases.release(run.job)
    except (OperationalError, InterfaceError):
        log.warning("Job %s waits until its lease runs out", run.job.id)
        connection.close()
