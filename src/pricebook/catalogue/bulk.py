"""Changing many products at once: a few now, any number as a job (B2, B3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import PRODUCTS_SLOT, BulkAction, BulkEdit
from pricebook.catalogue.set_edit import Edited, edit_set, targets_of
from pricebook.catalogue.undo import NotUndoableError, is_undoable
from pricebook.changes.models import ChangeSet
from pricebook.jobs.models import RETRYABLE, UNFINISHED, Job, Status
from pricebook.jobs.queue import NotAllowedNow, create_job, retry_job, send

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.accounts.models import User

BULK_EDIT = "bulk_edit"
# More than this is work for a job.
AT_ONCE = 1_000


@transaction.atomic
def edit_products(*, action: BulkAction, ids: tuple[int, ...], actor: User | None) -> Edited:
    """Change the products with these ids now; those gone or changed already are left out.

    Raises ValueError for more than AT_ONCE.
    """
    if len(ids) > AT_ONCE:
        message = f"At most {AT_ONCE:,} products at once, not {len(ids):,}."
        raise ValueError(message)
    targets = targets_of(action, ProductFilter(ids=ids))
    actor_id = None if actor is None else actor.pk
    return edit_set(action, targets, limit=AT_ONCE, job_id=None, actor_id=actor_id)


@transaction.atomic
def start_bulk_edit(*, action: BulkAction, chosen: ProductFilter, actor: User | None) -> BulkEdit:
    """Queue the change of every product that the filter means at the job's turn.

    Raises NotAllowedNow for deleting all while that is under way already.
    """
    if action == BulkAction.DELETE and chosen.is_empty:
        _refuse_a_second_delete_all()
    job = create_job(kind=BULK_EDIT, actor=actor, slot=PRODUCTS_SLOT)
    edit = BulkEdit.objects.create(job=job, action=action, selection=chosen.as_json())
    send(job)
    return edit


@transaction.atomic
def start_undo(*, job_id: UUID, actor: User | None) -> BulkEdit:
    """Queue the undoing of everything that a job wrote. Raises NotUndoableError."""
    undone = Job.objects.select_for_update().get(pk=job_id)
    refusal = _why_not_undoable(undone)
    if refusal:
        raise NotUndoableError(refusal)
    job = create_job(kind=BULK_EDIT, actor=actor, slot=PRODUCTS_SLOT)
    job.checkpoint = _left_by_a_stopped_undo(undone)
    job.save(update_fields=["checkpoint"])
    edit = BulkEdit.objects.create(job=job, action=BulkAction.UNDO, undoes=undone)
    send(job)
    return edit


@transaction.atomic
def retry_products_job(*, job_id: UUID) -> Job:
    """Queue a failed or cancelled job again; it goes on from its checkpoint (A13).

    Raises NotAllowedNow, also for a job that is being taken back or was in part: going on behind
    what is gone again would leave it out.
    """
    # The lock that `start_undo` takes.
    job = Job.objects.select_for_update().get(pk=job_id)
    if BulkEdit.objects.filter(undoes=job).exists():
        message = "What this job wrote is being taken back, or was in part. Start it anew."
        raise NotAllowedNow(message)
    return retry_job(job.pk)


def would_empty_book(job_id: UUID, *, by_undoing: bool) -> bool:
    """Say whether to retry the job, or else to undo it, deletes all products.

    So does an undo of the undo of a delete-all.
    """
    turns = int(by_undoing)
    edit = BulkEdit.objects.filter(pk=job_id).first()
    while edit is not None and edit.undoes_id is not None:
        turns += 1
        edit = BulkEdit.objects.filter(pk=edit.undoes_id).first()
    return edit is not None and edit.deletes_all and turns % 2 == 0


def _refuse_a_second_delete_all() -> None:
    edits = BulkEdit.objects.filter(action=BulkAction.DELETE, job__status__in=UNFINISHED)
    if any(edit.deletes_all for edit in edits):
        message = "All products are being deleted already."
        raise NotAllowedNow(message)


def _left_by_a_stopped_undo(undone: Job) -> dict[str, object]:
    """Return where an undo that was stopped half-way stood, unless the job has worked on since.

    What that one has taken back would else look like somebody's later change.
    """
    stopped = Job.objects.filter(
        bulkedit__undoes=undone, created_at__gt=undone.finished_at, status__in=RETRYABLE
    )
    checkpoint: dict[str, object] | None = (
        stopped.order_by("-queue_number").values_list("checkpoint", flat=True).first()
    )
    return checkpoint or {}


def can_undo(job: Job) -> bool:
    """Say whether what a job wrote can be taken back."""
    return not _why_not_undoable(job)


def _has_changed_the_book(job: Job) -> bool:
    """Say whether a job wrote anything; what an import switches off is no row of its file."""
    rows = job.created_rows + job.updated_rows
    return rows > 0 or ChangeSet.objects.filter(job_id=job.pk).exists()


def _why_not_undoable(job: Job) -> str:
    if not job.is_finished:
        return "This job has not ended yet. Cancel it first."
    if job.status == Status.UNDONE:
        return "This job is undone already."
    if not _has_changed_the_book(job):
        return "This job changed nothing."
    if job.finished_at is None or not is_undoable(job.finished_at):
        return "This job is older than the history that is kept for undoing."
    tries = BulkEdit.objects.filter(undoes=job).exclude(job__status__in=RETRYABLE)
    undo = tries.select_related("job").first()
    if undo is None:
        return ""
    if undo.job.status == Status.UNDONE:
        return "This job was taken back and brought again: undo the job that brought it again."
    return "This job is being undone already."
