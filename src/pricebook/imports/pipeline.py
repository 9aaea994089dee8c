"""The order of an import: stage, wait for the turn, diff, merge chunk by chunk, clean up.

This is the only file that knows the order. Each step writes its outcome and the checkpoint in one
transaction under the lease's fence, so that a successor goes on exactly where the last one stood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import transaction

from pricebook.catalogue.merge import (
    MergeCounts,
    StagedSet,
    find_differences,
    last_key,
    merge_chunk,
)
from pricebook.changes.ledger import open_changeset, reserve_changeset_id
from pricebook.core.db import commit_without_waiting
from pricebook.core.errors import PermanentError
from pricebook.core.memory import rare_garbage_collection
from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord, storable
from pricebook.feed.unpack.limits import Limits
from pricebook.files.hashing import HashedReader
from pricebook.files.storage import storage
from pricebook.imports import staging
from pricebook.imports.guards import tripped_guards
from pricebook.imports.models import Import, Phase
from pricebook.imports.rejects import RejectLog, reject_log
from pricebook.imports.review import is_approved, write_review
from pricebook.jobs.leases import CancelledError
from pricebook.jobs.models import Job
from pricebook.jobs.runner import JobRun, NotOurTurnError, ReviewNeededError
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
    # How many of these are merged, and up to which key all rows of the file are in the book.
    merged_rows: int = 0
    merged_through: str = ""

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read the job's checkpoint."""
        return cls(**job.checkpoint)

    @property
    def staged_set(self) -> StagedSet:
        """Return the import's tables."""
        return staging.staged_set(self.table)

    def keep(self, job: Job) -> None:
        """Put the checkpoint into the job, to be saved."""
        job.checkpoint = asdict(self)


def run_import(run: JobRun) -> None:
    """Import a file from wherever the last worker stood.

    Raises FileUnreadableError, NotOurTurnError when an earlier job must merge first, and
    ReviewNeededError when a person has to decide.
    """
    record = Import.objects.select_related("file").get(pk=run.job.pk)
    try:
        if not _is_staged(run.job):
            _stage(run, record)
        decided = is_approved(record)
        if record.preview and not decided:
            _preview(run, record)
            raise ReviewNeededError
        if not take_turn(run.job):
            run.job.phase = Phase.WAITING
            raise NotOurTurnError
        if not _is_compared(run.job):
            _compare(run)
        if not decided:
            _guard(run, record)
        _merge(run)
        with transaction.atomic():
            # Only the owner drops the tables: a successor may be reading them.
            run.hold()
            _clean_up(run.job)
    except (CancelledError, PermanentError):
        _clean_up(run.job)
        raise


def _is_staged(job: Job) -> bool:
    checkpoint = Checkpoint.of(job)
    return bool(checkpoint.table) and (
        staging.count_rows(checkpoint.table) == checkpoint.staged_rows
    )


def _is_compared(job: Job) -> bool:
    checkpoint = Checkpoint.of(job)
    found = staging.count_rows(checkpoint.staged_set.differences)
    return found is not None and found == checkpoint.different_rows


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
        with storage().open(record.file.key) as source, transaction.atomic():
            stream = HashedReader(source)
            # Whole on disk before the commit: a row must never name a file that is not there.
            with (
                _open(stream, record.file.name) as products,
                reject_log(products.header) as rejects,
            ):
                _stage_file(run, record, products, rejects)
            _remember_content(record, stream)
    except FileNotFoundError as error:
        message = "The file is no longer in storage; upload it again."
        raise FileUnreadableError(message) from error
    except FeedError as error:
        raise FileUnreadableError(str(error)) from error


def _open(stream: HashedReader, name: str) -> ProductFile:
    limits = Limits(max_packed=settings.IMPORT_MAX_BYTES)
    folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
    return open_products(stream, filename=name, limits=limits, folder=folder)


def _remember_content(record: Import, stream: HashedReader) -> None:
    """Write down the hash of a file that went straight to storage: nobody has read it before."""
    if not record.file.sha256:
        record.file.sha256 = stream.hexdigest()
        record.file.save(update_fields=["sha256"])


def _stage_file(run: JobRun, record: Import, products: ProductFile, rejects: RejectLog) -> None:
    job = run.job
    # A table that an earlier lease filled cannot be trusted any more.
    _clean_up(job)
    table = staging.table_name(job.id, job.lease_token)
    staging.create_table(table)
    reading = _Reading(run, products, rejects, record.file.size)
    with rare_garbage_collection():
        # A price may bring its currency with it.
        fields = {*products.mapping.fields, "currency"}
        staging.copy_records(table, reading.records(), fields=fields)
    if reading.rows == 0:
        message = "The file has a header, but no rows under it."
        raise FileUnreadableError(message)
    staging.analyze(table)
    duplicates = staging.drop_superseded(table)
    run.hold()
    job.total_rows = reading.rows
    job.duplicate_rows = duplicates
    job.failed_rows = rejects.rows
    job.processed_rows = (
        duplicates + rejects.rows + job.created_rows + job.updated_rows + job.unchanged_rows
    )
    before = Checkpoint.of(job)
    Checkpoint(
        table=table,
        staged_rows=reading.rows - rejects.rows - duplicates,
        merged_through=before.merged_through,
    ).keep(job)
    # Staging again is no step forward: it only gets back what a crash of PostgreSQL emptied.
    save = run.save if before.table else run.save_step
    save("total_rows", "duplicate_rows", "failed_rows", "processed_rows", "checkpoint")
    _describe(record, products)
    if record.rejects_key:
        transaction.on_commit(partial(storage().delete, record.rejects_key))
    record.rejects_key = rejects.key if rejects.rows else ""
    record.save()
    rejects.store(record)


def _describe(record: Import, products: ProductFile) -> None:
    """Write down how the file was understood, for people."""
    reading, fields = products.reading, products.mapping.fields
    record.format = reading.format
    record.packed_in = " in ".join(reversed(reading.packed))
    # Names from inside a file may hold anything.
    record.member = storable(reading.member)[:300]
    record.sheet = storable(reading.sheet)[:100]
    record.encoding = reading.encoding[:20]
    record.delimiter = reading.delimiter
    record.header_line = reading.header_line
    record.columns = {name: storable(products.header[at]) for name, at in fields.items()}
    record.ignored_columns = list(map(storable, products.ignored))


@dataclass
class _Reading:
    """One pass over the file: counts, rejects and chunk ends on the way to the staging table."""

    run: JobRun
    products: ProductFile
    rejects: RejectLog
    size: int
    rows: int = 0

    def records(self) -> Iterator[list[ProductRecord]]:
        """Yield the good rows in blocks; reject the others; show how far it is."""
        for block in self.products.blocks():
            self.run.check()
            self.rows += len(block.records) + len(block.rejections)
            if block.rejections:
                self.rejects.add(block.rejections)
            if block.records:
                yield block.records
            done = min(self.products.bytes_read, self.size)
            self.run.report(percent=100 * done / self.size, rows=self.rows)


# --- reviewing -----------------------------------------------------------------------------


def _preview(run: JobRun, record: Import) -> None:
    """Write down what the file would do to the book as it is; its turn is not needed for that."""
    job = run.job
    job.phase = Phase.COMPARING
    run.save("phase")
    run.report(percent=0, rows=job.processed_rows, now=True)
    checkpoint = Checkpoint.of(job)
    staged = checkpoint.staged_set
    with transaction.atomic():
        staging.drop_differences(staged.rows)
        find_differences(staged)
        write_review(record, staged, staged_rows=checkpoint.staged_rows)
        # The book may be another one when somebody decides: then they are found again.
        staging.drop_differences(staged.rows)
        run.hold()


def _guard(run: JobRun, record: Import) -> None:
    """Let an import go on that looks right. Raises ReviewNeededError for one that does not."""
    checkpoint = Checkpoint.of(run.job)
    staged = checkpoint.staged_set
    # What is merged was looked at before its first chunk.
    reasons = [] if checkpoint.merged_through else tripped_guards(run.job, staged)
    if not reasons:
        return
    with transaction.atomic():
        write_review(record, staged, staged_rows=checkpoint.staged_rows, reasons=reasons)
        staging.drop_differences(staged.rows)
        run.hold()
        replace(checkpoint, different_rows=None).keep(run.job)
        run.job.unchanged_rows = 0
        run.job.processed_rows = run.job.duplicate_rows + run.job.failed_rows
        run.save("checkpoint", "unchanged_rows", "processed_rows")
    raise ReviewNeededError


# --- merging -------------------------------------------------------------------------------


def _compare(run: JobRun) -> None:
    """Find what differs from the book, now that nobody else merges."""
    job = run.job
    job.phase = Phase.MERGING
    # In a transaction of its own: as long as the job's row is locked nobody can cancel it.
    run.save("phase")
    run.report(percent=0, rows=job.processed_rows, now=True)
    with transaction.atomic():
        _find_differences(run)


def _find_differences(run: JobRun) -> None:
    job = run.job
    checkpoint = Checkpoint.of(job)
    staged = checkpoint.staged_set
    staging.drop_differences(staged.rows)
    different = find_differences(staged, after_key=checkpoint.merged_through)
    # What a chunk has written is created or updated; every other row is as the book has it.
    job.unchanged_rows = checkpoint.staged_rows - different - job.created_rows - job.updated_rows
    job.processed_rows = job.total_rows - different
    replace(checkpoint, different_rows=different, merged_rows=0).keep(job)
    run.save("checkpoint", "unchanged_rows", "processed_rows")


def _merge(run: JobRun) -> None:
    """Merge the differences that are not in the book yet."""
    job = run.job
    job.phase = Phase.MERGING
    run.save("phase")
    while (checkpoint := Checkpoint.of(job)).merged_rows < (checkpoint.different_rows or 0):
        run.check()
        run.report(percent=100 * job.processed_rows / job.total_rows, rows=job.processed_rows)
        with transaction.atomic():
            # What a crash of PostgreSQL may take with it is the chunk and the checkpoint together.
            commit_without_waiting()
            _merge_next(run, checkpoint)


def _merge_next(run: JobRun, checkpoint: Checkpoint) -> None:
    """Merge one chunk: products, ledger, counts and checkpoint, all or nothing."""
    job = run.job
    run.hold()
    staged = checkpoint.staged_set
    after = checkpoint.merged_rows
    through = min(after + settings.IMPORT_MERGE_CHUNK, checkpoint.different_rows or 0)
    changeset_id = reserve_changeset_id()
    counts = merge_chunk(staged, after=after, through=through, changeset_id=changeset_id)
    if counts.changed:
        open_changeset(changeset_id, job_id=job.id, actor_id=job.actor_id, growth=counts.growth)
    _add(job, counts)
    replace(checkpoint, merged_rows=through, merged_through=last_key(staged, through)).keep(job)
    run.save_step("created_rows", "updated_rows", "unchanged_rows", "processed_rows", "checkpoint")


def _add(job: Job, counts: MergeCounts) -> None:
    job.created_rows += counts.created
    job.updated_rows += counts.updated
    job.unchanged_rows += counts.unchanged
    job.processed_rows += counts.changed + counts.unchanged
