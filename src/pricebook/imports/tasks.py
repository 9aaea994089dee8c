"""What background workers do for imports."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from pricebook.imports.announce import announce_import
from pricebook.imports.models import IMPORT
from pricebook.imports.pipeline import run_import
from pricebook.imports.staging import drop_tables, staging_tables
from pricebook.jobs.kinds import register
from pricebook.jobs.models import Job, Status

register(IMPORT, run_import, announce=announce_import)


@shared_task(name="pricebook.imports.drop_orphans", ignore_result=True)
def drop_orphans() -> None:
    """Drop the staging tables that no living import will read."""
    for name, import_id in staging_tables():
        job = Job.objects.filter(id=import_id).first()
        if job is None or not _is_needed(job):
            drop_tables(name)


def _is_needed(job: Job) -> bool:
    """Say whether an import may still read its tables; one that nobody decides on reads anew."""
    if job.status == Status.NEEDS_REVIEW:
        return timezone.now() - job.created_at < settings.REVIEW_STAGING_KEPT
    return not job.is_finished
