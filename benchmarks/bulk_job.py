"""Delete everything, or take that or an import back: `python -m benchmarks.bulk_job WHAT`.

WHAT is `delete`, `undo`, or `undo-import`, of the newest.
"""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import sys

import django

django.setup()

from benchmarks.run import Counts, measure
from pricebook.catalogue.bulk import start_bulk_edit, start_undo
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, BulkEdit
from pricebook.imports.models import IMPORT
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job


def work(what: str) -> Counts:
    """Queue the job and do it here. Raises RuntimeError unless it completes."""
    if what == "undo":
        newest = BulkEdit.objects.filter(action=BulkAction.DELETE).order_by("-job__queue_number")
        edit = start_undo(job_id=newest[0].pk, actor=None)
    elif what == "undo-import":
        imports = Job.objects.filter(kind=IMPORT).order_by("-queue_number")
        edit = start_undo(job_id=imports[0].pk, actor=None)
    else:
        edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=None)
    run_job(edit.pk)
    job = Job.objects.get(pk=edit.pk)
    if job.status != Status.COMPLETED or job.updated_rows != job.total_rows:
        message = f"The job is {job.status}: {job.updated_rows:,} of {job.total_rows:,}."
        raise RuntimeError(f"{message} {job.error}")
    return Counts(job.total_rows, updated=job.updated_rows)


if __name__ == "__main__":
    print(measure(lambda: work(sys.argv[1])).to_json())
