"""Telling that an import has ended, or waits for a decision (C1, C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings

from pricebook.catalogue.represent import moment
from pricebook.changes.models import EventType
from pricebook.changes.outbox import changes_url, record_event, tally_of_job
from pricebook.imports.models import Import
from pricebook.jobs.models import Job, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final[Mapping[str, EventType]] = {
    Status.COMPLETED: EventType.IMPORT_COMPLETED,
    Status.FAILED: EventType.IMPORT_FAILED,
    Status.CANCELLED: EventType.IMPORT_CANCELLED,
    Status.NEEDS_REVIEW: EventType.IMPORT_NEEDS_REVIEW,
}


def announce_import(job: Job) -> None:
    """Write the event of how an import stands, in the transaction that made it so."""
    record = Import.objects.select_related("file", "source").get(pk=job.pk)
    data = {
        "import": _represent(job, record),
        "changes": tally_of_job(job.pk),
        "changes_url": changes_url(job=job.pk),
    }
    record_event(_TYPES[job.status], data, job_id=job.pk)


def _represent(job: Job, record: Import) -> dict[str, object]:
    address = f"{settings.PUBLIC_URL}/api/imports/{job.pk}/"
    return {
        "id": str(job.pk),
        "status": job.status,
        "file": record.file.name,
        "source": None if record.source is None else record.source.name,
        "mode": record.mode,
        "total_rows": job.total_rows,
        "created_rows": job.created_rows,
        "updated_rows": job.updated_rows,
        "unchanged_rows": job.unchanged_rows,
        "duplicate_rows": job.duplicate_rows,
        "skipped_rows": job.skipped_rows,
        "failed_rows": job.failed_rows,
        "deactivated_products": record.deactivated_products,
        "error": job.error,
        "created_by": None if job.actor is None else job.actor.username,
        "created_at": moment(job.created_at),
        "finished_at": None if job.finished_at is None else moment(job.finished_at),
        "url": address,
        "rejects_url": f"{address}rejects.csv" if record.rejects_key else None,
    }
