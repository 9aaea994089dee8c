"""A bulk edit as a job: in the order of the imports, resumed where a dead worker left it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, BulkEdit, Product
from pricebook.catalogue.set_edit import edit_set, targets_of
from pricebook.catalogue.undo import KEPT_NAMED, undo_changeset
from pricebook.changes.models import ChangeSet
from pricebook.core.db import commit_without_waiting
from pricebook.jobs.models import UNFINISHED, Job, Status
from pricebook.jobs.runner import JobRun, NotOurTurnError
from pricebook.jobs.slots import take_turn

_PHASE = "working"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a bulk edit is; kept in the job's row."""

    # Products: those with `after` < id <= `through`. Undo: change sets, in the same way.
    after: int = 0
    through: int | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read the job's checkpoint."""
        return cls(**job.checkpoint)


def run_bulk_edit(run: JobRun) -> None:
    """Work on a bulk edit from wherever the last worker stood. Raises NotOurTurnError."""
    if not take_turn(run.job):
        raise NotOurTurnError
    edit = BulkEdit.objects.select_related("undoes").get(pk=run.job.pk)
    if edit.undoes is not None:
        _run_undo(run, edit, edit.undoes)
    else:
        _run_edit(run, edit)


def _run_edit(run: JobRun, edit: BulkEdit) -> None:
    job, action = run.job, BulkAction(edit.action)
    chosen = ProductFilter.from_json(edit.selection)
    if Checkpoint.of(job).through is None:
        meant = Product.objects.live().matching(chosen)
        job.total_rows = meant.count()
        _keep(job, Checkpoint(through=meant.aggregate(last=Max("id"))["last"] or 0))
        job.phase = _PHASE
        run.save("total_rows", "checkpoint", "phase")
    while (at := Checkpoint.of(job)).through:
        run.check()
        _report(run)
        with transaction.atomic():
            run.hold()
            commit_without_waiting()
            targets = targets_of(action, chosen).filter(id__gt=at.after, id__lte=at.through)
            done = edit_set(action, targets, settings.IMPORT_MERGE_CHUNK, job.id, job.actor_id)
            job.updated_rows += done.products
            job.processed_rows = job.updated_rows
            through = at.through if done.last_id is not None else 0
            _keep(job, replace(at, after=done.last_id or at.after, through=through))
            run.save_step("updated_rows", "processed_rows", "checkpoint")
    job.unchanged_rows = max(0, job.total_rows - job.updated_rows)
    job.total_rows = job.processed_rows = job.updated_rows + job.unchanged_rows
    run.save("unchanged_rows", "total_rows", "processed_rows")


def _run_undo(run: JobRun, edit: BulkEdit, undone: Job) -> None:
    job = run.job
    if not job.total_rows:
        job.total_rows = undone.created_rows + undone.updated_rows
        job.phase = _PHASE
        run.save("total_rows", "phase")
    at = Checkpoint.of(job)
    # The newest first: a product that two sets changed goes back step by step.
    sets = ChangeSet.objects.filter(job_id=undone.id).order_by("-id")
    if at.after:
        sets = sets.filter(id__lt=at.after)
    for changeset_id in list(sets.values_list("id", flat=True)):
        run.check()
        _report(run)
        with transaction.atomic():
            run.hold()
            done = undo_changeset(changeset_id, job_id=job.id, actor_id=job.actor_id)
            job.updated_rows += done.restored
            job.skipped_rows += done.kept
            job.processed_rows = job.updated_rows + job.skipped_rows
            edit.kept = [*edit.kept, *done.kept_skus][:KEPT_NAMED]
            edit.save(update_fields=["kept"])
            _keep(job, Checkpoint(after=changeset_id))
            run.save_step("updated_rows", "skipped_rows", "processed_rows", "checkpoint")
    with transaction.atomic():
        run.hold()
        job.total_rows = job.processed_rows
        run.save("total_rows")
        Job.objects.filter(pk=undone.pk).exclude(status__in=UNFINISHED).update(status=Status.UNDONE)
        _bring_back(undone)


def _bring_back(undone: Job) -> None:
    """Let the job whose undo was undone count as done again, as far as it went."""
    taken_back = Job.objects.filter(undone_by__job=undone, status=Status.UNDONE).first()
    if taken_back is not None:
        ended = taken_back.processed_rows == taken_back.total_rows
        taken_back.status = Status.COMPLETED if ended else Status.CANCELLED
        taken_back.save(update_fields=["status"])


def _keep(job: Job, checkpoint: Checkpoint) -> None:
    job.checkpoint = asdict(checkpoint)


def _report(run: JobRun) -> None:
    job = run.job
    percent = 100 * job.processed_rows / job.total_rows if job.total_rows else 0
    run.report(percent=min(100, percent), rows=job.processed_rows)
