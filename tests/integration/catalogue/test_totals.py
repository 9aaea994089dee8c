"""The exact totals and the ledger, after any sequence of writes through any door."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pricebook.catalogue.bulk import edit_products, start_bulk_edit, start_undo
from pricebook.catalogue.edits import InvalidProductError
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.undo import NotUndoableError, undo_change, undo_changeset
from pricebook.catalogue.writes import (
    ProductGoneError,
    create_product,
    delete_product,
    update_product,
    upsert_product,
)
from pricebook.changes.ledger import Growth
from pricebook.changes.models import Change, ChangeSet, Totals
from pricebook.changes.position import place_changesets
from pricebook.changes.totals import count_products
from pricebook.jobs.models import Job
from pricebook.jobs.runner import run_job
from tests.depth import examples
from tests.factories import imported
from tests.integration.catalogue.expect import expect_true_totals, race

SKUS = st.sampled_from(["a", "A", "b", "ß", "SS", "c"])
NAMES = st.sampled_from(["", "x", "y"])
PRICES = st.sampled_from([None, Decimal(1), Decimal("2.5")])
ACTIONS = st.sampled_from([BulkAction.ACTIVATE, BulkAction.DEACTIVATE, BulkAction.DELETE])


@dataclass(frozen=True)
class Item:
    """A product of the plain model."""

    sku: str
    name: str = ""
    price: Decimal | None = None
    active: bool = True
    is_deleted: bool = False


@dataclass(frozen=True)
class EditedSet:
    """What a bulk edit did, and when it deleted."""

    changeset_id: int
    action: BulkAction
    products: tuple[int, ...]
    deleted_at: datetime | None

    def fits(self, product: Product) -> bool:
        """Say whether the product still is as the set left it."""
        if self.action == BulkAction.DELETE:
            return product.deleted_at == self.deleted_at
        return not product.is_deleted and product.active == (self.action == BulkAction.ACTIVATE)


class AnyWrites(RuleBasedStateMachine):
    """Hold the book to a dict: the products by their keys, and what each change replaced."""

    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, Item] = {}
        self.sets: list[EditedSet] = []
        # By product: how many changes it has, what it is, and what its newest change replaced.
        self.seen: dict[int, tuple[int, Item, Item | None]] = {}
        self.replaced_by_job: dict[int, Item] = {}

    @initialize()
    def empty_book(self) -> None:
        for model in (Product, Change, ChangeSet, Totals, Job):
            model.objects.all().delete()

    @rule(sku=SKUS, name=NAMES, price=PRICES, active=st.booleans())
    def create(self, *, sku: str, name: str, price: Decimal | None, active: bool) -> None:
        values = {"sku": sku, "name": name, "price": price, "active": active}
        known = self.items.get(sku_key(sku))
        if known is not None and not known.is_deleted:
            with pytest.raises(InvalidProductError):
                create_product(values=values, actor=None)
            return
        create_product(values=values, actor=None)
        self.items[sku_key(sku)] = Item(sku, name, price, active)

    @rule(sku=SKUS, name=NAMES)
    def upsert(self, sku: str, name: str) -> None:
        known = self.items.get(sku_key(sku))
        _, is_new = upsert_product(values={"sku": sku, "name": name}, actor=None)
        assert is_new == (known is None or known.is_deleted)
        kept = Item(sku) if known is None or known.is_deleted else known
        self.items[sku_key(sku)] = replace(kept, sku=sku, name=name)

    @rule(sku=SKUS, new=SKUS, active=st.booleans())
    def update(self, *, sku: str, new: str, active: bool) -> None:
        key, known = sku_key(sku), self.items.get(sku_key(sku))
        if known is None:
            return
        values: dict[str, str | bool] = {"sku": new, "active": active}
        if known.is_deleted:
            with pytest.raises(ProductGoneError):
                update_product(product_id=self.pk(key), values=values, actor=None)
        elif sku_key(new) != key and sku_key(new) in self.items:
            with pytest.raises(InvalidProductError):
                update_product(product_id=self.pk(key), values=values, actor=None)
        else:
            update_product(product_id=self.pk(key), values=values, actor=None)
            del self.items[key]
            self.items[sku_key(new)] = replace(known, sku=new, active=active)

    @rule(sku=SKUS)
    def delete(self, sku: str) -> None:
        known = self.items.get(sku_key(sku))
        if known is not None and not known.is_deleted:
            delete_product(product_id=self.pk(sku_key(sku)), actor=None)
            self.items[sku_key(sku)] = replace(known, is_deleted=True)

    @rule(rows=st.lists(st.tuples(SKUS, NAMES, st.sampled_from(["", "yes", "no"])), max_size=4))
    def import_a_file(self, rows: list[tuple[str, str, str]]) -> None:
        if not rows:
            return
        lines = "".join(f"{','.join(row)}\n" for row in rows)
        job = imported(f"sku,name,active\n{lines}")
        assert job.status == "completed"
        for sku, name, active in {sku_key(row[0]): row for row in rows}.values():
            known = self.items.get(sku_key(sku), Item(sku))
            self.items[sku_key(sku)] = replace(
                known,
                sku=sku,
                name=name or known.name,
                active=active == "yes" if active else known.active,
                is_deleted=False,
            )

    @rule(action=ACTIONS, skus=st.sets(SKUS))
    def edit_some(self, action: BulkAction, skus: set[str]) -> None:
        keys = {sku_key(sku) for sku in skus} & self.items.keys()
        ids = tuple(self.pk(key) for key in sorted(keys))
        done = edit_products(action=action, ids=ids, actor=None)
        assert done.products == self.apply(action, keys)
        if done.products:
            written = Product.objects.filter(changed_in=done.changeset_id).order_by("id")
            products = tuple(product.pk for product in written)
            self.sets.append(EditedSet(done.changeset_id, action, products, written[0].deleted_at))

    @rule(action=ACTIONS, name=NAMES)
    def edit_as_a_job(self, action: BulkAction, name: str) -> None:
        meant = {key for key, item in self.items.items() if name in item.name}
        meant = {key for key in meant if not self.items[key].is_deleted}
        job = start_bulk_edit(action=action, chosen=ProductFilter(name=name), actor=None).job
        assert run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.total_rows) == ("completed", len(meant))
        before = dict(self.items)
        assert job.updated_rows == self.apply(action, meant)
        if job.updated_rows:
            self.replaced_by_job = {self.pk(key): self.items[key] for key in meant}
            edit = start_undo(job_id=job.pk, actor=None)
            assert run_job(edit.pk)
            edit.job.refresh_from_db()
            assert (edit.job.updated_rows, edit.job.skipped_rows) == (job.updated_rows, 0)
            self.items = before

    @precondition(lambda self: self.sets)
    @rule(data=st.data())
    def undo_a_set(self, data: st.DataObject) -> None:
        edited: EditedSet = data.draw(st.sampled_from(self.sets))
        products = Product.objects.in_bulk(edited.products)
        touched = [products[pk] for pk in edited.products]
        with transaction.atomic():
            undone = undo_changeset(edited.changeset_id, job_id=None, actor_id=None)
        kept = tuple(product.sku for product in touched if not edited.fits(product))
        assert (undone.restored, undone.kept_skus) == (len(touched) - len(kept), kept)
        for product in filter(edited.fits, touched):
            item = self.items[product.sku_key]
            self.items[product.sku_key] = (
                replace(item, is_deleted=False)
                if edited.action == BulkAction.DELETE
                else replace(item, active=not item.active)
            )

    @rule(sku=SKUS)
    def undo_the_newest_change(self, sku: str) -> None:
        if sku_key(sku) not in self.items:
            return
        product = Product.objects.get(sku_key=sku_key(sku))
        _, item, before = self.seen[product.pk]
        try:
            undo_change(product_id=product.pk, changeset_id=product.changed_in, actor=None)
        except NotUndoableError as refusal:
            # The newest change of a product fits, unless its old SKU is taken by now.
            assert "belongs to another product" in str(refusal)  # noqa: PT017
            return
        del self.items[product.sku_key]
        back = before or replace(item, is_deleted=True)
        self.items[sku_key(back.sku)] = back

    @rule()
    def place(self) -> None:
        place_changesets()

    @invariant()
    def the_book_is_the_model(self) -> None:
        stored = {product.sku_key: _item(product) for product in Product.objects.all()}
        assert stored == self.items

    @invariant()
    def the_totals_are_true(self) -> None:
        living = [item for item in self.items.values() if not item.is_deleted]
        assert count_products() == Growth(len(living), sum(item.active for item in living))

    @invariant()
    def every_product_knows_its_newest_change(self) -> None:
        for product in Product.objects.all():
            newest = Change.objects.filter(product_id=product.pk).latest("changeset_id")
            assert product.changed_in == newest.changeset_id
            self.look_at(product)

    @invariant()
    def a_set_has_changes(self) -> None:
        assert set(ChangeSet.objects.values_list("id", flat=True)) == set(
            Change.objects.values_list("changeset_id", flat=True)
        )

    def look_at(self, product: Product) -> None:
        """Remember what the product's newest change replaced: an undo has to give just that."""
        changes = Change.objects.filter(product_id=product.pk).count()
        seen, item, before = self.seen.get(product.pk, (0, None, None))
        if changes > seen:
            # A job and its undo are two changes in one step.
            before = item if changes == seen + 1 else self.replaced_by_job[product.pk]
            self.seen[product.pk] = changes, _item(product), before

    def apply(self, action: BulkAction, keys: set[str]) -> int:
        """Do the same to the model; return how many products it changed."""
        changed = 0
        for key in keys:
            item = self.items[key]
            if item.is_deleted:
                continue
            new = (
                replace(item, is_deleted=True)
                if action == BulkAction.DELETE
                else replace(item, active=action == BulkAction.ACTIVATE)
            )
            changed += new != item
            self.items[key] = new
        return changed

    def pk(self, key: str) -> int:
        return Product.objects.get(sku_key=key).pk


def _item(product: Product) -> Item:
    return Item(product.sku, product.name, product.price, product.active, product.is_deleted)


@pytest.mark.hypothesis
@pytest.mark.django_db(transaction=True)
def test_any_sequence_of_writes_gives_what_a_dict_gives() -> None:
    with connection.cursor() as cursor:
        # Dozens of small transactions a second: nothing is lost in a test that is over.
        cursor.execute("SET synchronous_commit TO off")
    run_state_machine_as_test(
        AnyWrites,
        settings=settings(
            max_examples=examples(12),
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
class TestTotals:
    def test_an_empty_book(self) -> None:
        assert count_products() == Growth(0, 0)

    def test_placing_moves_what_is_counted_without_counting_it_twice(self) -> None:
        create_product(values={"sku": "A"}, actor=None)
        create_product(values={"sku": "B", "active": False}, actor=None)
        assert count_products() == Growth(2, 1)
        assert place_changesets() == 2
        assert count_products() == Growth(2, 1)
        assert list(Totals.objects.values_list("products", "active")) == [(2, 1)]

    def test_a_totals_row_that_is_gone_is_made_again(self) -> None:
        Totals.objects.all().delete()
        create_product(values={"sku": "A"}, actor=None)
        assert count_products() == Growth(1, 1)
        place_changesets()
        assert count_products() == Growth(1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_who_place_at_once_count_each_set_once() -> None:
    create_product(values={"sku": "A"}, actor=None)
    placed_too = race(place_changesets, place_changesets)
    assert placed_too == 0
    expect_true_totals()
