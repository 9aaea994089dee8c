"""Merging a staged set into the book: what is written, counted and logged."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.merge import MergeCounts, find_differences, last_key, merge_chunk
from pricebook.catalogue.models import Product
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.writes import update_product
from pricebook.changes.ledger import reserve_changeset_id
from pricebook.changes.models import Change
from pricebook.feed.records import CLEARED_PRICE, ProductRecord
from pricebook.imports import staging
from tests.depth import examples
from tests.factories import a_product, book
from tests.integration.catalogue.expect import race
from tests.integration.catalogue.staged import STAGED, TABLE, merge, record


@pytest.mark.django_db
class TestOneChunk:
    def test_a_new_sku_is_created_with_defaults_for_what_the_file_does_not_say(self) -> None:
        assert merge(record(2, "A-1", "Apple")) == MergeCounts(1, 0, 0, active_delta=1)
        assert book() == {"A-1": ("Apple", "", None, True)}

    def test_a_creation_is_logged_without_fields(self) -> None:
        number = merge(record(2, "A-1", "Apple")).changeset_id
        product = Product.objects.get()
        change = Change.objects.get()
        assert (change.changeset_id, change.product_id) == (number, product.id)
        assert (product.created_in, product.changed_in) == (number, number)
        assert (change.sku, change.kind, change.fields) == ("A-1", "created", None)

    def test_a_product_knows_the_change_set_that_wrote_it_last(self) -> None:
        first = merge(record(2, "A-1", "Apple")).changeset_id
        second = merge(record(2, "A-1", "Apricot")).changeset_id
        product = Product.objects.get()
        assert (product.created_in, product.changed_in) == (first, second)

    def test_one_that_is_edited_once_the_chunk_has_its_number_is_written_under_a_later_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product = a_product("A-1", name="Apple")
        edits: list[int] = []

        def reserve() -> int:
            number = reserve_changeset_id()
            if not edits:
                edited = update_product(
                    product_id=product.pk, values={"name": "Apricot"}, actor=None
                )
                edits.append(edited.changed_in)
            return number

        monkeypatch.setattr("pricebook.catalogue.merge.reserve_changeset_id", reserve)
        counts = merge(record(2, "A-1", "Pear"))
        assert counts == MergeCounts(0, 1, 0)
        product.refresh_from_db()
        assert product.changed_in == counts.changeset_id > edits[0]
        written = Change.objects.get(changeset_id=counts.changeset_id)
        assert written.fields == {"name": ["Apricot", "Pear"]}

    def test_a_changed_field_is_written_and_logged_with_before_and_after(self) -> None:
        a_product("A-1", name="Apple", price=Decimal("1.50"))
        assert merge(record(2, "A-1", "Apple", price="2")) == MergeCounts(0, 1, 0)
        assert book()["A-1"] == ("Apple", "", Decimal(2), True)
        change = Change.objects.get()
        assert (change.kind, change.fields) == ("updated", {"price": ["1.5", "2"]})

    def test_a_first_price_is_logged_from_null(self) -> None:
        a_product("A-1")
        merge(record(2, "A-1", price="0.1000"))
        assert Change.objects.get().fields == {"price": [None, "0.1"]}

    def test_a_blank_keeps_what_is_stored(self) -> None:
        a_product("A-1", name="Apple", description="Red", price=Decimal(1), active=False)
        assert merge(record(2, "A-1")) == MergeCounts(0, 0, 1)
        assert book()["A-1"] == ("Apple", "Red", Decimal(1), False)

    def test_an_equal_row_writes_nothing_at_all(self) -> None:
        before = a_product("A-1", name="Apple", price=Decimal("1.50"))
        assert merge(record(2, "A-1", "Apple", price="1.5")) == MergeCounts(0, 0, 1)
        assert Product.objects.get().updated_at == before.updated_at
        assert not Change.objects.exists()

    def test_another_spelling_of_a_sku_is_the_same_product_and_an_update(self) -> None:
        a_product("abc", name="Apple")
        assert merge(record(2, "ABC", "Apple")) == MergeCounts(0, 1, 0)
        assert Product.objects.get().sku == "ABC"
        assert Change.objects.get().fields == {"sku": ["abc", "ABC"]}

    def test_a_deleted_product_comes_back_under_its_id_and_counts_as_created(self) -> None:
        gone = a_product("A-1", name="Apple")
        Product.objects.update(deleted_at=gone.created_at)
        assert merge(record(2, "A-1", "Pear")) == MergeCounts(1, 0, 0, active_delta=1)
        assert Product.objects.live().get().id == gone.id
        change = Change.objects.get()
        assert change.kind == "restored"
        assert change.fields is not None
        assert set(change.fields) == {"name", "deleted_at"}

    def test_a_chunk_is_a_range_of_the_differences_in_the_order_of_their_keys(self) -> None:
        a_product("S2", name="x")
        staging.create_table(TABLE)
        staging.copy_records(TABLE, [[record(11 - n, f"S{n}", "x") for n in range(1, 10)]])
        assert find_differences(STAGED) == 8
        assert merge_chunk(STAGED, after=1, through=4) == MergeCounts(3, 0, 0, 3)
        assert set(book()) == {"S2", "S3", "S4", "S5"}
        assert last_key(STAGED, 4) == "s5"

    def test_what_stands_before_a_key_is_left_out_of_the_differences(self) -> None:
        staging.create_table(TABLE)
        staging.copy_records(TABLE, [[record(n, f"S{n}", "x") for n in range(1, 10)]])
        assert find_differences(STAGED, after_key="s7") == 2
        merge_chunk(STAGED, after=0, through=2)
        assert set(book()) == {"S8", "S9"}


SKUS = ["a", "A", "b", "ß", "SS", "c 1", "C 1", "１", "1"]


class File(NamedTuple):
    """A file, how it is merged, and what a person deletes before."""

    mode: Mode
    deleted: str
    rows: list[ProductRecord]


rows = st.lists(
    st.builds(
        record,
        line=st.just(0),
        sku=st.sampled_from(SKUS),
        name=st.none() | st.sampled_from(["", "x", "y", "tab\tand\nline", "\\N", '"', ","]),
        description=st.none() | st.sampled_from(["", "d", "e"]),
        price=st.none() | st.sampled_from(["0", "1", "1.50", "9999999999.9999", CLEARED_PRICE]),
        active=st.none() | st.booleans(),
    ),
    max_size=12,
)
files_of_all_kinds = st.lists(
    st.builds(File, mode=st.sampled_from(Mode), deleted=st.sampled_from(["", *SKUS]), rows=rows),
    min_size=1,
    max_size=4,
)


class Item(NamedTuple):
    """A product of the plain model."""

    sku: str
    name: str = ""
    description: str = ""
    price: Decimal | None = None
    active: bool = True
    is_deleted: bool = False

    def after(self, line: ProductRecord) -> Item:
        """Return what a line makes of it."""
        return Item(
            line.sku,
            self.name if line.name is None else line.name,
            self.description if line.description is None else line.description,
            self.price if line.price is None else price_of(line.price),
            self.active if line.active is None else line.active,
        )


def price_of(said: str) -> Decimal | None:
    return None if said == CLEARED_PRICE else Decimal(said)


@pytest.mark.django_db(transaction=True)
class TestAgainstAPlainModel:
    @given(files=files_of_all_kinds)
    @settings(
        max_examples=examples(40),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_files_one_after_the_other_give_what_a_dict_gives(self, files: list[File]) -> None:
        Product.objects.all().delete()
        Change.objects.all().delete()
        model: dict[str, Item] = {}
        for file in files:
            delete(model, sku_key(file.deleted))
            lines = [row._replace(line=line) for line, row in enumerate(file.rows, start=2)]
            counts = merge(*lines, mode=file.mode)
            logged = Change.objects.filter(changeset_id=counts.changeset_id)
            assert logged.count() == counts.changed
            assert counts == apply(model, lines, file.mode)
        stored = {
            p.sku_key: Item(p.sku, p.name, p.description, p.price, p.active, p.is_deleted)
            for p in Product.objects.all()
        }
        assert stored == model


def delete(model: dict[str, Item], key: str) -> None:
    """Delete the product from book and model, if it is there."""
    Product.objects.live().filter(sku_key=key).update(deleted_at=timezone.now())
    if key in model:
        model[key] = model[key]._replace(is_deleted=True)


def apply(model: dict[str, Item], lines: list[ProductRecord], mode: Mode) -> MergeCounts:
    """Do the same to a dict, row by row."""
    last = {sku_key(line.sku): line for line in lines}
    counts = dict.fromkeys(("created", "updated", "unchanged", "skipped"), 0)
    active_before = active_of(model)
    for key, line in last.items():
        old = model.get(key)
        outcome = outcome_of(old, line, mode)
        counts[outcome] += 1
        if outcome in ("created", "updated"):
            model[key] = (old or Item(line.sku)).after(line)
    return MergeCounts(**counts, active_delta=active_of(model) - active_before)


def outcome_of(old: Item | None, line: ProductRecord, mode: Mode) -> str:
    if old is None or old.is_deleted:
        return "skipped" if mode == Mode.UPDATE else "created"
    if old.after(line) == old:
        return "unchanged"
    return "skipped" if mode == Mode.CREATE else "updated"


def active_of(model: dict[str, Item]) -> int:
    return sum(item.active and not item.is_deleted for item in model.values())


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_commits_while_the_chunk_waits_is_the_before_image() -> None:
    product = a_product("A-1", name="Apple", price=Decimal(1))
    counts = race(
        lambda: Product.objects.filter(id=product.id).update(name="Plum"),
        lambda: merge(record(2, "A-1", "Pear")),
    )
    assert counts == MergeCounts(0, 1, 0)
    assert Product.objects.get().name == "Pear"
    assert Change.objects.get().fields == {"name": ["Plum", "Pear"]}


@pytest.mark.django_db(transaction=True)
def test_a_product_that_a_person_creates_meanwhile_is_updated_not_doubled() -> None:
    counts = race(
        lambda: a_product("a-1", name="Plum"),
        lambda: merge(record(2, "A-1", "Pear"), record(3, "B-1", "Fig")),
    )
    assert counts == MergeCounts(created=1, updated=1, unchanged=0, active_delta=1)
    assert {sku: row[0] for sku, row in book().items()} == {"A-1": "Pear", "B-1": "Fig"}
