"""Telling that a bulk edit, or an undo, has ended (C1, C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricebook.catalogue.models import BulkEdit
from pricebook.changes.models import EventType
from pricebook.changes.outbox import changes_url, record_event, tally_of_job
from pricebook.jobs.models import Status

if TYPE_CHECKING:
    from pricebook.jobs.models import Job


def announce_bulk_edit(job: Job) -> None:
    """Write the event of what a bulk edit did, in the transaction that ends it; none for nothing.

    One that was stopped tells of what it did before.
    """
    changes = tally_of_job(job.pk)
    if not any(changes.values()):
        return
    edit = BulkEdit.objects.get(pk=job.pk)
    emptied = edit.deletes_all and job.status == Status.COMPLETED
    data = {
        "action": edit.action,
        "changes": changes,
        "job_id": str(job.pk),
        "undoes": None if edit.undoes_id is None else str(edit.undoes_id),
        "changes_url": changes_url(job=job.pk),
    }
    type_ = EventType.PRODUCTS_ALL_DELETED if emptied else EventType.PRODUCTS_CHANGED
    record_event(type_, data, job_id=job.pk)
