"""The steps of an import that change the book: compare, merge chunk by chunk, switch off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pricebook.catalogue.merge import (
    MergeCounts,
    count_skipped,
    find_differences,
    last_key,
    merge_chunk,
)
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.sources import deactivate_missing, remember_members
from pricebook.changes.ledger import open_changeset
from pricebook.core.db import commit_without_waiting
from pricebook.imports import staging
from pricebook.imports.checkpoint import Checkpoint
from pricebook.imports.models import Phase

if TYPE_CHECKING:
    from pricebook.imports.models import Import
    from pricebook.jobs.models import Job
    from pricebook.jobs.runner import JobRun


def compare(run: JobRun, record: Import) -> None:
    """Find what differs from the book, now that nobody else merges."""
    job = run.job
    job.phase = Phase.MERGING
    # In a transaction of its own: as long as the job's row is locked nobody can cancel it.
    run.save("phase")
    run.report(percent=0, rows=job.processed_rows, now=True)
    with transaction.atomic():
        _find_differences(run, Mode(record.mode))


def _find_differences(run: JobRun, mode: Mode) -> None:
    job = run.job
    checkpoint = Checkpoint.of(job)
    staged = checkpoint.staged_set
    staging.drop_differences(staged.rows)
    different = find_differences(staged, after_key=checkpoint.merged_through, mode=mode)
    # What a chunk has written is created or updated; every other row is as the book has it, or
    # is not let through. People may have edited what is merged: it is counted once all the same.
    rest = checkpoint.staged_rows - different - job.created_rows - job.updated_rows
    job.skipped_rows = min(count_skipped(staged, mode=mode), rest)
    job.unchanged_rows = rest - job.skipped_rows
    job.processed_rows = job.total_rows - different
    replace(checkpoint, different_rows=different, merged_rows=0).keep(job)
    run.save("checkpoint", "unchanged_rows", "skipped_rows", "processed_rows")


def merge(run: JobRun, record: Import) -> None:
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
            _merge_next(run, checkpoint, Mode(record.mode))


def _merge_next(run: JobRun, checkpoint: Checkpoint, mode: Mode) -> None:
    """Merge one chunk: products, ledger, counts and checkpoint, all or nothing."""
    job = run.job
    run.hold()
    staged = checkpoint.staged_set
    after = checkpoint.merged_rows
    through = min(after + settings.IMPORT_MERGE_CHUNK, checkpoint.different_rows or 0)
    counts = merge_chunk(staged, after=after, through=through, mode=mode)
    if counts.changed:
        open_changeset(
            counts.changeset_id, job_id=job.id, actor_id=job.actor_id, growth=counts.growth
        )
    _add(job, counts)
    replace(checkpoint, merged_rows=through, merged_through=last_key(staged, through)).keep(job)
    run.save_step(*_COUNTS, "checkpoint")


_COUNTS = ("created_rows", "updated_rows", "unchanged_rows", "skipped_rows", "processed_rows")


def _add(job: Job, counts: MergeCounts) -> None:
    job.created_rows += counts.created
    job.updated_rows += counts.updated
    job.unchanged_rows += counts.unchanged
    job.skipped_rows += counts.skipped
    job.processed_rows += counts.changed + counts.unchanged + counts.skipped


def switch_off_missing(run: JobRun, record: Import) -> None:
    """Switch off what the source brought before and this file does not have (A15)."""
    if not record.deactivate_missing or record.source_id is None:
        return
    run.job.phase = Phase.DEACTIVATING
    run.save("phase")
    run.report(percent=0, rows=run.job.processed_rows, now=True)
    while _switch_off_next(run, record, record.source_id):
        run.check()


@transaction.atomic
def _switch_off_next(run: JobRun, record: Import, source_id: int) -> int:
    """Switch off one chunk of products and write down which was the last; return how many."""
    job = run.job
    run.hold()
    checkpoint = Checkpoint.of(job)
    done = deactivate_missing(
        checkpoint.staged_set,
        source_id,
        after_id=checkpoint.deactivated_through,
        limit=settings.IMPORT_MERGE_CHUNK,
    )
    if done.count:
        open_changeset(done.changeset_id, job_id=job.id, actor_id=job.actor_id, growth=done.growth)
        replace(checkpoint, deactivated_through=done.last_id).keep(job)
        record.deactivated_products += done.count
        record.save(update_fields=["deactivated_products"])
        run.save_step("checkpoint")
    return done.count


def remember_source(run: JobRun, record: Import) -> None:
    """Write down what the source's file held: the next one is compared with it."""
    if record.source_id is not None:
        remember_members(
            Checkpoint.of(run.job).staged_set, record.source_id, rows=run.job.total_rows
        )
