"""The order of an import: stage, wait for the turn, diff, merge chunk by chunk, clean up.

This is the only file that knows the order. Each step writes its outcome and the checkpoint in one
transaction under the lease's fence, so that a successor goes on exactly where the last one stood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from pricebook.catalogue.merge import find_differences
from pricebook.catalogue.modes import Mode
from pricebook.core.errors import PermanentError
from pricebook.imports import staging
from pricebook.imports.checkpoint import Checkpoint, drop_staged, is_compared, is_staged
from pricebook.imports.guards import missing_from, missing_grew, tripped_guards
from pricebook.imports.merging import compare, merge, remember_source, switch_off_missing
from pricebook.imports.models import Import, Phase
from pricebook.imports.rejected_keys import HARMLESS
from pricebook.imports.review import is_approved, missing_at_approval, write_review
from pricebook.imports.stage import stage_import
from pricebook.jobs.leases import CancelledError
from pricebook.jobs.runner import NotOurTurnError, ReviewNeededError
from pricebook.jobs.slots import take_turn

if TYPE_CHECKING:
    from pricebook.jobs.runner import JobRun


class RowsRefusedError(PermanentError):
    """Some rows cannot be taken in, and it was to be all of them or none (A15)."""


def run_import(run: JobRun) -> None:
    """Import a file from wherever the last worker stood.

    Raises FileUnreadableError, RowsRefusedError, NotOurTurnError when an earlier job must merge
    first, and ReviewNeededError when a person has to decide.
    """
    record = Import.objects.select_related("file", "source").get(pk=run.job.pk)
    try:
        if not is_staged(run.job):
            stage_import(run, record)
        _check_all_or_nothing(run, record)
        if record.preview and not _is_decided(run, record):
            _preview(run, record)
            raise ReviewNeededError
        if not take_turn(run.job):
            run.job.phase = Phase.WAITING
            raise NotOurTurnError
        if not is_compared(run.job):
            compare(run, record)
        _guard(run, record)
        merge(run, record)
        switch_off_missing(run, record)
        _end(run, record)
    except (CancelledError, PermanentError):
        drop_staged(run.job)
        raise


@transaction.atomic
def _end(run: JobRun, record: Import) -> None:
    # Only the owner drops the tables: a successor may be reading them.
    run.hold()
    remember_source(run, record)
    drop_staged(run.job)


def _is_decided(run: JobRun, record: Import) -> bool:
    """Say whether nobody has to be asked: what is in the book in part was looked at before."""
    return Checkpoint.of(run.job).has_changed_the_book or is_approved(record)


def _check_all_or_nothing(run: JobRun, record: Import) -> None:
    """Refuse a file with a row that cannot be taken in, though it is about a product."""
    if not record.all_or_nothing:
        return
    harmless = record.causes.filter(code__in=HARMLESS).aggregate(rows=Sum("rows"))["rows"] or 0
    refused = run.job.failed_rows - harmless
    if refused:
        message = (
            f"{refused:,} of {run.job.total_rows:,} rows cannot be taken in, and it was to be all "
            "or nothing. Nothing has been changed: mend them and import it again."
        )
        raise RowsRefusedError(message)


def _preview(run: JobRun, record: Import) -> None:
    """Write down what the file would do to the book as it is; its turn is not needed for that."""
    job = run.job
    job.phase = Phase.COMPARING
    run.save("phase")
    run.report(percent=0, rows=job.processed_rows, now=True)
    staged = Checkpoint.of(job).staged_set
    with transaction.atomic():
        staging.drop_differences(staged.rows)
        find_differences(staged, mode=Mode(record.mode))
        missing = missing_from(record, staged)
        reasons = tripped_guards(job, record, staged, missing)
        write_review(job, record, reasons=reasons, missing=missing)
        # The book may be another one when somebody decides: then they are found again.
        staging.drop_differences(staged.rows)
        run.hold()


def _guard(run: JobRun, record: Import) -> None:
    """Let an import go on that looks right. Raises ReviewNeededError for one that does not."""
    job = run.job
    checkpoint = Checkpoint.of(job)
    if checkpoint.has_changed_the_book:
        return
    staged = checkpoint.staged_set
    missing = missing_from(record, staged)
    if is_approved(record):
        grew = missing_grew(missing_at_approval(record), missing)
        reasons = [] if grew is None else [grew]
    else:
        reasons = tripped_guards(job, record, staged, missing)
    if reasons:
        with transaction.atomic():
            write_review(job, record, reasons=reasons, missing=missing)
            _forget_comparison(run)
        raise ReviewNeededError


def _forget_comparison(run: JobRun) -> None:
    """Take the job back to where it was before it was compared: the book may change meanwhile."""
    job = run.job
    checkpoint = Checkpoint.of(job)
    staging.drop_differences(checkpoint.table)
    run.hold()
    checkpoint.not_compared().keep(job)
    job.unchanged_rows = job.skipped_rows = 0
    job.processed_rows = job.duplicate_rows + job.failed_rows
    run.save("checkpoint", "unchanged_rows", "skipped_rows", "processed_rows")
