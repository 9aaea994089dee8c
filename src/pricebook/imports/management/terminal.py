"""A job that a command runs itself: its progress in the terminal, its outcome, its exit code."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pricebook.jobs import progress
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from pricebook.jobs.progress import Progress as JobProgress

EXIT_FAILED, EXIT_USAGE, EXIT_NEEDS_REVIEW = 1, 2, 3
COUNTS: Final = (
    "total_rows",
    "created_rows",
    "updated_rows",
    "unchanged_rows",
    "duplicate_rows",
    "skipped_rows",
    "failed_rows",
)
_LOOK_AGAIN_SECONDS = 0.3


def run_here(job_id: UUID, *, label: Callable[[str], str], quiet: bool) -> Job:
    """Run a job in this process to its end; wait while an earlier one has its turn.

    `label` says what the job does in a phase.
    """
    columns = (TextColumn("{task.description:<29}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True, quiet=quiet)
    with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
        task = bars.add_task("", total=100)

        def show(state: JobProgress) -> None:
            bars.update(task, completed=state.percent, description=label(state.phase))

        while True:
            run_job(job_id, show)
            job = Job.objects.get(id=job_id)
            if job.is_finished:
                return job
            # A worker may have taken it over, or an earlier job still merges.
            show(progress.read(job))
            time.sleep(_LOOK_AGAIN_SECONDS)


def as_json(job: Job, **more: object) -> str:
    """Return how a job ended by the names of the API; its counts add up to its total (A7)."""
    return json.dumps(
        {
            "id": str(job.id),
            "status": job.status,
            **{name: getattr(job, name) for name in COUNTS},
            **more,
            "seconds": round(job.seconds or 0, 2),
            "error": job.error,
        }
    )


def count_line(label: str, count: int) -> str:
    """Return a line of the summary."""
    return f"{label:>10} {count:>12,}"


def headline(job: Job, what: str) -> list[str]:
    """Return how a job ended, and its error if it has one."""
    first = f"{what}: {job.get_status_display().lower()}, {job.seconds or 0:.1f} s"
    return [first, job.error] if job.error else [first]


def exit_as(job: Job) -> None:
    """End the command with the code that says how the job ended; return when it is completed."""
    if job.status == Status.NEEDS_REVIEW:
        sys.exit(EXIT_NEEDS_REVIEW)
    if job.status != Status.COMPLETED:
        sys.exit(EXIT_FAILED)
