"""The kinds of jobs: what runs one, and what is told when it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pricebook.jobs.models import Job
    from pricebook.jobs.runner import JobRun

Handler = Callable[["JobRun"], None]
Announcer = Callable[["Job"], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """What runs the jobs of a kind, and what tells of their ends."""

    run: Handler
    announce: Announcer


_kinds: dict[str, Kind] = {}


def register(kind: str, run: Handler, *, announce: Announcer) -> None:
    """Say what runs the jobs of a kind.

    `announce` is called when one has ended or needs review, in the transaction that says so: what
    it writes is there if, and only if, the job is as it says.
    """
    _kinds[kind] = Kind(run, announce)


def run_of(kind: str) -> Handler:
    """Return what runs the jobs of a kind. Raises KeyError for one that nobody has registered."""
    return _kinds[kind].run


def announce(job: Job) -> None:
    """Tell, in the caller's transaction, that a job has ended or needs review.

    Raises KeyError for a kind that nobody has registered.
    """
    job.refresh_from_db()
    _kinds[job.kind].announce(job)
