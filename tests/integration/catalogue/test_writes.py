"""Writing single products: the values, the ledger, the totals, and two people at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from pricebook.catalogue.edits import InvalidProductError, Value, values_of
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import (
    ProductChangedError,
    ProductGoneError,
    create_product,
    delete_product,
    update_product,
    upsert_product,
)
from pricebook.changes.models import Change, ChangeSet
from tests.factories import a_product, a_user
from tests.integration.catalogue.expect import expect_true_totals, logged, race

pytestmark = pytest.mark.django_db

ATTRIBUTES: dict[str, object] = {"colour": "red", "seeds": None, "sizes": [1, 2.5]}
WHOLE: dict[str, Value] = {
    "sku": "A-1",
    "name": "Apple",
    "description": "Red",
    "price": Decimal("1.5"),
    "currency": "EUR",
    "active": False,
    "brand": "Orchard",
    "gtin": "4006381333931",
    "category": "Fruit > Apples",
    "image_url": "https://example.com/a.jpg",
    "url": "https://example.com/a",
    "unit_size": "1 kg",
    "attributes": ATTRIBUTES,
}


def problems(error: InvalidProductError) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.problems]


class TestCreate:
    def test_every_field_is_written(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        assert values_of(Product.objects.get()) == WHOLE
        assert product.sku_key == "a-1"

    def test_what_is_not_given_is_blank_and_active(self) -> None:
        create_product(values={"sku": "A-1"}, actor=None)
        assert values_of(Product.objects.get()) == {
            **dict.fromkeys(WHOLE, ""),
            "sku": "A-1",
            "price": None,
            "active": True,
            "attributes": {},
        }

    def test_the_ledger_names_the_actor_and_needs_no_fields(self) -> None:
        actor = a_user()
        product = create_product(values={"sku": "A-1"}, actor=actor)
        changeset = ChangeSet.objects.get()
        assert (changeset.actor_id, changeset.job_id) == (actor.pk, None)
        assert product.created_in == product.changed_in == changeset.pk
        assert logged() == [("A-1", "created", None)]
        expect_true_totals()

    def test_texts_are_kept_by_the_rules_of_files(self) -> None:
        create_product(
            values={
                "sku": " A-1 ",
                "name": "=1+1",
                "currency": "eur",
                "gtin": "0 4006381 333931",
            },
            actor=None,
        )
        product = Product.objects.get()
        assert (product.sku, product.name) == ("A-1", "=1+1")
        assert (product.currency, product.gtin) == ("EUR", "4006381333931")

    def test_text_that_looks_escaped_stays_as_it_is(self) -> None:
        create_product(values={"sku": "'=A", "name": "''-5", "brand": "'tis"}, actor=None)
        product = Product.objects.get()
        assert (product.sku, product.name, product.brand) == ("'=A", "''-5", "'tis")

    def test_every_problem_is_told_field_by_field(self) -> None:
        with pytest.raises(InvalidProductError) as caught:
            create_product(
                values={
                    "sku": "x" * 101,
                    "price": "-5",
                    "currency": "EURO",
                    "url": "javascript:alert(1)",
                },
                actor=None,
            )
        assert problems(caught.value) == [
            ("sku", "sku_too_long"),
            ("price", "price_negative"),
            ("currency", "currency_invalid"),
            ("url", "url_invalid"),
        ]
        assert not Product.objects.exists()
        assert not ChangeSet.objects.exists()

    @pytest.mark.parametrize("values", [{}, {"sku": ""}, {"sku": "  ", "name": "Apple"}])
    def test_a_product_needs_a_sku(self, values: dict[str, str]) -> None:
        with pytest.raises(InvalidProductError) as caught:
            create_product(values=values, actor=None)
        assert problems(caught.value) == [("sku", "sku_missing")]

    def test_a_sku_is_taken_whatever_its_case(self) -> None:
        taken = create_product(values={"sku": "Straße"}, actor=None)
        with pytest.raises(InvalidProductError) as caught:
            create_product(values={"sku": "STRASSE"}, actor=None)
        assert problems(caught.value) == [("sku", "sku_taken")]
        assert f"The SKU Straße is taken by another product (number {taken.pk})." in str(
            caught.value
        )

    def test_a_deleted_product_comes_back_under_its_id_with_the_new_values_alone(self) -> None:
        first = create_product(values={"sku": "a-1", "name": "Apple", "brand": "O"}, actor=None)
        deleted_at = delete_product(product_id=first.pk, actor=None).deleted_at
        assert deleted_at is not None
        again = create_product(values={"sku": "A-1", "name": "Pear"}, actor=None)
        assert again.pk == first.pk
        product = Product.objects.live().get()
        assert (product.sku, product.name, product.brand) == ("A-1", "Pear", "")
        assert logged()[-1] == (
            "A-1",
            "restored",
            {
                "sku": ["a-1", "A-1"],
                "name": ["Apple", "Pear"],
                "brand": ["O", ""],
                "deleted_at": [deleted_at.isoformat(), None],
            },
        )
        expect_true_totals()


class TestUpdate:
    def test_only_what_is_given_and_differs_is_written_and_logged(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        actor = a_user()
        update_product(
            product_id=product.pk,
            values={"name": "Apple", "price": Decimal("2.00"), "brand": "", "gtin": "x"},
            actor=actor,
        )
        assert values_of(Product.objects.get()) == {
            **WHOLE,
            "price": Decimal(2),
            "brand": "",
            "gtin": "x",
        }
        assert logged()[-1] == (
            "A-1",
            "updated",
            {"price": ["1.5", "2"], "brand": ["Orchard", ""], "gtin": ["4006381333931", "x"]},
        )
        assert ChangeSet.objects.latest("id").actor_id == actor.pk
        expect_true_totals()

    def test_nothing_that_changes_leaves_no_trace(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        before = Product.objects.values().get()
        same = update_product(
            product_id=product.pk,
            values={**WHOLE, "price": "1.50", "attributes": {**ATTRIBUTES}},
            actor=None,
        )
        assert same.changed_in == product.changed_in
        assert Product.objects.values().get() == before
        assert ChangeSet.objects.count() == Change.objects.count() == 1

    def test_true_is_not_the_same_attribute_as_one(self) -> None:
        product = create_product(values={"sku": "A", "attributes": {"n": 1}}, actor=None)
        update_product(product_id=product.pk, values={"attributes": {"n": True}}, actor=None)
        assert Product.objects.get().attributes["n"] is True
        assert logged()[-1][2] == {"attributes": [{"n": 1}, {"n": True}]}

    def test_blanks_empty_a_field(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        update_product(
            product_id=product.pk,
            values={"name": "", "price": None, "attributes": {}},
            actor=None,
        )
        stored = Product.objects.get()
        assert (stored.name, stored.price, stored.attributes) == ("", None, {})
        assert logged()[-1][2] == {
            "name": ["Apple", ""],
            "price": ["1.5", None],
            "attributes": [ATTRIBUTES, {}],
        }

    def test_the_sku_of_a_product_can_change_with_its_key(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)
        update_product(product_id=product.pk, values={"sku": "Ｂ-2"}, actor=None)
        stored = Product.objects.get()
        assert (stored.sku, stored.sku_key) == ("Ｂ-2", "b-2")
        create_product(values={"sku": "A-1"}, actor=None)

    @pytest.mark.parametrize("is_deleted", [False, True])
    def test_a_sku_is_taken_by_the_living_and_by_tombstones(self, *, is_deleted: bool) -> None:
        other = create_product(values={"sku": "B-2"}, actor=None)
        if is_deleted:
            delete_product(product_id=other.pk, actor=None)
        product = create_product(values={"sku": "A-1"}, actor=None)
        whose = "a deleted product" if is_deleted else "another product"
        with pytest.raises(InvalidProductError, match=f"taken by {whose} .number {other.pk}"):
            update_product(product_id=product.pk, values={"sku": "b-2"}, actor=None)
        assert Product.objects.get(pk=product.pk).sku == "A-1"

    def test_a_problem_writes_nothing(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        with pytest.raises(InvalidProductError) as caught:
            update_product(product_id=product.pk, values={"name": "x", "price": "1e"}, actor=None)
        assert problems(caught.value) == [("price", "price_invalid")]
        assert values_of(Product.objects.get()) == WHOLE

    def test_a_blank_sku_is_refused(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        with pytest.raises(InvalidProductError) as caught:
            update_product(product_id=product.pk, values={"sku": " "}, actor=None)
        assert problems(caught.value) == [("sku", "sku_missing")]

    def test_who_has_seen_an_older_state_writes_nothing(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)
        seen = product.changed_in
        update_product(product_id=product.pk, values={"name": "x"}, actor=None, expected=seen)
        with pytest.raises(ProductChangedError, match="Somebody has changed this product"):
            update_product(product_id=product.pk, values={"name": "y"}, actor=None, expected=seen)
        assert Product.objects.get().name == "x"

    def test_a_product_that_is_gone_or_never_was(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)
        delete_product(product_id=product.pk, actor=None)
        for product_id in (product.pk, product.pk + 1):
            with pytest.raises(ProductGoneError, match="does not exist, or it was deleted"):
                update_product(product_id=product_id, values={"name": "x"}, actor=None)


class TestDelete:
    def test_a_tombstone_keeps_id_and_values(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        actor = a_user()
        gone = delete_product(product_id=product.pk, actor=actor)
        assert gone.deleted_at is not None
        assert not Product.objects.live().exists()
        assert values_of(Product.objects.get(pk=product.pk)) == WHOLE
        assert logged()[-1] == (
            "A-1",
            "deleted",
            {"deleted_at": [None, gone.deleted_at.isoformat()]},
        )
        assert ChangeSet.objects.latest("id").actor_id == actor.pk
        expect_true_totals()

    def test_a_product_is_deleted_once(self) -> None:
        product = create_product(values=WHOLE, actor=None)
        delete_product(product_id=product.pk, actor=None)
        with pytest.raises(ProductGoneError):
            delete_product(product_id=product.pk, actor=None)
        assert [kind for _, kind, _ in logged()] == ["created", "deleted"]

    def test_who_has_seen_an_older_state_deletes_nothing(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)
        update_product(product_id=product.pk, values={"name": "x"}, actor=None)
        with pytest.raises(ProductChangedError):
            delete_product(product_id=product.pk, actor=None, expected=product.changed_in)
        assert Product.objects.live().exists()


class TestUpsert:
    def test_it_creates_then_updates_then_revives(self) -> None:
        product, is_new = upsert_product(values={"sku": "A-1", "name": "x"}, actor=None)
        assert is_new
        _, is_new = upsert_product(values={"sku": "a-1", "brand": "y"}, actor=None)
        assert not is_new
        stored = Product.objects.get()
        assert (stored.sku, stored.name, stored.brand) == ("a-1", "x", "y")
        delete_product(product_id=product.pk, actor=None)
        again, is_new = upsert_product(values={"sku": "A-1"}, actor=None)
        assert is_new
        assert (again.pk, again.name) == (product.pk, "")
        assert [kind for _, kind, _ in logged()] == ["created", "updated", "deleted", "restored"]

    @pytest.mark.parametrize("sku", ["", "a\0b", "a\ud800", "x" * 101])
    def test_what_is_no_sku_is_refused_with_a_sentence(self, sku: str) -> None:
        with pytest.raises(InvalidProductError) as caught:
            upsert_product(values={"sku": sku, "name": "x"}, actor=None)
        assert {field for field, _ in problems(caught.value)} == {"sku"}


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_the_second_to_create_a_sku_is_told_so(self) -> None:
        with pytest.raises(InvalidProductError, match="The SKU A-1 is taken by another product"):
            race(
                lambda: create_product(values={"sku": "A-1", "name": "first"}, actor=None),
                lambda: create_product(values={"sku": "a-1", "name": "second"}, actor=None),
            )
        assert Product.objects.get().name == "first"
        assert logged() == [("A-1", "created", None)]
        expect_true_totals()

    def test_the_second_to_upsert_a_new_sku_updates_it(self) -> None:
        product, is_new = race(
            lambda: upsert_product(values={"sku": "A-1", "name": "first"}, actor=None),
            lambda: upsert_product(values={"sku": "A-1", "brand": "second"}, actor=None),
        )
        assert not is_new
        assert (product.name, product.brand) == ("first", "second")
        expect_true_totals()

    def test_an_upsert_while_the_product_is_deleted_brings_it_back(self) -> None:
        known = create_product(values={"sku": "A-1", "name": "first"}, actor=None)
        product, is_new = race(
            lambda: delete_product(product_id=known.pk, actor=None),
            lambda: upsert_product(values={"sku": "A-1", "brand": "second"}, actor=None),
        )
        assert is_new
        assert (product.pk, product.name, product.brand) == (known.pk, "", "second")
        expect_true_totals()

    def test_two_edits_of_different_fields_are_both_kept_with_true_before_images(self) -> None:
        product = create_product(values={"sku": "A-1", "name": "a", "brand": "a"}, actor=None)
        race(
            lambda: update_product(product_id=product.pk, values={"name": "b"}, actor=None),
            lambda: update_product(
                product_id=product.pk, values={"name": "c", "brand": "c"}, actor=None
            ),
        )
        stored = Product.objects.get()
        assert (stored.name, stored.brand) == ("c", "c")
        assert [fields for _, _, fields in logged()[1:]] == [
            {"name": ["a", "b"]},
            {"name": ["b", "c"], "brand": ["a", "c"]},
        ]

    def test_of_two_edits_of_the_same_state_the_second_is_refused(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)

        def edit(name: str) -> Product:
            return update_product(
                product_id=product.pk,
                values={"name": name},
                actor=None,
                expected=product.changed_in,
            )

        with pytest.raises(ProductChangedError):
            race(lambda: edit("first"), lambda: edit("second"))
        assert Product.objects.get().name == "first"

    def test_two_who_rename_to_the_same_sku(self) -> None:
        one, two = (create_product(values={"sku": sku}, actor=None) for sku in ("A", "B"))
        with pytest.raises(InvalidProductError, match="The SKU C is taken"):
            race(
                lambda: update_product(product_id=one.pk, values={"sku": "C"}, actor=None),
                lambda: update_product(product_id=two.pk, values={"sku": "c"}, actor=None),
            )
        assert set(Product.objects.values_list("sku", flat=True)) == {"B", "C"}

    def test_who_waits_for_a_deletion_finds_nothing(self) -> None:
        product = create_product(values={"sku": "A-1"}, actor=None)
        with pytest.raises(ProductGoneError):
            race(
                lambda: delete_product(product_id=product.pk, actor=None),
                lambda: update_product(product_id=product.pk, values={"name": "x"}, actor=None),
            )


def test_a_write_that_is_rolled_back_leaves_no_trace() -> None:
    a_product("A-1")

    class StopError(Exception):
        pass

    def write_then_stop() -> None:
        with transaction.atomic():
            create_product(values={"sku": "B-2"}, actor=None)
            raise StopError

    with pytest.raises(StopError):
        write_then_stop()
    assert logged() == []
    expect_true_totals()
