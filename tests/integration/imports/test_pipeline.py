"""An import from file to book: semantics, counts that add up, and what it leaves behind."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction
from pytest_django import Settings

from pricebook.catalogue.merge import MergeCounts, StagedSet, merge_chunk
from pricebook.catalogue.models import Product
from pricebook.changes.models import Change, ChangeSet
from pricebook.core.db import execute
from pricebook.files.storage import storage
from pricebook.imports import staging
from pricebook.imports.checkpoint import Checkpoint
from pricebook.imports.models import Import
from pricebook.imports.tasks import drop_orphans
from pricebook.jobs.models import Job
from pricebook.jobs.runner import run_job
from tests.factories import an_import, book, counts, imported

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("tidy")]


def test_a_file_becomes_products() -> None:
    job = imported(
        "sku,name,description,price,active\nA-1,Apple,Red,1.50,true\nB-2,Banana,Yellow,,no\n"
    )
    assert job.status == "completed"
    assert counts(job) == {"total": 2, "created": 2}
    assert book() == {
        "A-1": ("Apple", "Red", Decimal("1.50"), True),
        "B-2": ("Banana", "Yellow", None, False),
    }


def test_price_and_active_are_optional() -> None:
    imported("sku,name,description\nA-1,Apple,Red\n")
    assert book() == {"A-1": ("Apple", "Red", None, True)}


def test_the_last_row_of_a_sku_wins_whatever_its_case_and_the_others_are_counted() -> None:
    job = imported("sku,name\nabc,First\nx,Other\nABC,Second\nAbc,Third\n")
    assert counts(job) == {"total": 4, "created": 2, "duplicate": 2}
    assert {sku: row[0] for sku, row in book().items()} == {"Abc": "Third", "x": "Other"}


def test_a_repeated_import_changes_nothing() -> None:
    content = "sku,name,price\nA-1,Apple,1.50\nB-2,Banana,2\n"
    imported(content)
    before = list(Product.objects.order_by("id").values())
    changes = Change.objects.count(), ChangeSet.objects.count()
    job = imported(content)
    assert counts(job) == {"total": 2, "unchanged": 2}
    assert list(Product.objects.order_by("id").values()) == before
    assert (Change.objects.count(), ChangeSet.objects.count()) == changes


def test_the_changes_of_a_chunk_are_one_set_that_names_the_job(settings: Settings) -> None:
    settings.IMPORT_MERGE_CHUNK = 2
    job = imported("sku,name\n" + "".join(f"S{n},Name {n}\n" for n in range(5)))
    assert counts(job) == {"total": 5, "created": 5}
    sets = ChangeSet.objects.filter(job_id=job.id).order_by("id")
    assert [Change.objects.filter(changeset_id=one.id).count() for one in sets] == [2, 2, 1]


@pytest.mark.parametrize("staging_is_lost", [False, True])
def test_an_import_goes_on_behind_the_last_chunk_that_is_in_the_book(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, staging_is_lost: bool
) -> None:
    settings.IMPORT_MERGE_CHUNK = 2
    imported("sku,name\nS0,Same\nS1,Old\nS4,Same\n")
    record = an_import("sku,name\nS0,Same\nS1,New\nS2,New\nS3,New\nS4,Same\nS5,New\n")

    def merge_the_first_only(staged: StagedSet, *, after: int, **others: Any) -> MergeCounts:
        if after:
            raise OperationalError
        return merge_chunk(staged, after=after, **others)

    with monkeypatch.context() as patch:
        patch.setattr("pricebook.imports.merging.merge_chunk", merge_the_first_only)
        run_job(record.job_id)
    stopped = Job.objects.get(id=record.job_id)
    assert (stopped.status, stopped.created_rows, stopped.updated_rows) == ("processing", 1, 1)
    if staging_is_lost:
        # As after a crash of PostgreSQL: unlogged tables are there, and empty.
        tables = Checkpoint.of(stopped).staged_set
        execute(tables.fill("TRUNCATE {rows}, {differences}"))
    assert run_job(record.job_id)
    job = Job.objects.get(id=record.job_id)
    assert counts(job) == {"total": 6, "created": 3, "updated": 1, "unchanged": 2}
    assert job.status == "completed"
    changed = Change.objects.filter(changeset_id__in=ChangeSet.objects.filter(job_id=job.id))
    assert sorted(changed.values_list("sku", flat=True)) == ["S1", "S2", "S3", "S5"]


def test_bad_rows_are_refused_and_the_good_ones_kept() -> None:
    job = imported("sku,name,price\nA-1,Apple,1\n,No SKU,2\nC-3,Cherry,cheap\nD-4,Date,4\n")
    assert job.status == "completed"
    assert counts(job) == {"total": 4, "created": 2, "failed": 2}
    assert set(book()) == {"A-1", "D-4"}


def test_the_reject_file_holds_the_original_columns_and_the_reasons() -> None:
    job = imported("sku,name,price,colour\nA-1,Apple,1,red\nC-3,Cherry,cheap,dark\n")
    record = Import.objects.get(pk=job.id)
    with storage().open(record.rejects_key) as stream:
        rows = list(csv.DictReader(io.StringIO(stream.read().decode("utf-8-sig"), newline="")))
    assert len(rows) == 1
    assert {name: rows[0][name] for name in ("sku", "name", "price", "colour")} == {
        "sku": "C-3",
        "name": "Cherry",
        "price": "cheap",
        "colour": "dark",
    }
    assert (rows[0]["error_line"], rows[0]["error_column"]) == ("3", "price")
    assert rows[0]["error_code"] == "price_invalid"


def test_a_mended_reject_file_can_be_imported_as_it_is() -> None:
    job = imported("sku,name,price\nA-1,Apple,1\nC-3,Cherry,cheap\n")
    with storage().open(Import.objects.get(pk=job.id).rejects_key) as stream:
        mended = stream.read().decode().replace("C-3,Cherry,cheap", "C-3,Cherry,3")
    again = imported(mended, "products.rejects.csv")
    assert counts(again) == {"total": 1, "created": 1}
    assert book()["C-3"] == ("Cherry", "", Decimal(3), True)


def test_rejects_are_grouped_by_cause_with_complete_counts_and_bounded_samples(
    settings: Settings,
) -> None:
    settings.IMPORT_REJECTED_ROWS_KEPT = 10
    bad = "".join(f"S{n},x,cheap\n" for n in range(50))
    job = imported(f"sku,name,price\n{bad},No SKU,1\n")
    record = Import.objects.get(pk=job.id)
    causes = {(cause.code, cause.column): cause.rows for cause in record.causes.all()}
    assert causes == {("price_invalid", "price"): 50, ("sku_missing", "sku"): 1}
    assert record.rejected_rows.filter(code="price_invalid").count() == 10
    assert [row.line for row in record.rejected_rows.filter(code="sku_missing")] == [52]


def test_a_file_of_rejects_alone_completes() -> None:
    job = imported("sku,name,price\nA,x,cheap\nB,y,dear\n")
    assert job.status == "completed"
    assert counts(job) == {"total": 2, "failed": 2}


def test_an_import_without_rejects_leaves_no_reject_file() -> None:
    assert Import.objects.get(pk=imported("sku,name\nA,x\n").id).rejects_key == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("sku,name\n", "no rows"),
        ("colour,size\nred,XL\n", "SKU"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_a_sentence(content: str, sentence: str) -> None:
    job = imported(content)
    assert job.status == "failed"
    assert sentence in job.error
    assert book() == {}


def test_a_file_that_left_the_storage_fails_with_a_sentence() -> None:
    record = an_import("sku,name\nA,x\n")
    storage().delete(record.file.key)
    run_job(record.job_id)
    assert Job.objects.get(id=record.job_id).error == (
        "The file is no longer in storage; upload it again."
    )


@pytest.mark.parametrize("content", ["sku,name\nA,x\n", "colour\nred\n"])
def test_no_staging_table_is_left(content: str) -> None:
    imported(content)
    assert list(staging.staging_tables()) == []


def test_staging_tables_that_nobody_will_read_are_dropped() -> None:
    ended, living = imported("sku,name\nA,x\n"), an_import("sku,name\nA,x\n")
    for owner in (living.job_id, ended.id, uuid4()):
        staging.create_table(staging.table_name(owner, 1))
    drop_orphans()
    assert [owner for _, owner in staging.staging_tables()] == [living.job_id]
    staging.drop_tables(staging.table_name(living.job_id, 1))


def test_how_the_file_was_understood_is_kept() -> None:
    job = imported("Artikelnummer;Artikeltext1;VKPreis;Farbe\n1;Öl;1,50;rot\n".encode("cp1252"))
    record = Import.objects.get(pk=job.id)
    assert (record.encoding, record.delimiter, record.header_line) == ("cp1252", ";", 1)
    assert record.columns == {"sku": "Artikelnummer", "name": "Artikeltext1", "price": "VKPreis"}
    assert record.ignored_columns == ["Farbe"]
    assert book() == {"1": ("Öl", "", Decimal("1.50"), True)}


def test_the_database_itself_refuses_counts_that_do_not_add_up() -> None:
    job = imported("sku,name\nA,x\n")
    with pytest.raises(IntegrityError, match="job_counts_add_up"), transaction.atomic():
        Job.objects.filter(id=job.id).update(total_rows=5)
