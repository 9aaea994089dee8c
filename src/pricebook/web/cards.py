"""The job card: any job as the pages show it while it runs and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.catalogue.bulk import can_undo
from pricebook.imports.models import Phase
from pricebook.jobs import progress
from pricebook.jobs.models import RETRYABLE, Job, Status
from pricebook.web.subjects import Subject, subjects_of

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.jobs.progress import Progress

# More would hide the page; the rest is a number with a link.
TRAY_CARDS = 3


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase of a job and how far it is, 0 to 100."""

    phase: str
    label: str
    percent: float


@dataclass(frozen=True, slots=True)
class JobCard:
    """One job and how far it is. The script `jobs.js` keeps its figures up to date."""

    job: Job
    subject: Subject
    progress: Progress
    # Whether what the job wrote can be taken back (A14, B3).
    can_undo: bool = False

    @property
    def headline(self) -> str:
        """Return what the job is doing, or how it ended."""
        if self.progress.status == Status.PROCESSING:
            if self.job.is_parked and not self.subject.is_import:
                return "Waiting for an earlier job"
            if self.progress.phase in Phase.values:
                return Phase(self.progress.phase).label
        return Status(self.progress.status).label

    @property
    def unit(self) -> str:
        """Return what the job counts."""
        return "rows" if self.subject.is_import else "products"

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Return the phases that a job of this kind goes through."""
        if not self.subject.is_import:
            percent = 100.0 if self._is_done else self.progress.percent
            return (Bar("working", "Working", percent),)
        return (
            Bar(Phase.STAGING, "Reading", self._reading_percent),
            Bar(Phase.MERGING, "Merging", self._merging_percent),
        )

    @property
    def open_rows(self) -> int:
        """Return how many rows have no outcome yet; with them the counts add up at any time."""
        seen = self.progress
        return seen.total_rows - (
            seen.created_rows
            + seen.updated_rows
            + seen.unchanged_rows
            + seen.duplicate_rows
            + seen.skipped_rows
            + seen.failed_rows
        )

    @property
    def is_live(self) -> bool:
        """Say whether the card will still change by itself."""
        return not self.progress.is_finished

    @property
    def needs_review(self) -> bool:
        """Say whether the job waits for a person's decision."""
        return self.progress.status == Status.NEEDS_REVIEW

    @property
    def can_retry(self) -> bool:
        """Say whether a person may queue the job again."""
        return self.progress.status in RETRYABLE

    @property
    def _is_done(self) -> bool:
        return self.progress.status in {Status.COMPLETED, Status.UNDONE}

    @property
    def _reading_percent(self) -> float:
        if self.progress.phase == Phase.STAGING:
            return self.progress.percent
        return 100.0 if self.progress.phase else 0.0

    @property
    def _merging_percent(self) -> float:
        if self._is_done or self.progress.phase == Phase.DEACTIVATING:
            return 100.0
        return self.progress.percent if self.progress.phase == Phase.MERGING else 0.0


@dataclass(frozen=True, slots=True)
class Running:
    """The first unfinished jobs, and how many more wait behind them."""

    cards: tuple[JobCard, ...]
    more: int


def card(job: Job, subject: Subject | None = None) -> JobCard:
    """Return a job's card with its latest progress; a known subject spares two queries."""
    subject = subject or subjects_of([job.pk])[job.pk]
    return JobCard(job, subject, progress.read(job), can_undo(job))


def running(besides: UUID | None = None) -> Running:
    """Return what is running, in the order of the queue, without one that the page shows anyway."""
    unfinished = Job.objects.unfinished()
    if besides:
        unfinished = unfinished.exclude(pk=besides)
    first = list(unfinished.order_by("queue_number")[: TRAY_CARDS + 1])
    more = unfinished.count() - TRAY_CARDS if len(first) > TRAY_CARDS else 0
    shown = first[:TRAY_CARDS]
    subjects = subjects_of(job.pk for job in shown)
    return Running(tuple(JobCard(job, subjects[job.pk], progress.read(job)) for job in shown), more)
