"""What each mode lets into the book, also while people work on it (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from pricebook.catalogue.merge import MergeCounts, count_skipped, find_differences
from pricebook.catalogue.models import Product
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.writes import create_product, delete_product, update_product
from tests.factories import a_product
from tests.integration.catalogue.expect import logged, race
from tests.integration.catalogue.staged import STAGED, merge, record, stage

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED = MergeCounts(1, 0, 0, active_delta=1)
UPDATED = MergeCounts(0, 1, 0)
UNCHANGED = MergeCounts(0, 0, 1)
SKIPPED = MergeCounts(0, 0, 0, skipped=1)

ROW = record(2, "A-1", "Pear")


def names() -> dict[str, str]:
    return dict(Product.objects.live().values_list("sku", "name"))


def equal() -> Product:
    return a_product("A-1", name="Pear")


def different() -> Product:
    return a_product("A-1", name="Apple")


def tombstone() -> Product:
    return a_product("A-1", name="Apple", deleted_at=timezone.now())


def rename(product: Product, sku: str) -> None:
    update_product(product_id=product.pk, values={"sku": sku}, actor=None)


def delete(product: Product) -> None:
    delete_product(product_id=product.pk, actor=None)


def create(sku: str, name: str) -> Product:
    return create_product(values={"sku": sku, "name": name}, actor=None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "arrange", "counts", "left"),
    [
        (Mode.UPSERT, None, CREATED, "Pear"),
        (Mode.UPSERT, equal, UNCHANGED, "Pear"),
        (Mode.UPSERT, different, UPDATED, "Pear"),
        (Mode.UPSERT, tombstone, CREATED, "Pear"),
        (Mode.CREATE, None, CREATED, "Pear"),
        (Mode.CREATE, equal, UNCHANGED, "Pear"),
        (Mode.CREATE, different, SKIPPED, "Apple"),
        (Mode.CREATE, tombstone, CREATED, "Pear"),
        (Mode.UPDATE, None, SKIPPED, None),
        (Mode.UPDATE, equal, UNCHANGED, "Pear"),
        (Mode.UPDATE, different, UPDATED, "Pear"),
        (Mode.UPDATE, tombstone, SKIPPED, None),
    ],
)
def test_what_becomes_of_a_row(
    mode: Mode, arrange: Callable[[], Product] | None, counts: MergeCounts, left: str | None
) -> None:
    if arrange is not None:
        arrange()
    assert merge(ROW, mode=mode) == counts
    assert names() == ({} if left is None else {"A-1": left})
    assert len(logged()) == counts.changed


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "different_rows", "skipped"), [("upsert", 3, 0), ("create", 2, 1), ("update", 1, 2)]
)
def test_what_differs_is_either_merged_or_skipped(
    mode: str, different_rows: int, skipped: int
) -> None:
    a_product("S1", name="same")
    a_product("S2", name="another")
    a_product("S3", name="gone", deleted_at=timezone.now())
    stage(*(record(n, f"S{n}", "same") for n in range(1, 5)))
    assert find_differences(STAGED, mode=Mode(mode)) == different_rows
    assert count_skipped(STAGED, mode=Mode(mode)) == skipped


@pytest.mark.django_db
def test_only_what_stands_behind_a_key_counts_as_skipped() -> None:
    stage(*(record(n, f"S{n}", "x") for n in range(1, 10)))
    assert count_skipped(STAGED, mode=Mode.UPDATE, after_key="s7") == 2


@pytest.mark.django_db
class TestEditsBetweenComparisonAndMerge:
    """Whoever works on the book then is heeded: each row is looked at again."""

    def test_a_product_that_somebody_creates_is_not_updated_by_create_only(self) -> None:
        counts = merge(ROW, mode=Mode.CREATE, meanwhile=lambda: create("a-1", "Plum"))
        assert (counts, names()) == (SKIPPED, {"a-1": "Plum"})

    def test_nor_is_the_rest_of_the_chunk_held_up(self) -> None:
        rows = (ROW, record(3, "B-1", "Fig"))
        counts = merge(*rows, mode=Mode.CREATE, meanwhile=lambda: create("a-1", "Plum"))
        assert counts == MergeCounts(1, 0, 0, active_delta=1, skipped=1)
        assert names() == {"a-1": "Plum", "B-1": "Fig"}

    def test_one_that_somebody_creates_just_so_is_unchanged(self) -> None:
        counts = merge(ROW, mode=Mode.CREATE, meanwhile=equal)
        assert counts == UNCHANGED

    def test_one_that_somebody_brings_back_is_not_updated_by_create_only(self) -> None:
        tombstone()
        counts = merge(ROW, mode=Mode.CREATE, meanwhile=lambda: create("A-1", "Plum"))
        assert (counts, names()) == (SKIPPED, {"A-1": "Plum"})

    def test_one_that_somebody_deletes_does_not_come_back_by_update_only(self) -> None:
        product = different()
        counts = merge(ROW, mode=Mode.UPDATE, meanwhile=lambda: delete(product))
        assert (counts, names()) == (SKIPPED, {})
        assert [kind for _, kind, _ in logged()] == ["deleted"]

    def test_it_does_by_upsert(self) -> None:
        product = different()
        counts = merge(ROW, meanwhile=lambda: delete(product))
        assert (counts, names()) == (CREATED, {"A-1": "Pear"})
        assert [kind for _, kind, _ in logged()] == ["deleted", "restored"]

    @pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.UPDATE])
    def test_one_that_somebody_edits_just_so_is_unchanged(self, mode: Mode) -> None:
        different()
        counts = merge(ROW, mode=mode, meanwhile=lambda: Product.objects.update(name="Pear"))
        assert counts == UNCHANGED

    def test_one_that_got_another_sku_is_left_alone_and_the_row_a_new_product(self) -> None:
        product = different()
        counts = merge(ROW, meanwhile=lambda: rename(product, "B-9"))
        assert (counts, names()) == (CREATED, {"A-1": "Pear", "B-9": "Apple"})
        assert Product.objects.get(sku="B-9").sku_key == "b-9"

    def test_it_is_skipped_by_update_only(self) -> None:
        product = different()
        counts = merge(ROW, mode=Mode.UPDATE, meanwhile=lambda: rename(product, "B-9"))
        assert (counts, names()) == (SKIPPED, {"B-9": "Apple"})

    @pytest.mark.parametrize("mode", [Mode.UPSERT, Mode.UPDATE])
    def test_a_sku_that_went_to_another_product_updates_that_one(self, mode: Mode) -> None:
        product = different()

        def swap() -> None:
            rename(product, "B-9")
            create("A-1", "Plum")

        assert merge(ROW, mode=mode, meanwhile=swap) == UPDATED
        assert names() == {"A-1": "Pear", "B-9": "Apple"}
        assert logged()[-1] == ("A-1", "updated", {"name": ["Plum", "Pear"]})

    def test_two_rows_may_stand_for_what_was_renamed_and_for_its_new_sku(self) -> None:
        product = different()
        rows = (ROW, record(3, "B-9", "Fig"))
        counts = merge(*rows, meanwhile=lambda: rename(product, "B-9"))
        assert counts == MergeCounts(1, 1, 0, active_delta=1)
        assert names() == {"A-1": "Pear", "B-9": "Fig"}


@pytest.mark.django_db(transaction=True)
class TestEditsThatCommitWhileTheMergeWaits:
    def test_a_creation_is_waited_for_and_not_updated_by_create_only(self) -> None:
        counts = race(lambda: create("a-1", "Plum"), lambda: merge(ROW, mode=Mode.CREATE))
        assert (counts, names()) == (SKIPPED, {"a-1": "Plum"})

    def test_a_deletion_is_waited_for_and_not_taken_back_by_update_only(self) -> None:
        product = different()
        counts = race(lambda: delete(product), lambda: merge(ROW, mode=Mode.UPDATE))
        assert (counts, names()) == (SKIPPED, {})

    def test_a_new_sku_is_waited_for_and_kept(self) -> None:
        product = different()
        counts = race(lambda: rename(product, "B-9"), lambda: merge(ROW))
        assert (counts, names()) == (CREATED, {"A-1": "Pear", "B-9": "Apple"})
