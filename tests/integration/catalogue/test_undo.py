"""Taking changes back: one change of one product, and whole change sets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from pricebook.catalogue.bulk import edit_products
from pricebook.catalogue.edits import values_of
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.undo import (
    KEPT_NAMED,
    NotUndoableError,
    Undone,
    undo_change,
    undo_changeset,
)
from pricebook.catalogue.writes import (
    ProductGoneError,
    create_product,
    delete_product,
    update_product,
)
from pricebook.changes.models import ChangeSet
from tests.factories import a_product, a_user, imported
from tests.integration.catalogue.expect import expect_true_totals, logged, race

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


def undone(changeset_id: int) -> Undone:
    with transaction.atomic():
        return undo_changeset(changeset_id, job_id=None, actor_id=None)


def undo(product: Product) -> Product:
    """Undo the change that `product` is the outcome of."""
    return undo_change(product_id=product.pk, changeset_id=product.changed_in, actor=None)


def stored(product: Product) -> Product:
    return Product.objects.get(pk=product.pk)


def deletion(product: Product) -> Product:
    return delete_product(product_id=product.pk, actor=None)


def edit(product: Product, **values: str | Decimal | dict[str, object] | None) -> Product:
    return update_product(product_id=product.pk, values=values, actor=None)


@pytest.fixture
def apple() -> Product:
    return create_product(
        values={"sku": "A-1", "name": "Apple", "price": Decimal("1.5")}, actor=None
    )


class TestOneChange:
    def test_an_update_goes_back_field_by_field(self, apple: Product) -> None:
        before = values_of(apple)
        changed = edit(apple, name="Pear", price=None, attributes={"a": None}, sku="B-2")
        actor = a_user()
        back = undo_change(product_id=apple.pk, changeset_id=changed.changed_in, actor=actor)
        assert values_of(stored(apple)) == before
        assert back.sku_key == stored(apple).sku_key == "a-1"
        assert logged()[-1] == (
            "A-1",
            "updated",
            {
                "name": ["Pear", "Apple"],
                "price": [None, "1.5"],
                "attributes": [{"a": None}, {}],
                "sku": ["B-2", "A-1"],
            },
        )
        assert ChangeSet.objects.latest("id").actor_id == actor.pk
        expect_true_totals()

    def test_a_creation_is_undone_by_deleting(self, apple: Product) -> None:
        undo(apple)
        assert stored(apple).is_deleted
        assert [kind for _, kind, _ in logged()] == ["created", "deleted"]
        expect_true_totals()

    def test_a_deletion_is_undone_by_bringing_the_product_back(self, apple: Product) -> None:
        undo(deletion(apple))
        assert values_of(stored(apple)) == values_of(apple)
        assert not stored(apple).is_deleted
        assert [kind for _, kind, _ in logged()] == ["created", "deleted", "restored"]
        expect_true_totals()

    def test_a_revival_is_undone_to_the_same_tombstone(self, apple: Product) -> None:
        gone = deletion(apple)
        revived = create_product(values={"sku": "a-1", "name": "New"}, actor=None)
        undo(revived)
        assert stored(apple).deleted_at == gone.deleted_at
        assert values_of(stored(apple)) == values_of(apple)
        assert logged()[-1][1] == "deleted"
        expect_true_totals()

    def test_an_undo_can_be_undone(self, apple: Product) -> None:
        changed = edit(apple, name="Pear")
        undo(undo(changed))
        assert stored(apple).name == "Pear"

    def test_every_kind_of_undo_can_be_undone(self, apple: Product) -> None:
        gone = undo(apple)
        back = undo(gone)
        assert not back.is_deleted
        again = undo(back)
        assert again.is_deleted
        assert again.deleted_at == gone.deleted_at
        expect_true_totals()

    def test_other_fields_may_have_changed_since(self, apple: Product) -> None:
        first = edit(apple, name="Pear")
        edit(apple, brand="B")
        undo(first)
        assert (stored(apple).name, stored(apple).brand) == ("Apple", "B")

    def test_a_field_that_changed_again_is_kept_and_named(self, apple: Product) -> None:
        first = edit(apple, name="Pear", brand="B")
        edit(apple, name="Plum")
        with pytest.raises(NotUndoableError, match=r"^Changed again since then: name\.$"):
            undo(first)
        assert (stored(apple).name, stored(apple).brand) == ("Plum", "B")

    def test_undoing_the_later_one_first_lets_the_earlier_one_follow(self, apple: Product) -> None:
        first = edit(apple, name="Pear")
        undo(edit(apple, name="Plum"))
        undo(first)
        assert stored(apple).name == "Apple"

    def test_a_creation_with_later_changes_stays(self, apple: Product) -> None:
        edit(apple, name="Pear")
        with pytest.raises(NotUndoableError, match="Delete it instead"):
            undo(apple)

    def test_a_change_of_a_product_that_was_deleted_since_stays(self, apple: Product) -> None:
        changed = edit(apple, name="Pear")
        deletion(apple)
        with pytest.raises(NotUndoableError, match="The product was deleted since then"):
            undo(changed)

    def test_a_deletion_of_a_product_that_came_back_stays(self, apple: Product) -> None:
        gone = deletion(apple)
        create_product(values={"sku": "A-1"}, actor=None)
        with pytest.raises(NotUndoableError, match="The product was brought back since then"):
            undo(gone)

    def test_an_earlier_deletion_of_a_product_that_is_deleted_again_stays(
        self, apple: Product
    ) -> None:
        gone = deletion(apple)
        create_product(values={"sku": "A-1", "name": "New"}, actor=None)
        later = deletion(apple)
        with pytest.raises(NotUndoableError, match="The product was deleted again since then"):
            undo(gone)
        assert stored(apple).deleted_at == later.deleted_at

    def test_the_old_sku_may_be_taken_by_now(self, apple: Product) -> None:
        renamed = edit(apple, sku="B-2")
        other = create_product(values={"sku": "a-1"}, actor=None)
        with pytest.raises(NotUndoableError, match=f"The SKU a-1 belongs .*number {other.pk}"):
            undo(renamed)

    @pytest.mark.django_db(transaction=True)
    def test_the_old_sku_may_be_taken_at_this_moment(self) -> None:
        apple = create_product(values={"sku": "A-1"}, actor=None)
        renamed = edit(apple, sku="B-2")
        with pytest.raises(NotUndoableError, match="took the old SKU at this moment"):
            race(lambda: create_product(values={"sku": "a-1"}, actor=None), lambda: undo(renamed))
        assert stored(apple).sku == "B-2"

    def test_what_an_import_did_to_one_product_can_be_undone(self, apple: Product) -> None:
        imported("sku,name,price\na-1,Pear,2\n")
        undo(stored(apple))
        assert values_of(stored(apple)) == values_of(apple)

    def test_what_never_was(self, apple: Product) -> None:
        with pytest.raises(ProductGoneError, match="no such change"):
            undo_change(product_id=apple.pk, changeset_id=apple.changed_in + 1, actor=None)
        with pytest.raises(ProductGoneError, match="no such change"):
            undo_change(product_id=apple.pk + 1, changeset_id=apple.changed_in, actor=None)

    def test_what_is_older_than_the_history_that_is_kept(
        self, apple: Product, settings: Settings
    ) -> None:
        settings.LEDGER_RETENTION = timedelta()
        with pytest.raises(NotUndoableError, match="older than the history"):
            undo(apple)
        assert not stored(apple).is_deleted


def a_set(action: BulkAction, *products: Product) -> int:
    """Change the products at once; return the id of the change set."""
    return edit_products(
        action=action, ids=tuple(product.pk for product in products), actor=None
    ).changeset_id


class TestAWholeSet:
    def test_every_product_goes_back(self) -> None:
        one, two = a_product("A"), a_product("B", active=False)
        changeset_id = a_set(BulkAction.DELETE, one, two)
        assert undone(changeset_id) == Undone(restored=2, kept=0, kept_skus=())
        assert set(Product.objects.live().values_list("sku", "active")) == {
            ("A", True),
            ("B", False),
        }
        expect_true_totals()

    def test_it_is_logged_as_a_set_of_its_own_with_its_actor(self) -> None:
        actor = a_user()
        changeset_id = a_set(BulkAction.DEACTIVATE, a_product("A"))
        with transaction.atomic():
            undo_changeset(changeset_id, job_id=None, actor_id=actor.pk)
        assert logged() == [
            ("A", "updated", {"active": [True, False]}),
            ("A", "updated", {"active": [False, True]}),
        ]
        newest = ChangeSet.objects.latest("id")
        assert (newest.actor_id, stored(Product.objects.get()).changed_in) == (actor.pk, newest.pk)

    def test_products_changed_since_are_kept_and_named(self) -> None:
        one, two = a_product("A"), a_product("B")
        changeset_id = a_set(BulkAction.DEACTIVATE, one, two)
        edit(two, name="by hand")
        update_product(product_id=one.pk, values={"active": True}, actor=None)
        assert undone(changeset_id) == Undone(restored=1, kept=1, kept_skus=("A",))
        assert stored(two).active
        expect_true_totals()

    def test_a_deleted_product_that_came_back_since_is_kept_and_named(self) -> None:
        one, two = a_product("A"), a_product("B")
        changeset_id = a_set(BulkAction.DELETE, one, two)
        create_product(values={"sku": "A", "name": "New"}, actor=None)
        assert undone(changeset_id) == Undone(restored=1, kept=1, kept_skus=("A",))
        assert stored(one).name == "New"
        expect_true_totals()

    def test_a_product_deleted_again_since_is_kept_and_named(self) -> None:
        one = a_product("A")
        changeset_id = a_set(BulkAction.DELETE, one)
        create_product(values={"sku": "A"}, actor=None)
        deletion(one)
        assert undone(changeset_id) == Undone(restored=0, kept=1, kept_skus=("A",))
        assert stored(one).is_deleted

    def test_a_product_deleted_since_is_kept(self) -> None:
        one = a_product("A")
        changeset_id = a_set(BulkAction.DEACTIVATE, one)
        deletion(one)
        assert undone(changeset_id) == Undone(restored=0, kept=1, kept_skus=("A",))
        assert stored(one).is_deleted

    def test_nothing_to_take_back_writes_no_set(self) -> None:
        changeset_id = a_set(BulkAction.DELETE, a_product("A"))
        undone(changeset_id)
        sets = ChangeSet.objects.count()
        assert undone(changeset_id) == Undone(restored=0, kept=1, kept_skus=("A",))
        assert ChangeSet.objects.count() == sets
        assert undone(changeset_id + 1000) == Undone(restored=0, kept=0, kept_skus=())

    def test_undoing_b_and_then_a(self) -> None:
        one = a_product("A")
        first = a_set(BulkAction.DEACTIVATE, one)
        second = a_set(BulkAction.DELETE, one)
        assert undone(first) == Undone(restored=0, kept=1, kept_skus=("A",))
        assert undone(second).restored == 1
        assert undone(first).restored == 1
        assert (stored(one).active, stored(one).is_deleted) == (True, False)

    @pytest.mark.parametrize("action", [BulkAction.DEACTIVATE, BulkAction.DELETE])
    def test_an_undo_can_be_undone_again_and_again(self, action: BulkAction) -> None:
        one = a_product("A")
        changeset_id = a_set(action, one)
        after = Product.objects.values("active", "deleted_at").get()
        for _ in range(2):
            assert undone(changeset_id).restored == 1
            changeset_id = stored(one).changed_in
            assert stored(one).active
            assert not stored(one).is_deleted
            assert undone(changeset_id).restored == 1
            changeset_id = stored(one).changed_in
            assert Product.objects.values("active", "deleted_at").get() == after
        expect_true_totals()

    def test_an_import_goes_back_in_every_field(self) -> None:
        one = create_product(
            values={
                "sku": "a-1",
                "name": "Apple",
                "price": None,
                "brand": "=O",
                "attributes": {"x": None, "y": [None, {"z": 1}["z"]]},
            },
            actor=None,
        )
        gone = deletion(create_product(values={"sku": "old", "name": "Old"}, actor=None))
        imported(
            "sku,name,price,brand,attributes,active\n"
            'A-1,Pear,2.50,P,"{""x"":1}",no\nold,New,,,,\nnew,New,,,,\n'
        )
        changeset_id = stored(one).changed_in
        assert undone(changeset_id) == Undone(restored=3, kept=0, kept_skus=())
        assert values_of(stored(one)) == values_of(one)
        assert stored(gone).deleted_at == gone.deleted_at
        assert stored(gone).name == "Old"
        assert set(Product.objects.live().values_list("sku", flat=True)) == {"a-1"}
        expect_true_totals()
        redo = stored(one).changed_in
        assert undone(redo).restored == 3
        assert set(Product.objects.live().values_list("sku", "name")) == {
            ("A-1", "Pear"),
            ("old", "New"),
            ("new", "New"),
        }
        assert stored(one).attributes == {"x": 1}
        expect_true_totals()

    def test_a_product_that_got_another_sku_is_kept_for_its_key_must_fit(self) -> None:
        one = a_product("A-1")
        renamed = edit(one, sku="B-2").changed_in
        assert undone(renamed) == Undone(restored=0, kept=1, kept_skus=("B-2",))
        assert (stored(one).sku, stored(one).sku_key) == ("B-2", "b-2")

    def test_another_spelling_of_a_sku_goes_back(self) -> None:
        one = a_product("A-1")
        assert undone(edit(one, sku="a-1").changed_in).restored == 1
        assert (stored(one).sku, stored(one).sku_key) == ("A-1", "a-1")

    def test_no_more_than_the_first_kept_products_are_named(self) -> None:
        products = [a_product(f"S{n:03}") for n in range(KEPT_NAMED + 5)]
        changeset_id = a_set(BulkAction.DEACTIVATE, *products)
        Product.objects.update(active=True)
        outcome = undone(changeset_id)
        assert (outcome.restored, outcome.kept) == (0, KEPT_NAMED + 5)
        assert outcome.kept_skus == tuple(f"S{n:03}" for n in range(KEPT_NAMED))

    @pytest.mark.django_db(transaction=True)
    def test_an_edit_that_commits_while_the_undo_waits_is_kept(self) -> None:
        one = a_product("A")
        changeset_id = a_set(BulkAction.DEACTIVATE, one)
        outcome = race(
            lambda: update_product(product_id=one.pk, values={"active": True}, actor=None),
            lambda: undone(changeset_id),
        )
        assert outcome == Undone(restored=0, kept=1, kept_skus=("A",))
        assert logged()[-1][2] == {"active": [False, True]}
        expect_true_totals()
