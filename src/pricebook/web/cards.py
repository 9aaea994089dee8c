"""The job card: one import as the pages show it while it runs and after."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from pricebook.imports.models import Import, Phase
from pricebook.jobs import progress
from pricebook.jobs.models import RETRYABLE, UNFINISHED, Status
from pricebook.jobs.progress import Progress

# More would hide the page; the rest is a number with a link.
TRAY_CARDS = 3


@dataclass(frozen=True, slots=True)
class JobCard:
    """One import and how far it is. The script `jobs.js` keeps its figures up to date."""

    import_: Import
    progress: Progress

    @property
    def headline(self) -> str:
        """Return what the import is doing, or how it ended."""
        if self.progress.status == Status.PROCESSING and self.progress.phase in Phase.values:
            return Phase(self.progress.phase).label
        return Status(self.progress.status).label

    @property
    def reading_percent(self) -> float:
        """Return how much of the file is read, 0 to 100."""
        if self.progress.phase == Phase.STAGING:
            return self.progress.percent
        return 100.0 if self.progress.phase else 0.0

    @property
    def merging_percent(self) -> float:
        """Return how much of what was read is in the book, 0 to 100."""
        if self.progress.status == Status.COMPLETED:
            return 100.0
        return self.progress.percent if self.progress.phase == Phase.MERGING else 0.0

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
    def can_retry(self) -> bool:
        """Say whether a person may queue the import again."""
        return self.progress.status in RETRYABLE


@dataclass(frozen=True, slots=True)
class Running:
    """The first unfinished imports, and how many more wait behind them."""

    cards: tuple[JobCard, ...]
    more: int


def card(import_: Import) -> JobCard:
    """Return an import's card with its latest progress."""
    return JobCard(import_, progress.read(import_.job))


def running(besides: UUID | None = None) -> Running:
    """Return what is running, in the order of the queue, without one that the page shows anyway."""
    unfinished = Import.objects.recent().filter(job__status__in=UNFINISHED)
    if besides:
        unfinished = unfinished.exclude(pk=besides)
    first = list(unfinished.order_by("job__queue_number")[: TRAY_CARDS + 1])
    more = unfinished.count() - TRAY_CARDS if len(first) > TRAY_CARDS else 0
    return Running(tuple(card(each) for each in first[:TRAY_CARDS]), more)
