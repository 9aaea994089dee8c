"""Pricebook's own import, from the stored file to the last chunk: what a worker runs for a job."""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from uuid import UUID

import django

django.setup()

from benchmarks.run import Counts, Run, measure
from pricebook.catalogue.models import Product
from pricebook.files.models import StoredFile
from pricebook.files.receive import receive_file
from pricebook.files.storage import storage
from pricebook.imports.intake import create_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job

_WARM_UP_PREFIX = "warm-up-"
_WARM_UP = "sku,name,price\n" + "".join(f"{_WARM_UP_PREFIX}{n},Warm-up,{n}\n" for n in range(10))


def import_stored(file: StoredFile) -> Counts:
    """Import a stored file in this process. Raises RuntimeError unless it completes."""
    job = create_import(file=file, actor=None).job
    run_job(job.id)
    return as_counts(job.id)


def as_counts(job_id: UUID) -> Counts:
    """Return what a completed import did. Raises RuntimeError for any other."""
    job = Job.objects.get(id=job_id)
    if job.status != Status.COMPLETED or job.failed_rows or job.skipped_rows:
        message = f"The import is {job.status} with {job.failed_rows} failed rows. {job.error}"
        raise RuntimeError(message)
    return Counts(
        job.total_rows,
        created=job.created_rows,
        updated=job.updated_rows,
        unchanged=job.unchanged_rows,
        duplicate=job.duplicate_rows,
    )


def measure_import(path: Path) -> Run:
    """Take the file in, and measure its import in a process that has imported something before."""
    began = perf_counter()
    with path.open("rb") as source:
        file = receive_file(source, name=path.name, actor=None)
    received = perf_counter() - began
    warm_up()
    run = measure(lambda: import_stored(file))
    storage().delete(file.key)
    return replace(run, receive_seconds=received)


def warm_up() -> None:
    """Import ten rows and take them out again, so that all code and connections are there."""
    file = receive_file(io.BytesIO(_WARM_UP.encode()), name="warm-up.csv", actor=None)
    import_stored(file)
    Product.objects.filter(sku_key__startswith=_WARM_UP_PREFIX).delete()


if __name__ == "__main__":
    print(measure_import(Path(sys.argv[1])).to_json())
