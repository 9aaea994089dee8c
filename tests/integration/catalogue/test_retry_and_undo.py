"""Retry, undo and delete-all of the same products: what excludes what, and who may."""

from __future__ import annotations

import pytest

from pricebook.catalogue.bulk import (
    can_undo,
    retry_products_job,
    start_undo,
    would_empty_book,
)
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, BulkEdit, Product
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import NotAllowedNow, cancel_job
from tests.factories import a_product, imported
from tests.integration.catalogue.at_work import done, start

pytestmark = pytest.mark.django_db


def delete_all() -> BulkEdit:
    return start(BulkAction.DELETE)


def status(job: Job) -> str:
    return Job.objects.get(pk=job.pk).status


def test_a_job_that_is_being_taken_back_is_not_retried() -> None:
    job = imported("sku,name\nA,x\n")
    Job.objects.filter(pk=job.pk).update(status=Status.CANCELLED)
    undo = start_undo(job_id=job.pk, actor=None)
    with pytest.raises(NotAllowedNow, match="taken back"):
        retry_products_job(job_id=job.pk)
    cancel_job(undo.pk)
    with pytest.raises(NotAllowedNow, match="taken back"):
        retry_products_job(job_id=job.pk)


def test_deleting_all_is_asked_for_once_at_a_time() -> None:
    a_product("A")
    first = delete_all()
    with pytest.raises(NotAllowedNow, match="All products are being deleted already"):
        delete_all()
    done(first)
    assert done(delete_all()).total_rows == 0


def test_after_an_undo_was_undone_the_job_counts_as_done_and_that_one_can_be_undone() -> None:
    job = imported("sku,name\nA,x\n")
    undo = done(start_undo(job_id=job.pk, actor=None))
    assert status(job) == Status.UNDONE
    again = done(start_undo(job_id=undo.pk, actor=None))
    assert (status(job), status(undo)) == (Status.COMPLETED, Status.UNDONE)
    assert not can_undo(Job.objects.get(pk=job.pk))
    done(start_undo(job_id=again.pk, actor=None))
    assert not Product.objects.live().exists()


def test_which_steps_would_empty_the_book() -> None:
    a_product("A")
    deletion = done(delete_all())
    undo = done(start_undo(job_id=deletion.pk, actor=None))
    assert would_empty_book(deletion.pk, by_undoing=False)
    assert not would_empty_book(deletion.pk, by_undoing=True)
    assert would_empty_book(undo.pk, by_undoing=True)
    assert not would_empty_book(undo.pk, by_undoing=False)


def test_other_jobs_never_empty_it() -> None:
    job = imported("sku,name\nA,x\n")
    chosen = ProductFilter(active=True)
    edit = start(BulkAction.DELETE, chosen)
    for each in (job.pk, edit.pk):
        assert not would_empty_book(each, by_undoing=False)
        assert not would_empty_book(each, by_undoing=True)
