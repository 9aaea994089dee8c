"""What background workers do for imports."""

from __future__ import annotations

from celery import shared_task

from pricebook.imports.models import IMPORT
from pricebook.imports.pipeline import run_import
from pricebook.imports.staging import drop_tables, staging_tables
from pricebook.jobs.models import Job
from pricebook.jobs.runner import register

register(IMPORT, run_import)


@shared_task(name="pricebook.imports.drop_orphans", ignore_result=True)
def drop_orphans() -> None:
    """Drop the staging tables that no living import will read."""
    for name, import_id in staging_tables():
        job = Job.objects.filter(id=import_id).first()
        if job is None or job.is_finished:
            drop_tables(name)
