"""How far an import is: what a successor needs to go on where its predecessor stood."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Self

from pricebook.imports import staging

if TYPE_CHECKING:
    from pricebook.catalogue.merge import StagedSet
    from pricebook.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an import is; kept in the job's row."""

    # The staging table, and its rows when staging ended; "" before that.
    table: str = ""
    staged_rows: int = 0
    # Rejected rows that do not say which product they are about.
    nameless_rejects: int = 0
    # How many of them differ from the book; None before they are compared.
    different_rows: int | None = None
    # How many of these are merged, and up to which key all rows of the file are in the book.
    merged_rows: int = 0
    merged_through: str = ""
    # Up to which product those that the file does not have are switched off.
    deactivated_through: int = 0

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read the job's checkpoint."""
        return cls(**job.checkpoint)

    @property
    def staged_set(self) -> StagedSet:
        """Return the import's tables."""
        return staging.staged_set(self.table)

    @property
    def has_changed_the_book(self) -> bool:
        """Say whether anything of the file is in the book already."""
        return bool(self.merged_through) or self.deactivated_through > 0

    def keep(self, job: Job) -> None:
        """Put the checkpoint into the job, to be saved."""
        job.checkpoint = asdict(self)

    def not_compared(self) -> Self:
        """Return it as it is before the comparison with the book."""
        return replace(self, different_rows=None)


def is_staged(job: Job) -> bool:
    """Say whether the staging table holds all that was read of the file."""
    checkpoint = Checkpoint.of(job)
    # After a crash of PostgreSQL an empty table looks like one that was emptied.
    return checkpoint.staged_rows > 0 and (
        staging.count_rows(checkpoint.table) == checkpoint.staged_rows
    )


def is_compared(job: Job) -> bool:
    """Say whether the table of differences holds all that was found."""
    checkpoint = Checkpoint.of(job)
    found = staging.count_rows(checkpoint.staged_set.differences)
    return found is not None and found == checkpoint.different_rows


def drop_staged(job: Job) -> None:
    """Drop what is staged of an import, if anything is."""
    table = Checkpoint.of(job).table
    if table:
        staging.drop_tables(table)
