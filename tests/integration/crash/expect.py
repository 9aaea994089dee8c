"""What must be true after every storm: nothing lost, nothing twice, nothing left behind."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from tests.integration.crash.files import Counts, FileSpec, ModelBook, Product
from tests.integration.crash.stack import Stack

_JOB = """
    SELECT status, error, total_rows, created_rows, updated_rows, unchanged_rows, duplicate_rows,
           skipped_rows, failed_rows, processed_rows, rejects_key
    FROM jobs_job JOIN imports_import ON job_id = id WHERE id = %(job)s
"""
_LEDGER = """
    SELECT p.sku_key, c.kind, c.fields
    FROM changes_changeset s JOIN changes_change c ON c.changeset_id = s.id
    JOIN catalogue_product p ON p.id = c.product_id
    WHERE s.job_id = %(job)s
"""
_BOOK = "SELECT sku_key, sku, name, description, price, active FROM catalogue_product"


def expect_all_imported(stack: Stack, jobs: Sequence[str], specs: Sequence[FileSpec]) -> None:
    """Hold the jobs, the book and the ledger against a model that imports the files in order."""
    stack.ask("tidy")
    model = ModelBook()
    written = 0
    for job, spec in zip(jobs, specs, strict=True):
        outcome = model.apply(spec)
        expect_job(stack, job, outcome.counts)
        ledger = stack.look(_LEDGER, {"job": job})
        found = {key: (kind, fields) for key, kind, fields in ledger}
        assert len(found) == len(ledger), f"{spec.name} wrote a product twice"
        assert found == outcome.changes, f"the ledger of {spec.name} differs"
        written += len(ledger)
    assert book(stack) == model.products
    assert stack.look("SELECT count(*) FROM changes_change") == [(written,)]
    expect_sound_ledger(stack)
    expect_nothing_left(stack)


def expect_job(stack: Stack, job: str, counts: Counts) -> None:
    """The job is completed, its counts are these, and its reject file is whole."""
    ((status, error, *numbers, processed, rejects_key),) = stack.look(_JOB, {"job": job})
    assert (status, error) == ("completed", "")
    assert Counts(*numbers) == counts
    assert processed == counts.total
    assert reject_rows(stack, rejects_key) == counts.failed


def reject_rows(stack: Stack, key: str) -> int:
    """Return how many rows a reject file holds; 0 when there is none."""
    if not key:
        return 0
    with (stack.home / "files" / key).open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))


def book(stack: Stack) -> dict[str, Product]:
    """Return the book as the model writes it."""
    return {key: Product(*values) for key, *values in stack.look(_BOOK)}


def expect_sound_ledger(stack: Stack) -> None:
    """Each product was created once, and change sets have gapless positions and are not empty."""
    assert (
        stack.look("""
        SELECT p.sku_key, count(c.kind) FROM catalogue_product p
        LEFT JOIN changes_change c ON c.product_id = p.id AND c.kind = 'created'
        GROUP BY p.id HAVING count(c.kind) <> 1
    """)
        == []
    )
    ((sets, newest, filled),) = stack.look("""
        SELECT count(*), coalesce(max(position), 0),
               count(*) FILTER (WHERE EXISTS (
                   SELECT FROM changes_change c WHERE c.changeset_id = s.id))
        FROM changes_changeset s
    """)
    assert (newest, filled) == (sets, sets)


def expect_nothing_left(stack: Stack) -> None:
    """No staging table is left, nor a job that anyone still holds."""
    assert (
        stack.look("SELECT relname FROM pg_class WHERE starts_with(relname, 'import_staging_')")
        == []
    )
    assert stack.look("SELECT id FROM jobs_job WHERE lease_expires_at IS NOT NULL") == []
