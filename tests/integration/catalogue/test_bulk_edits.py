"""Changing many products: a few at once, any number as a job that can be resumed and undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError

from pricebook.catalogue import bulk_job
from pricebook.catalogue.bulk import AT_ONCE, can_undo, edit_products, start_bulk_edit
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.set_edit import Edited, edit_set
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes.models import Change, ChangeSet
from pricebook.jobs.leases import LeaseLostError
from pricebook.jobs.models import Job
from pricebook.jobs.queue import cancel_job, retry_job
from pricebook.jobs.runner import run_job
from tests.factories import a_product, a_user, an_import, counts
from tests.integration.catalogue.at_work import (
    CHUNK,
    active,
    break_at,
    cancel_after,
    done,
    five_products,
    living,
    start,
    undo,
)
from tests.integration.catalogue.expect import expect_true_totals, logged, race

if TYPE_CHECKING:
    from pytest import MonkeyPatch  # noqa: PT013

pytestmark = pytest.mark.usefixtures("small_chunks")


@pytest.mark.django_db
class TestAtOnce:
    def test_only_the_products_named_are_changed(self) -> None:
        one, two, _ = a_product("A"), a_product("B"), a_product("C")
        actor = a_user()
        edited = edit_products(action=BulkAction.DEACTIVATE, ids=(one.pk, two.pk), actor=actor)
        changeset = ChangeSet.objects.get()
        assert edited == Edited(products=2, last_id=two.pk, changeset_id=changeset.pk)
        assert active() == {"C"}
        assert (changeset.actor_id, changeset.job_id) == (actor.pk, None)
        assert logged() == [
            ("A", "updated", {"active": [True, False]}),
            ("B", "updated", {"active": [True, False]}),
        ]
        expect_true_totals()

    def test_activating_is_the_opposite(self) -> None:
        one = a_product("A", active=False)
        edit_products(action=BulkAction.ACTIVATE, ids=(one.pk,), actor=None)
        assert logged() == [("A", "updated", {"active": [False, True]})]
        expect_true_totals()

    def test_deleting_leaves_a_tombstone_with_the_time_in_the_ledger(self) -> None:
        one = a_product("A", active=False)
        edited = edit_products(action=BulkAction.DELETE, ids=(one.pk,), actor=None)
        stored = Product.objects.get()
        assert stored.changed_in == edited.changeset_id
        assert stored.deleted_at is not None
        ((sku, kind, fields),) = logged()
        assert (sku, kind) == ("A", "deleted")
        assert fields is not None
        before, after = fields["deleted_at"]
        # PostgreSQL leaves idle zeros out of the fraction.
        assert (before, datetime.fromisoformat(str(after))) == (None, stored.deleted_at)
        expect_true_totals()

    def test_what_is_gone_unknown_or_so_already_is_left_out(self) -> None:
        gone, so_already, one = a_product("A"), a_product("B", active=False), a_product("C")
        delete_product(product_id=gone.pk, actor=None)
        ids = (gone.pk, so_already.pk, one.pk, one.pk, one.pk + 999)
        assert edit_products(action=BulkAction.DEACTIVATE, ids=ids, actor=None).products == 1
        expect_true_totals()

    def test_nothing_to_change_writes_no_set(self) -> None:
        a_product("A")
        edited = edit_products(action=BulkAction.ACTIVATE, ids=(), actor=None)
        assert (edited.products, edited.last_id) == (0, None)
        assert not ChangeSet.objects.exists()

    def test_more_are_work_for_a_job(self) -> None:
        with pytest.raises(ValueError, match=r"^At most 1,000 products at once, not 1,001\.$"):
            edit_products(action=BulkAction.DELETE, ids=tuple(range(AT_ONCE + 1)), actor=None)


@pytest.mark.django_db(transaction=True)
class TestAsAJob:
    def test_every_product_that_the_filter_means_is_changed_in_chunks(self) -> None:
        five_products()
        actor = a_user()
        edit = start_bulk_edit(
            action=BulkAction.DEACTIVATE, chosen=ProductFilter(name="odd"), actor=actor
        )
        job = done(edit)
        assert job.status == "completed"
        assert counts(job) == {"total": 3, "updated": 3}
        assert job.processed_rows == 3
        assert active() == {"S2", "S4"}
        sets = ChangeSet.objects.order_by("id")
        assert [(each.job_id, each.actor_id) for each in sets] == [(job.pk, actor.pk)] * 2
        assert [-each.active_delta for each in sets] == [2, 1]
        expect_true_totals()

    def test_products_that_are_so_already_are_counted_as_unchanged(self) -> None:
        five_products()
        a_product("X", active=False)
        job = done(start(BulkAction.ACTIVATE))
        assert counts(job) == {"total": 6, "updated": 1, "unchanged": 5}
        assert active() == {"S1", "S2", "S3", "S4", "S5", "X"}

    def test_nothing_meant_is_nothing_done(self) -> None:
        job = done(start(BulkAction.DELETE))
        assert (job.status, counts(job)) == ("completed", {})
        assert not can_undo(job)

    def test_a_filter_is_applied_when_the_jobs_turn_comes(self) -> None:
        products = five_products()
        edit = start(BulkAction.DELETE, ProductFilter(name="odd"))
        update_product(product_id=products[0].pk, values={"name": "even"}, actor=None)
        a_product("S7", name="odd")
        assert counts(done(edit)) == {"total": 3, "updated": 3}
        assert living() == {"S1", "S2", "S4"}

    def test_products_added_after_it_began_are_not_meant(self, monkeypatch: MonkeyPatch) -> None:
        five_products()

        def edit_then_add(*args: object) -> Edited:
            edited = edit_set(*args)  # type: ignore[arg-type]
            create_product(values={"sku": f"new {edited.last_id}"}, actor=None)
            return edited

        monkeypatch.setattr(bulk_job, "edit_set", edit_then_add)
        job = done(start(BulkAction.DELETE))
        assert counts(job) == {"total": 5, "updated": 5}
        assert len(living()) == 4
        expect_true_totals()

    def test_chosen_ids(self) -> None:
        products = five_products()
        chosen = ProductFilter(ids=tuple(product.pk for product in products[:3]))
        assert counts(done(start(BulkAction.DELETE, chosen))) == {"total": 3, "updated": 3}
        assert living() == {"S4", "S5"}

    def test_an_edit_that_commits_while_a_chunk_waits_is_regarded(self) -> None:
        one, two = a_product("A"), a_product("B")
        edit = start(BulkAction.DEACTIVATE)
        job = race(
            lambda: update_product(product_id=one.pk, values={"active": False}, actor=None),
            lambda: done(edit),
        )
        assert counts(job) == {"total": 2, "updated": 1, "unchanged": 1}
        assert Change.objects.filter(product_id=one.pk).count() == 1
        assert Change.objects.filter(product_id=two.pk).count() == 1
        expect_true_totals()


@pytest.mark.django_db(transaction=True)
class TestInterrupted:
    @pytest.mark.parametrize("step", [1, 2, 3])
    def test_a_worker_that_dies_in_a_chunk_leaves_the_rest_to_the_next(
        self, monkeypatch: MonkeyPatch, step: int
    ) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        break_at(monkeypatch, step, OperationalError("the connection is gone"))
        assert done(edit).status == "processing"
        assert len(living()) == 5 - (step - 1) * CHUNK
        expect_true_totals()
        job = done(edit)
        assert (job.status, counts(job)) == ("completed", {"total": 5, "updated": 5})
        assert living() == set()
        assert Change.objects.count() == 5
        assert ChangeSet.objects.filter(job_id=job.pk).count() == 3
        expect_true_totals()

    def test_a_worker_that_lost_its_lease_writes_nothing_more(
        self, monkeypatch: MonkeyPatch
    ) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        break_at(monkeypatch, 2, LeaseLostError())
        run_job(edit.pk)
        assert len(living()) == 3

    def test_cancelled_before_its_turn_it_does_nothing(self) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        cancel_job(edit.pk)
        assert not run_job(edit.pk)
        assert len(living()) == 5

    def test_cancelled_while_it_works_it_keeps_its_chunks_which_can_be_undone(
        self, monkeypatch: MonkeyPatch
    ) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        cancel_after(monkeypatch, edit.pk)
        job = done(edit)
        assert (job.status, job.updated_rows) == ("cancelled", CHUNK)
        assert living() == {"S3", "S4", "S5"}
        assert can_undo(job)
        monkeypatch.undo()
        assert counts(done(undo(job))) == {"total": 2, "updated": 2}
        assert len(living()) == 5
        expect_true_totals()

    def test_cancelled_and_retried_it_goes_on_where_it_stood(
        self, monkeypatch: MonkeyPatch
    ) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        cancel_after(monkeypatch, edit.pk)
        done(edit)
        monkeypatch.undo()
        retry_job(edit.pk)
        job = done(edit)
        assert (job.status, counts(job)) == ("completed", {"total": 5, "updated": 5})
        assert Change.objects.count() == 5


@pytest.mark.django_db(transaction=True)
class TestAmongImports:
    def test_jobs_go_in_the_order_of_the_queue(self) -> None:
        a_product("old")
        first = an_import("sku,name\nA,first\n")
        delete_all = start(BulkAction.DELETE)
        last = an_import("sku,name\nB,last\n")
        # The later jobs come to a worker first: they wait.
        for job_id in (last.pk, delete_all.pk):
            assert run_job(job_id)
            assert Job.objects.get(pk=job_id).is_parked
        for job_id in (first.pk, delete_all.pk, last.pk):
            assert run_job(job_id)
            assert Job.objects.get(pk=job_id).status == "completed"
        assert living() == {"B"}
        assert counts(Job.objects.get(pk=delete_all.pk)) == {"total": 2, "updated": 2}
        expect_true_totals()

    def test_a_job_that_was_interrupted_keeps_its_turn(self, monkeypatch: MonkeyPatch) -> None:
        five_products()
        edit = start(BulkAction.DELETE)
        later = an_import("sku,name\nS1,back\n")
        break_at(monkeypatch, 2, OperationalError())
        done(edit)
        assert run_job(later.pk)
        assert Job.objects.get(pk=later.pk).is_parked
        assert living() == {"S3", "S4", "S5"}
        done(edit)
        assert run_job(later.pk)
        assert living() == {"S1"}
        expect_true_totals()
