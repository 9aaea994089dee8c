"""An import on a full disk: it fails with a sentence, keeps its source and can go on (ABUSE 20)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from pricebook.files.storage import storage
from pricebook.imports.intake import create_import
from pricebook.imports.models import Import
from pricebook.imports.staging import staging_tables
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import retry_job
from pricebook.jobs.runner import run_job
from tests.factories import a_file, book, counts
from tests.small_disk import fill, small_disk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]

SENTENCE = (
    "The disk on which files are kept is full. Nothing was changed: make room there, "
    "then try again."
)
# One row is rejected, so that a reject file has to be written.
FILE = "sku,name,price\nA,Apple,1\nB,Pear,cheap\n"


def test_it_fails_with_a_sentence_and_is_retried_with_room(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FILES_ROOT = tmp_path / "disk"
    with small_disk(settings.FILES_ROOT) as folder:
        record = create_import(file=a_file(FILE), actor=None)
        ballast = fill(folder)
        assert run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        assert (job.status, job.error) == (Status.FAILED, SENTENCE)
        assert (counts(job), book(), list(staging_tables())) == ({}, {}, [])
        kept = {path.name for path in folder.rglob("*") if path.is_file()}
        assert kept == {"ballast", record.file.key.rpartition("/")[2]}

        ballast.unlink()
        retry_job(record.pk)
        assert run_job(record.pk)
        job = Job.objects.get(pk=record.pk)
        assert (job.status, counts(job)) == (
            Status.COMPLETED,
            {"total": 2, "created": 1, "failed": 1},
        )
        with storage().open(Import.objects.get(pk=record.pk).rejects_key) as rejects:
            assert b"cheap" in rejects.read()
