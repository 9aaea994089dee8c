"""The order of an import: stage, wait for the turn, diff, merge chunk by chunk, clean up.

This is the only file that knows the order. Each step writes its outcome and the checkpoint in one
transaction under the lease's fence, so that a successor goes on exactly where the last one stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Self

from django.conf import settings
from django.db import transaction

from pricebook.catalogue.merge import (
    MergeCounts,
    StagedSet,
    find_differences,
    index_differences,
    merge_chunk,
)
from pricebook.changes.ledger import open_changeset, reserve_changeset_id
from pricebook.core.errors import PermanentError
from pricebook.core.memory import rare_garbage_collection
from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord
from pricebook.files import storage
from pricebook.imports import staging
from pricebook.imports.models import Import, Phase
from pricebook.imports.rejects import RejectLog, reject_log
from pricebook.jobs.leases import CancelledError
from pricebook.jobs.models import Job
from pricebook.jobs.runner import JobRun, NotOurTurnError
from pricebook.jobs.slots import take_turn


class FileUnreadableError(PermanentError):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an import is; kept in the job's row."""

    # The staging table, and its rows when staging ended; "" before that.
    table: str = ""
    staged_rows: int = 0
    # How many of them differ from the book; None before they are compared.
    different_rows: int | None = None
    # The book has none of the SKUs: there is no table of differences.
    all_new: bool = False
    # Each chunk's last line; `merged_chunks` of them are in the book.
    chunk_ends: list[int] = field(default_factory=list)
    merged_chunks: int = 0

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read the job's checkpoint."""
        return cls(**job.checkpoint)

    @property
    def staged_set(self) -> StagedSet:
        """Return the tables of the import."""
        return staging.staged_set(self.table, all_new=self.all_new)


def run_import(run: JobRun) -> None:
    """Import a file from wherever the last worker stood.

    Raises FileUnreadableError, and NotOurTurnError when an earlier job must merge first.
    """
    record = Import.objects.select_related("file").get(pk=run.job.pk)
    try:
        if not _is_staged(run.job):
            _stage(run, record)
        if not take_turn(run.job):
            run.job.phase = Phase.WAITING
            raise NotOurTurnError
        if not _is_compared(run.job):
            _compare(run)
        _merge(run)
    except (CancelledError, PermanentError):
        _clean_up(run.job)
        raise
    _clean_up(run.job)


def _is_staged(job: Job) -> bool:
    checkpoint = Checkpoint.of(job)
    return bool(checkpoint.table) and (
        staging.count_rows(checkpoint.table) == checkpoint.staged_rows
    )


def _is_compared(job: Job) -> bool:
    checkpoint = Checkpoint.of(job)
    found = staging.count_rows(checkpoint.staged_set.differences)
    return checkpoint.all_new or (found is not None and found == checkpoint.different_rows)


def _clean_up(job: Job) -> None:
    table = Checkpoint.of(job).table
    if table:
        staging.drop_tables(table)


# --- staging -------------------------------------------------------------------------------


def _stage(run: JobRun, record: Import) -> None:
    """Read the whole file into a staging table and write down what came of it."""
    run.job.phase = Phase.STAGING
    run.save("phase")
    run.report(percent=0, rows=0, now=True)
    try:
        with storage.open_file(record.file.key) as stream:
            products = open_products(stream, filename=record.file.name)
            with reject_log(products.header) as rejects, transaction.atomic():
                _stage_file(run, record, products, rejects)
    except FileNotFoundError as error:
        message = "The file is no longer in storage; upload it again."
        raise FileUnreadableError(message) from error
    except FeedError as error:
        raise FileUnreadableError(str(error)) from error


def _stage_file(run: JobRun, record: Import, products: ProductFile, rejects: RejectLog) -> None:
    job = run.job
    table = staging.table_name(job.id, job.lease_token)
    staging.create_table(table)
    reading = _Reading(run, products, rejects, record.file.size)
    with rare_garbage_collection():
        staging.copy_records(table, reading.records())
    if reading.rows == 0:
        message = "The file has a header, but no rows under it."
        raise FileUnreadableError(message)
    duplicates = staging.drop_superseded(table)
    run.hold()
    job.total_rows = reading.rows
    job.duplicate_rows = duplicates
    job.failed_rows = rejects.rows
    checkpoint = Checkpoint.of(job)
    merged = job.created_rows + job.updated_rows + job.unchanged_rows
    job.processed_rows = duplicates + rejects.rows + merged
    job.checkpoint = asdict(
        Checkpoint(
            table=table,
            staged_rows=reading.rows - rejects.rows - duplicates,
            # The file does not change: ends found once are good for every later staging.
            chunk_ends=checkpoint.chunk_ends or reading.chunk_ends(),
            merged_chunks=checkpoint.merged_chunks,
        )
    )
    run.save("total_rows", "duplicate_rows", "failed_rows", "processed_rows", "checkpoint")
    _describe(record, products)
    record.rejects_key = rejects.key if rejects.rows else ""
    record.save()
    rejects.store(record)


def _describe(record: Import, products: ProductFile) -> None:
    """Write down how the file was understood, for people."""
    dialect, mapping = products.dialect, products.mapping
    record.encoding = dialect.encoding
    record.delimiter = dialect.delimiter
    record.header_line = dialect.header_line
    record.columns = {name: products.header[at] for name, at in mapping.fields.items()}
    record.ignored_columns = list(mapping.ignored)


@dataclass
class _Reading:
    """One pass over the file: counts, rejects and chunk ends on the way to the staging table."""

    run: JobRun
    products: ProductFile
    rejects: RejectLog
    size: int
    rows: int = 0
    _good: int = 0
    _last_line: int = 0
    _ends: list[int] = field(default_factory=list)

    def records(self) -> Iterator[list[ProductRecord]]:
        """Yield the good rows in blocks; reject the others; show how far it is."""
        for block in self.products.blocks():
            self.run.check()
            self.rows += len(block.records) + len(block.rejections)
            if block.rejections:
                self.rejects.add(block.rejections)
            if block.records:
                yield block.records
                self._note(block.records)
            done = min(self.products.bytes_read, self.size)
            self.run.report(percent=100 * done / self.size, rows=self.rows)

    def _note(self, records: list[ProductRecord]) -> None:
        self._good += len(records)
        self._last_line = records[-1].line
        if self._good >= (len(self._ends) + 1) * settings.IMPORT_MERGE_CHUNK:
            self._ends.append(self._last_line)

    def chunk_ends(self) -> list[int]:
        """Return the last line of each chunk."""
        if self._last_line and self._ends[-1:] != [self._last_line]:
            return [*self._ends, self._last_line]
        return self._ends


# --- merging -------------------------------------------------------------------------------


@transaction.atomic
def _compare(run: JobRun) -> None:
    """Find what differs from the book, now that nobody else merges."""
    job = run.job
    job.phase = Phase.MERGING
    run.save("phase")
    run.report(percent=0, rows=job.processed_rows, now=True)
    checkpoint = Checkpoint.of(job)
    staged = checkpoint.staged_set
    staging.drop_differences(staged.rows)
    known_rows = find_differences(staged)
    different_rows = staging.count_rows(staged.differences)
    all_new = known_rows == 0 and different_rows == checkpoint.staged_rows
    job.checkpoint = {**job.checkpoint, "different_rows": different_rows, "all_new": all_new}
    if different_rows == 0:
        _count_all_unchanged(job, checkpoint)
    else:
        staging.index_lines(staged.rows)
    if all_new:
        staging.drop_differences(staged.rows)
    else:
        index_differences(staged)
    run.save("checkpoint", "unchanged_rows", "processed_rows")


def _count_all_unchanged(job: Job, checkpoint: Checkpoint) -> None:
    """Take every row that is left as unchanged: there is no chunk to merge."""
    merged = job.created_rows + job.updated_rows + job.unchanged_rows
    _add(job, MergeCounts(0, 0, checkpoint.staged_rows - merged))
    job.checkpoint["merged_chunks"] = len(checkpoint.chunk_ends)


def _merge(run: JobRun) -> None:
    """Merge the chunks that are not in the book yet."""
    job = run.job
    job.phase = Phase.MERGING
    run.save("phase")
    while (checkpoint := Checkpoint.of(job)).merged_chunks < len(checkpoint.chunk_ends):
        run.check()
        run.report(percent=100 * job.processed_rows / job.total_rows, rows=job.processed_rows)
        with transaction.atomic():
            _merge_next(run, checkpoint)


def _merge_next(run: JobRun, checkpoint: Checkpoint) -> None:
    """Merge one chunk: products, ledger, counts and checkpoint, all or nothing."""
    job = run.job
    run.hold()
    at = checkpoint.merged_chunks
    changeset_id = reserve_changeset_id()
    counts = merge_chunk(
        checkpoint.staged_set,
        after=checkpoint.chunk_ends[at - 1] if at else 0,
        through=checkpoint.chunk_ends[at],
        changeset_id=changeset_id,
    )
    if counts.changed:
        open_changeset(changeset_id, job_id=job.id, actor_id=job.actor_id)
    _add(job, counts)
    job.checkpoint = {**job.checkpoint, "merged_chunks": at + 1}
    run.save("created_rows", "updated_rows", "unchanged_rows", "processed_rows", "checkpoint")


def _add(job: Job, counts: MergeCounts) -> None:
    job.created_rows += counts.created
    job.updated_rows += counts.updated
    job.unchanged_rows += counts.unchanged
    job.processed_rows += counts.changed + counts.unchanged
