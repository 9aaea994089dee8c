"""Undoing what a job wrote: everything comes back, but what was changed since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.db import OperationalError

from pricebook.catalogue.bulk import can_undo, start_undo
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.undo import NotUndoableError
from pricebook.catalogue.writes import delete_product, update_product
from pricebook.changes.models import Change, ChangeSet
from pricebook.jobs.models import Job
from pricebook.jobs.queue import cancel_job, retry_job
from tests.factories import a_product, a_user, counts, imported
from tests.integration.catalogue.at_work import (
    active,
    break_at,
    cancel_after,
    done,
    five_products,
    living,
    start,
    undo,
)
from tests.integration.catalogue.expect import expect_true_totals

if TYPE_CHECKING:
    from pytest import MonkeyPatch  # noqa: PT013
    from pytest_django import Settings

pytestmark = pytest.mark.usefixtures("small_chunks")

WITHOUT_STAMPS = ("id", "sku", "sku_key", "name", "active", "created_at", "deleted_at")


@pytest.mark.django_db(transaction=True)
class TestUndo:
    def test_delete_all_comes_back_with_every_value_and_id(self) -> None:
        five_products()
        before = list(Product.objects.order_by("id").values(*WITHOUT_STAMPS))
        job = done(start(BulkAction.DELETE))
        assert living() == set()
        actor = a_user()
        back = done(start_undo(job_id=job.pk, actor=actor))
        assert (back.status, counts(back)) == ("completed", {"total": 5, "updated": 5})
        assert list(Product.objects.order_by("id").values(*WITHOUT_STAMPS)) == before
        assert Job.objects.get(pk=job.pk).status == "undone"
        newest = ChangeSet.objects.latest("id")
        assert (newest.job_id, newest.actor_id) == (back.pk, actor.pk)
        expect_true_totals()

    def test_an_undo_can_be_undone(self) -> None:
        five_products()
        back = done(undo(done(start(BulkAction.DELETE))))
        again = done(undo(back))
        assert counts(again) == {"total": 5, "updated": 5}
        assert living() == set()
        expect_true_totals()

    def test_products_changed_since_are_kept_counted_and_named(self) -> None:
        products = five_products()
        job = done(start(BulkAction.DEACTIVATE))
        update_product(product_id=products[1].pk, values={"active": True}, actor=None)
        delete_product(product_id=products[3].pk, actor=None)
        edit = undo(job)
        assert counts(done(edit)) == {"total": 5, "updated": 3, "skipped": 2}
        edit.refresh_from_db()
        # The newest chunk goes back first.
        assert edit.kept == ["S4", "S2"]
        expect_true_totals()

    def test_an_import_goes_back_whole(self) -> None:
        a_product("S1", name="before")
        job = imported("sku,name\nS1,after\nS2,new\nS3,new\n")
        assert counts(done(undo(job))) == {"total": 3, "updated": 3}
        assert set(Product.objects.live().values_list("sku", "name")) == {("S1", "before")}
        assert Job.objects.get(pk=job.pk).status == "undone"
        expect_true_totals()

    def test_b_and_then_a(self) -> None:
        five_products()
        first = done(start(BulkAction.DEACTIVATE))
        second = done(start(BulkAction.DELETE))
        done(undo(second))
        assert (len(living()), active()) == (5, set())
        assert counts(done(undo(first))) == {"total": 5, "updated": 5}
        assert len(active()) == 5

    @pytest.mark.parametrize("step", [1, 2, 3])
    def test_a_worker_that_dies_leaves_the_rest_to_the_next(
        self, monkeypatch: MonkeyPatch, step: int
    ) -> None:
        five_products()
        edit = undo(done(start(BulkAction.DELETE)))
        break_at(monkeypatch, step, OperationalError(), function="undo_changeset")
        assert done(edit).status == "processing"
        monkeypatch.undo()
        job = done(edit)
        assert (job.status, counts(job)) == ("completed", {"total": 5, "updated": 5})
        assert len(living()) == 5
        assert Change.objects.filter(kind="restored").count() == 5
        expect_true_totals()

    def test_why_a_job_cannot_be_undone(self, settings: Settings) -> None:
        five_products()
        waiting = start(BulkAction.DELETE)
        expect_refusal(waiting.pk, "has not ended yet. Cancel it first.")
        job = done(waiting)
        settings.LEDGER_RETENTION = timedelta()
        expect_refusal(job.pk, "older than the history that is kept")
        settings.LEDGER_RETENTION = timedelta(days=1)
        nothing = done(start(BulkAction.DELETE))
        expect_refusal(nothing.pk, "changed nothing")
        edit = undo(job)
        expect_refusal(job.pk, "is being undone already")
        done(edit)
        expect_refusal(job.pk, "is undone already")

    def test_an_undo_that_was_cancelled_can_be_started_anew(self) -> None:
        five_products()
        job = done(start(BulkAction.DELETE))
        cancel_job(undo(job).pk)
        assert counts(done(undo(job))) == {"total": 5, "updated": 5}

    def test_an_undo_that_was_stopped_half_way_goes_on_in_the_next_one(
        self, monkeypatch: MonkeyPatch
    ) -> None:
        five_products()
        job = done(start(BulkAction.DELETE))
        first = undo(job)
        break_at(monkeypatch, 2, OperationalError(), function="undo_changeset")
        done(first)
        monkeypatch.undo()
        cancel_job(first.pk)
        assert done(first).status == "cancelled"
        assert living() == {"S5"}
        second = undo(job)
        assert counts(done(second)) == {"total": 4, "updated": 4}
        second.refresh_from_db()
        assert second.kept == []
        assert len(living()) == 5
        expect_true_totals()

    def test_what_a_job_wrote_after_a_stopped_undo_is_undone_too(
        self, monkeypatch: MonkeyPatch
    ) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        cancel_after(monkeypatch, edit.pk)
        job = done(edit)
        monkeypatch.undo()
        first = undo(job)
        cancel_job(first.pk)
        retry_job(edit.pk)
        assert counts(done(edit)) == {"total": 5, "updated": 5}
        assert counts(done(undo(job))) == {"total": 5, "updated": 5}
        assert len(living()) == 5


def expect_refusal(job_id: UUID, sentence: str) -> None:
    assert not can_undo(Job.objects.get(pk=job_id))
    with pytest.raises(NotUndoableError, match=sentence):
        start_undo(job_id=job_id, actor=None)
