"""Sources: what their last file held, and what the next one does not have any more (A15)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from django.utils import timezone

from pricebook.catalogue.history import FieldChange
from pricebook.catalogue.models import Product, Source, SourceProduct
from pricebook.catalogue.preview import SampleRow
from pricebook.catalogue.sources import (
    Deactivated,
    Missing,
    SourceNameRefused,
    SourceNameTaken,
    count_missing,
    deactivate_missing,
    find_source,
    forget_source,
    remember_members,
    rename_source,
    sample_missing,
)
from pricebook.catalogue.undo import Undone, undo_changeset
from pricebook.catalogue.writes import delete_product, update_product
from pricebook.changes.ledger import Growth, open_changeset
from pricebook.core.db import fetch_rows
from pricebook.imports import staging
from tests.factories import a_product
from tests.integration.catalogue.at_work import active
from tests.integration.catalogue.expect import expect_true_totals, logged, race
from tests.integration.catalogue.staged import STAGED, TABLE, record, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

OFF = {"active": [True, False]}


@pytest.fixture
def acme() -> int:
    return find_source("Acme").pk


@pytest.fixture
def other() -> int:
    return find_source("Other").pk


def stage_file(*skus: str, rejected: tuple[str, ...] = ()) -> None:
    rows = (record(line, sku) for line, sku in enumerate(skus, start=2))
    stage(*rows, rejected=[sku.lower() for sku in rejected])


def file_of(source: int, *skus: str, rejected: tuple[str, ...] = ()) -> None:
    """Take in the source's file; its products are in the book already."""
    stage_file(*skus, rejected=rejected)
    remember_members(STAGED, source, rows=len(skus) + len(rejected))


def members(source: int) -> set[str]:
    ids = SourceProduct.objects.filter(source_id=source).values("product_id")
    return set(Product.objects.filter(pk__in=ids).values_list("sku", flat=True))


def products(*skus: str) -> None:
    for sku in skus:
        a_product(sku)


def switch_off(source: int, *, after: int = 0, limit: int = 100) -> Deactivated:
    with transaction.atomic():
        done = deactivate_missing(STAGED, source, after_id=after, limit=limit)
        if done.count:
            open_changeset(done.changeset_id, job_id=None, actor_id=None, growth=done.growth)
    return done


def pk_of(sku: str) -> int:
    return Product.objects.get(sku=sku).pk


@pytest.mark.django_db
class TestNames:
    def test_case_width_and_blanks_around_make_no_difference(self) -> None:
        first = find_source(" Straße ")
        assert find_source("STRASSE") == find_source("ｓｔｒａße") == first
        assert (first.name, first.key) == ("Straße", "strasse")
        assert (first.last_rows, first.last_import_at) == (None, None)

    def test_other_names_are_other_sources(self) -> None:
        assert find_source("Acme") != find_source("Acme 2")

    def test_a_name_that_grows_when_it_is_normalized_fits(self) -> None:
        assert len(find_source("\ufdfa" * 100).key) == 1800

    @pytest.mark.parametrize("name", ["", " ", "\u3000", "x" * 101, "a\0b", "\ud800"])
    def test_what_is_no_name_is_refused(self, name: str) -> None:
        with pytest.raises(SourceNameRefused, match="has 1 to 100 characters"):
            find_source(name)


@pytest.mark.django_db(transaction=True)
def test_two_who_name_a_new_source_at_once_get_the_same() -> None:
    found = race(lambda: find_source("Acme"), lambda: find_source("ACME"))
    assert found == Source.objects.get()


@pytest.mark.django_db
class TestMembers:
    def test_they_are_the_products_whose_skus_stand_in_the_file(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "a", "B", "unknown")
        assert members(acme) == {"A", "B"}

    def test_the_next_file_makes_them_what_it_holds(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B")
        file_of(acme, "B", "C")
        assert members(acme) == {"B", "C"}

    def test_those_that_stay_are_not_written_again(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B")
        before = rows_as_stored()
        file_of(acme, "B", "C")
        assert rows_as_stored() & before == {row for row in before if row[1] == pk_of("B")}

    def test_each_source_has_its_own(self, acme: int, other: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B")
        file_of(other, "B", "C")
        file_of(acme)
        assert (members(acme), members(other)) == (set(), {"B", "C"})

    def test_a_rejected_row_stands_in_the_file(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A")
        file_of(acme, "B", rejected=("A", "A", "B", "unknown"))
        assert members(acme) == {"A", "B"}

    def test_a_deleted_product_is_kept_for_somebody_may_bring_it_back(self, acme: int) -> None:
        products("A")
        delete_product(product_id=pk_of("A"), actor=None)
        file_of(acme, "A")
        assert members(acme) == {"A"}

    def test_the_source_knows_its_last_file(self, acme: int, other: int) -> None:
        products("A")
        before = timezone.now()
        file_of(acme, "A", "unknown", rejected=("B",))
        source = Source.objects.get(pk=acme)
        assert source.last_rows == 3
        assert source.last_import_at is not None
        assert before <= source.last_import_at <= timezone.now()
        assert Source.objects.get(pk=other).last_rows is None


def rows_as_stored() -> set[tuple[int, int, str]]:
    """Return (source, product, the transaction that wrote the row and where) of every member."""
    return set(fetch_rows("SELECT source_id, product_id, ctid::text FROM catalogue_sourceproduct"))


@pytest.mark.django_db
class TestMissing:
    def test_before_its_first_file_nothing_of_a_source_is_missing(self, acme: int) -> None:
        products("A", "B")
        stage_file("A")
        assert count_missing(STAGED, acme) == Missing(0, 0)
        assert switch_off(acme) == Deactivated(0, 0)

    def test_what_the_last_file_held_and_this_one_does_not(self, acme: int) -> None:
        products("A", "B", "C", "D")
        file_of(acme, "A", "B", "C")
        stage_file("b", "D")
        assert count_missing(STAGED, acme) == Missing(products=2, members=3)
        assert switch_off(acme) == Deactivated(2, pk_of("C"))
        assert active() == {"B", "D"}
        assert logged() == [("A", "updated", OFF), ("C", "updated", OFF)]
        expect_true_totals()

    def test_a_product_knows_the_change_set_that_switched_it_off(self, acme: int) -> None:
        long_ago = timezone.now() - timedelta(days=9)
        for sku in ("A", "B"):
            a_product(sku, updated_at=long_ago)
        file_of(acme, "A", "B")
        stage_file("B")
        done = switch_off(acme)
        off, on = Product.objects.order_by("sku")
        assert (off.changed_in, off.updated_at > long_ago) == (done.changeset_id, True)
        assert (on.changed_in, on.updated_at) == (0, long_ago)

    def test_what_another_sources_last_file_holds_is_not(self, acme: int, other: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B", "C")
        file_of(other, "A", "B")
        file_of(other, "B")
        stage_file("C")
        assert count_missing(STAGED, acme) == Missing(products=1, members=3)
        switch_off(acme)
        assert active() == {"B", "C"}

    def test_what_both_dropped_goes_with_the_second(self, acme: int, other: int) -> None:
        products("A", "B")
        file_of(acme, "A", "B")
        file_of(other, "A", "B")
        stage_file("B")
        assert switch_off(acme).count == 0
        remember_members(STAGED, acme, rows=1)
        assert switch_off(other).count == 1
        assert active() == {"B"}

    def test_a_product_whose_row_was_rejected_is_not(self, acme: int) -> None:
        products("A", "B")
        file_of(acme, "A", "B")
        stage_file("B", rejected=("A",))
        assert count_missing(STAGED, acme) == Missing(products=0, members=2)
        assert switch_off(acme) == Deactivated(0, 0)

    def test_inactive_and_deleted_ones_are_left_alone(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B", "C")
        update_product(product_id=pk_of("A"), values={"active": False}, actor=None)
        delete_product(product_id=pk_of("B"), actor=None)
        stage_file("X")
        assert count_missing(STAGED, acme) == Missing(products=1, members=1)
        assert switch_off(acme) == Deactivated(1, pk_of("C"))

    def test_step_by_step_each_is_switched_off_once(self, acme: int) -> None:
        products("A", "B", "C", "D", "E")
        file_of(acme, "A", "B", "C", "D", "E")
        stage_file("B")
        first = switch_off(acme, limit=2)
        assert first == Deactivated(2, pk_of("C"))
        assert count_missing(STAGED, acme) == Missing(products=2, members=3)
        second = switch_off(acme, after=first.last_id, limit=2)
        assert second == Deactivated(2, pk_of("E"))
        third = switch_off(acme, after=second.last_id, limit=2)
        assert third == Deactivated(0, pk_of("E"))
        assert active() == {"B"}
        expect_true_totals()

    def test_one_that_somebody_switched_on_again_behind_the_step_stays_on(self, acme: int) -> None:
        products("A", "B")
        file_of(acme, "A", "B")
        stage_file("X")
        first = switch_off(acme, limit=1)
        update_product(product_id=pk_of("A"), values={"active": True}, actor=None)
        switch_off(acme, after=first.last_id)
        assert active() == {"A"}

    def test_samples_say_which_in_the_order_of_their_skus(self, acme: int) -> None:
        products("C", "b", "A", "D")
        file_of(acme, "A", "B", "C", "D")
        stage_file("D")
        off = (FieldChange("active", before=True, after=False),)
        assert sample_missing(STAGED, acme, 2) == [
            SampleRow(0, "A", pk_of("A"), off),
            SampleRow(0, "b", pk_of("b"), off),
        ]
        assert active() == {"A", "b", "C", "D"}

    def test_undo_switches_them_on_again_but_what_was_changed_since(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B", "C")
        stage_file("C")
        done = switch_off(acme)
        delete_product(product_id=pk_of("B"), actor=None)
        assert undo_changeset(done.changeset_id, job_id=None, actor_id=None) == Undone(1, 1, ("B",))
        assert active() == {"A", "C"}
        assert ("A", "updated", {"active": [False, True]}) in logged()
        expect_true_totals()

    def test_a_step_says_by_how_much_the_book_grew(self) -> None:
        assert Deactivated(3, 9).growth == Growth(products=0, active=-3)


@pytest.fixture
def tidy() -> Iterator[None]:
    yield
    staging.drop_tables(TABLE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("tidy")
class TestEditsThatCommitMeanwhile:
    def test_one_that_somebody_deletes_is_left_to_him(self, acme: int) -> None:
        products("A", "B")
        file_of(acme, "A", "B")
        stage_file("X")
        done = race(
            lambda: delete_product(product_id=pk_of("A"), actor=None), lambda: switch_off(acme)
        )
        assert done == Deactivated(1, pk_of("B"))
        assert sorted(kind for _, kind, _ in logged()) == ["deleted", "updated"]
        expect_true_totals()

    def test_a_step_takes_the_next_in_place_of_one_that_is_off_already(self, acme: int) -> None:
        products("A", "B", "C")
        file_of(acme, "A", "B", "C")
        stage_file("X")
        done = race(
            lambda: update_product(product_id=pk_of("A"), values={"active": False}, actor=None),
            lambda: switch_off(acme, limit=1),
        )
        assert done == Deactivated(1, pk_of("B"))
        expect_true_totals()


@pytest.mark.django_db
class TestKeepingAndForgetting:
    def test_a_source_gets_another_name_and_stays_the_same(self) -> None:
        north = find_source("North")
        assert rename_source(north.pk, " Nord ").name == "Nord"
        assert find_source("nord").pk == north.pk

    def test_another_spelling_of_its_own_name_is_no_other_name(self) -> None:
        north = find_source("North")
        assert rename_source(north.pk, "NORTH").name == "NORTH"

    def test_a_name_that_another_source_has_is_refused(self) -> None:
        find_source("South")
        north = find_source("North")
        with pytest.raises(SourceNameTaken, match="There is a source “south” already"):
            rename_source(north.pk, "south")
        assert Source.objects.get(pk=north.pk).name == "North"

    def test_a_source_that_is_forgotten_protects_nothing_any_more(self) -> None:
        north, south = find_source("North"), find_source("South")
        product = a_product("A")
        for source in (north, south):
            SourceProduct.objects.create(source_id=source.pk, product_id=product.pk)
        forget_source(south.pk)
        held = SourceProduct.objects.values_list("source_id", "product_id")
        assert list(held) == [(north.pk, product.pk)]
        assert not Source.objects.filter(pk=south.pk).exists()
