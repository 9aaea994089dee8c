"""Preview an import and approve it, as a worker does it: `python -m benchmarks.reviewed FILE`."""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import sys
from pathlib import Path

import django

django.setup()

from benchmarks.pricebook import as_counts, warm_up
from benchmarks.run import Counts, Run, measure
from pricebook.files.receive import receive_file
from pricebook.files.storage import storage
from pricebook.imports.intake import create_import
from pricebook.imports.options import Options
from pricebook.imports.review import approve_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job


def measure_reviewed(path: Path) -> Run:
    """Measure the preview and the import after its approval together."""
    with path.open("rb") as source:
        file = receive_file(source, name=path.name, actor=None)
    warm_up()
    record = create_import(file=file, actor=None, options=Options(preview=True))

    def work() -> Counts:
        run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        if job.status != Status.NEEDS_REVIEW:
            message = f"The import is {job.status}. {job.error}"
            raise RuntimeError(message)
        approve_import(import_id=record.pk, actor=None)
        run_job(record.pk)
        return as_counts(record.pk)

    run = measure(work)
    storage().delete(file.key)
    return run


if __name__ == "__main__":
    print(measure_reviewed(Path(sys.argv[1])).to_json())
