"""Files that empty fields: what they write, what is shown before, what the guards count (A15)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pricebook.catalogue.edits import blank_values, values_of
from pricebook.catalogue.fields import NAMES
from pricebook.catalogue.history import FieldChange
from pricebook.catalogue.merge import MergeCounts, find_differences
from pricebook.catalogue.models import Product
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.preview import (
    Effect,
    Moves,
    SampleRow,
    measure_effect,
    measure_moves,
    sample_changed,
    sample_new,
)
from pricebook.catalogue.undo import Undone, undo_changeset
from pricebook.changes.ledger import open_changeset
from pricebook.core.db import execute
from pricebook.feed.records import CLEARED_PRICE, ProductRecord
from tests.factories import a_product
from tests.integration.catalogue.expect import logged
from tests.integration.catalogue.staged import STAGED, merge, stage

if TYPE_CHECKING:
    from pricebook.catalogue.edits import Value

pytestmark = pytest.mark.django_db

FULL: dict[str, Value] = {
    "sku": "A-1",
    "name": "Apple",
    "description": "Red",
    "price": Decimal("1.5000"),
    "currency": "EUR",
    "active": True,
    "brand": "Orchard",
    "gtin": "04006381333931",
    "category": "Fruit",
    "image_url": "https://a.example/a.png",
    "url": "https://a.example/",
    "unit_size": "1 kg",
    "attributes": {"colour": "red", "organic": None},
}
# As the ledger writes what was there.
LOGGED = {**FULL, "price": "1.5"}
CAN_BE_CLEARED = [name for name in NAMES if name not in ("sku", "active")]
CLEARED = {**dict.fromkeys(CAN_BE_CLEARED, ""), "price": CLEARED_PRICE, "attributes": "{}"}
BLANK: dict[str, Value] = {"price": None, "attributes": {}}


def full_product(sku: str = "A-1", **others: object) -> Product:
    return a_product(**{**FULL, "sku": sku, **others})  # type: ignore[arg-type]


def cleared(
    *names: str, line: int = 2, sku: str = "A-1", name: str | None = None, price: str | None = None
) -> ProductRecord:
    """Return a row that empties these fields and says little else."""
    said = ProductRecord(line, sku, name=name, price=price)
    return said._replace(**{each: CLEARED[each] for each in names})  # type: ignore[arg-type]


def stored() -> dict[str, Value]:
    return values_of(Product.objects.live().get())


@pytest.mark.parametrize("name", CAN_BE_CLEARED)
class TestOneField:
    def test_it_alone_is_emptied_and_logged(self, name: str) -> None:
        full_product()
        assert merge(cleared(name)) == MergeCounts(0, 1, 0)
        blank = BLANK.get(name, "")
        assert stored() == {**FULL, name: blank}
        assert logged() == [("A-1", "updated", {name: [LOGGED[name], blank]})]

    def test_one_that_is_empty_already_is_unchanged(self, name: str) -> None:
        a_product(**{**FULL, name: BLANK.get(name, "")})  # type: ignore[arg-type]
        assert merge(cleared(name)) == MergeCounts(0, 0, 1)
        assert logged() == []

    def test_undoing_the_file_brings_it_back(self, name: str) -> None:
        full_product()
        with transaction.atomic():
            number = merge(cleared(name)).changeset_id
            open_changeset(number, job_id=None, actor_id=None)
        assert undo_changeset(number, job_id=None, actor_id=None) == Undone(1, 0, ())
        assert stored() == FULL


def test_a_new_product_is_made_of_blanks() -> None:
    assert merge(cleared(*CAN_BE_CLEARED)) == MergeCounts(1, 0, 0, active_delta=1)
    assert stored() == {**blank_values(), "sku": "A-1"}


def test_a_deleted_product_comes_back_emptied() -> None:
    full_product(deleted_at=timezone.now())
    assert merge(cleared("price", "name")) == MergeCounts(1, 0, 0, active_delta=1)
    assert stored() == {**FULL, "price": None, "name": ""}
    ((_, kind, fields),) = logged()
    assert fields is not None
    assert (kind, fields["price"], fields["name"]) == ("restored", ["1.5", None], ["Apple", ""])


def test_one_that_somebody_creates_meanwhile_is_emptied() -> None:
    assert merge(cleared("price"), meanwhile=full_product) == MergeCounts(0, 1, 0)
    assert stored() == {**FULL, "price": None}


def test_what_marks_a_cleared_price_cannot_get_into_the_book() -> None:
    full_product()
    with pytest.raises(IntegrityError, match="product_price_is_number"):
        execute("UPDATE catalogue_product SET price = %s", [CLEARED_PRICE])


class TestPreview:
    def test_a_price_that_goes_is_shown_first_and_as_none(self) -> None:
        full_product()
        full_product(sku="A-2")
        stage(
            ProductRecord(2, "A-2", price="150"),
            cleared("price", "attributes", "brand", line=3),
        )
        find_differences(STAGED)
        gone, dearer = sample_changed(STAGED, 9)
        assert gone == SampleRow(
            line=3,
            sku="A-1",
            product_id=Product.objects.get(sku="A-1").pk,
            fields=(
                FieldChange("price", "1.5", None),
                FieldChange("brand", "Orchard", ""),
                FieldChange("attributes", {"colour": "red", "organic": None}, {}),
            ),
        )
        assert dearer.fields == (FieldChange("price", "1.5", "150"),)

    def test_a_new_product_without_a_price_says_nothing_of_it(self) -> None:
        stage(cleared("price", name="Apple"))
        find_differences(STAGED)
        assert sample_new(STAGED, 9) == [
            SampleRow(2, "A-1", None, (FieldChange("name", None, "Apple"),))
        ]

    def test_what_is_emptied_is_odd_only_where_it_is(self) -> None:
        full_product()
        stage(cleared(*CAN_BE_CLEARED), cleared("price", "gtin", "currency", line=3, sku="N-1"))
        find_differences(STAGED)
        assert measure_effect(STAGED, far=0.5) == Effect(
            new=1,
            changed=1,
            deactivated=0,
            moved_far=1,
            hundredfold=0,
            without_currency=0,
            invalid_gtins=0,
            numeric_names=0,
        )

    @pytest.mark.parametrize(
        ("row", "rows"),
        [
            (cleared("currency"), 1),
            (cleared("currency", price="2"), 1),
            (cleared("currency", "price"), 0),
            (cleared("price"), 0),
            (cleared("name"), 0),
        ],
    )
    def test_a_price_without_a_currency_is_odd_when_the_file_leaves_it_so(
        self, row: ProductRecord, rows: int
    ) -> None:
        full_product()
        stage(row)
        find_differences(STAGED)
        assert measure_effect(STAGED, far=0.5).without_currency == rows

    def test_a_currency_that_the_book_lacks_is_no_matter_of_a_file_that_is_silent(self) -> None:
        full_product(currency="")
        stage(cleared("name"))
        find_differences(STAGED)
        assert measure_effect(STAGED, far=0.5).without_currency == 0

    def test_only_what_the_mode_lets_through_is_measured(self) -> None:
        full_product()
        stage(cleared("price"), cleared("price", line=3, sku="N-1"))
        find_differences(STAGED, mode=Mode.CREATE)
        effect = measure_effect(STAGED, far=0.5)
        assert (effect.new, effect.changed, effect.moved_far) == (1, 0, 0)


class TestGuards:
    def test_a_price_that_goes_moves_far(self) -> None:
        full_product()
        full_product(sku="A-2", price=Decimal(0))
        full_product(sku="A-3", price=None)
        full_product(sku="A-4")
        stage(
            *(cleared("price", "name", line=n, sku=f"A-{n}") for n in range(2, 4)),
            cleared("price", line=4),
            ProductRecord(5, "A-4", price="1.60"),
        )
        find_differences(STAGED)
        assert measure_moves(STAGED, far=0.5) == Moves(
            changed=4, repriced=2, moved_far=1, deactivated=0
        )
