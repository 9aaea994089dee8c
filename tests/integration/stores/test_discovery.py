"""Companies, divisions and stores: made, described, missing and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pricebook.feed.stores.records import Coverage, StoreFile, StoreRecord
from pricebook.stores.discovery import StoreUpdate, update_stores
from pricebook.stores.models import Company, Division, Store

pytestmark = pytest.mark.django_db

BARE = StoreRecord(
    place=1,
    store_id="",
    name="",
    division="",
    is_active=None,
    email="",
    phone="",
    address_line_1="",
    address_line_2="",
    suburb="",
    state="",
    postcode="",
    latitude=None,
    longitude=None,
    trading_hours=(),
    facilities=(),
    store_url="",
    online_shop_url="",
    ecommerce_url="",
    retailer_store_id="",
    store_type="",
    attributes="{}",
)
EVERYWHERE = Coverage("", "")


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def store(store_id: str, **said: Any) -> StoreRecord:
    return replace(BARE, store_id=store_id, **said)


def update(
    *records: StoreRecord,
    company: str = "Example",
    at: int | None = 1,
    covers: Coverage | None = None,
) -> StoreUpdate:
    return update_stores(
        StoreFile(
            company=company,
            observed_at=None if at is None else day(at),
            covers=covers,
            records=records,
            rejections=(),
            notes=(),
        )
    )


def came_to(
    created: int = 0, updated: int = 0, unchanged: int = 0, missing: int = 0, back: int = 0
) -> StoreUpdate:
    return StoreUpdate(created, updated, unchanged, missing, back)


def missing() -> dict[str, int]:
    """Return since which day stores are missing."""
    stores = Store.objects.filter(missing_since__isnull=False)
    return {each.store_id: each.missing_since.day for each in stores if each.missing_since}


WHOLE = store(
    "G:1",
    name="High Street",
    division="Supermarkets",
    is_active=False,
    email="a@example.com",
    phone="07 1",
    address_line_1="1 High Street",
    address_line_2="Shop 2",
    suburb="Dalby",
    state="QLD",
    postcode="4405",
    latitude="-27.18",
    longitude="151.26",
    trading_hours=("Monday: 7 AM - 9 PM",),
    facilities=("Bakery",),
    store_url="https://example.com/1",
    online_shop_url="https://example.com/2",
    ecommerce_url="https://example.com/3",
    retailer_store_id="77",
    store_type="Regular",
    attributes='{"site":"a","lifts":2}',
)


def described(record: StoreRecord) -> dict[str, object]:
    """Return the fields that a store has once the record alone has described it."""
    update(record, company="Oracle")
    return fields_of(Store.objects.get(company__name="Oracle", key=record.store_id.casefold()))


def fields_of(found: Store) -> dict[str, object]:
    own = ("id", "company", "division", "created_at", "updated_at", "described_at")
    values = {
        field.name: getattr(found, field.name)
        for field in Store._meta.fields
        if field.name not in own
    }
    return {**values, "division": found.division and found.division.name}


def the_store() -> Store:
    return Store.objects.get(company__name="Example")


class TestCreating:
    def test_a_store_holds_what_its_record_says(self) -> None:
        assert update(WHOLE) == came_to(created=1)
        assert fields_of(the_store()) == {
            "store_id": "G:1",
            "key": "g:1",
            "name": "High Street",
            "division": "Supermarkets",
            "is_trading": False,
            "email": "a@example.com",
            "phone": "07 1",
            "address_line_1": "1 High Street",
            "address_line_2": "Shop 2",
            "suburb": "Dalby",
            "state": "QLD",
            "postcode": "4405",
            "latitude": Decimal("-27.18"),
            "longitude": Decimal("151.26"),
            "trading_hours": ["Monday: 7 AM - 9 PM"],
            "facilities": ["Bakery"],
            "store_url": "https://example.com/1",
            "online_shop_url": "https://example.com/2",
            "ecommerce_url": "https://example.com/3",
            "retailer_store_id": "77",
            "store_type": "Regular",
            "attributes": {"site": "a", "lifts": 2},
            "missing_since": None,
        }
        assert the_store().described_at == day(1)

    def test_a_company_is_one_however_it_is_written(self) -> None:
        update(store("1", division="Liquor"), company="Example")
        update(store("2", division="LIQUOR"), company="EXAMPLE")
        assert [each.name for each in Company.objects.all()] == ["Example"]
        assert [each.name for each in Division.objects.all()] == ["Liquor"]
        assert Store.objects.count() == 2

    def test_stores_of_two_companies_may_have_the_same_id(self) -> None:
        update(store("1"), company="One")
        assert update(store("1"), company="Two") == came_to(created=1)

    def test_slugs_are_numbered_where_they_are_taken_and_stay(self) -> None:
        for name in ("A & B", "A-B", "全家", "萊爾富", "x" * 100, f"{'x' * 99}-", "a+b"):
            update(store("1", division=name), company=name)
        slugs = ["a-b", "a-b-2", "company", "company-2", "x" * 100, "x" * 99, "ab"]
        assert [each.slug for each in Company.objects.order_by("pk")] == slugs
        assert Division.objects.get(name="全家").slug == "division"
        update(store("1", division="a_b"), company="A & B")
        update(store("1", division="A-B"), company="A & B")
        update(store("2", division="A & B"), company="a & b")
        own = Division.objects.filter(company__slug="a-b").order_by("pk")
        assert [each.slug for each in own] == ["a-b", "a_b", "a-b-2"]

    def test_a_long_slug_is_cut_for_its_number(self) -> None:
        for name in ("½" * 50, "12" * 50):
            update(store("1"), company=name)
        slugs = ["12" * 50, f"{'12' * 49}-2"]
        assert [each.slug for each in Company.objects.order_by("pk")] == slugs

    def test_a_file_without_stores_makes_no_company(self) -> None:
        assert update(covers=EVERYWHERE) == came_to()
        assert not Company.objects.exists()

    def test_the_same_queries_for_one_store_and_for_many(self) -> None:
        def queries(stores: Iterable[StoreRecord]) -> int:
            with CaptureQueriesContext(connection) as seen:
                update(*stores, covers=EVERYWHERE)
            return len(seen)

        queries([WHOLE])
        few = queries([store("1", name="x", division="Supermarkets")])
        many = queries([store(str(n), name="y", division="Supermarkets") for n in range(300)])
        # The 300 are one more kind: one of them is known.
        assert many <= few + 1


class TestDescribing:
    def test_the_same_again_changes_nothing(self) -> None:
        update(WHOLE)
        before = Store.objects.values().get()
        assert update(WHOLE) == came_to(unchanged=1)
        assert Store.objects.values().get() == before

    def test_the_same_seen_later_is_no_change_but_is_remembered(self) -> None:
        update(WHOLE)
        before = the_store().updated_at
        assert update(WHOLE, at=3) == came_to(unchanged=1)
        assert (the_store().described_at, the_store().updated_at) == (day(3), before)

    def test_a_newer_file_counts_and_what_it_leaves_blank_stays(self) -> None:
        update(WHOLE)
        before = the_store()
        newer = store("g:1", name="Main Street", is_active=True, attributes='{"site":"b"}')
        assert update(newer, at=2) == came_to(updated=1)
        expected = replace(
            WHOLE,
            store_id="g:1",
            name="Main Street",
            is_active=True,
            attributes='{"site":"b","lifts":2}',
        )
        assert fields_of(the_store()) == described(expected)
        assert the_store().pk == before.pk
        assert the_store().updated_at > before.updated_at
        assert the_store().created_at == before.created_at

    @pytest.mark.parametrize("at", [1, None], ids=["older", "undated"])
    def test_an_older_file_only_fills_what_is_blank(self, at: int | None) -> None:
        update(store("G:1", name="Main Street", is_active=False, attributes='{"site":"b"}'), at=2)
        assert update(replace(WHOLE, is_active=True), at=at) == came_to(updated=1)
        expected = replace(WHOLE, name="Main Street", attributes='{"site":"b","lifts":2}')
        assert fields_of(the_store()) == described(expected)
        assert the_store().described_at == day(2)

    def test_an_older_file_that_has_nothing_to_add_changes_nothing(self) -> None:
        update(WHOLE, at=2)
        assert update(replace(WHOLE, name="Old", division="Old"), at=1) == came_to(unchanged=1)
        assert the_store().division == Division.objects.get(name="Supermarkets")

    def test_undated_files_follow_each_other(self) -> None:
        update(store("1", name="Old"), at=None)
        assert update(store("1", name="New"), at=None) == came_to(updated=1)
        assert (the_store().name, the_store().described_at) == ("New", None)

    def test_a_second_line_of_another_address_does_not_stay(self) -> None:
        update(WHOLE)
        update(store("G:1", address_line_1="9 Low Street"), at=2)
        assert (the_store().address_line_1, the_store().address_line_2) == ("9 Low Street", "")

    def test_a_second_line_of_an_older_address_is_not_taken(self) -> None:
        update(store("G:1", address_line_1="9 Low Street"), at=2)
        update(WHOLE, at=1)
        assert (the_store().address_line_1, the_store().address_line_2) == ("9 Low Street", "")

    def test_created_updated_and_unchanged_add_up(self) -> None:
        update(store("1", name="a"), store("2", name="b"))
        records = (store("1", name="A"), store("2", name="b"), store("3"), store("4"))
        assert update(*records, at=2) == came_to(created=2, updated=1, unchanged=1)


class TestMissing:
    def test_a_full_list_marks_what_it_lacks_and_deletes_nothing(self) -> None:
        update(store("1"), store("2"), store("3"))
        assert update(store("1"), at=5, covers=EVERYWHERE) == came_to(unchanged=1, missing=2)
        assert missing() == {"2": 5, "3": 5}
        assert Store.objects.count() == 3

    def test_the_same_list_again_changes_nothing(self) -> None:
        update(store("1"), store("2"))
        update(store("1"), at=5, covers=EVERYWHERE)
        before = list(Store.objects.values())
        assert update(store("1"), at=5, covers=EVERYWHERE) == came_to(unchanged=1)
        assert list(Store.objects.values()) == before

    @pytest.mark.parametrize(
        ("covers", "expected"),
        [
            (None, set()),
            (Coverage("", ""), {"liquor sa", "fuel qld", "fuel", "nothing"}),
            (Coverage("", "QLD"), {"fuel qld"}),
            (Coverage("Fuel", ""), {"fuel qld", "fuel"}),
            (Coverage("LIQUOR", "SA"), {"liquor sa"}),
            (Coverage("Fuel", "SA"), set()),
            (Coverage("Flowers", "QLD"), set()),
        ],
    )
    def test_only_stores_that_the_list_means_are_missing(
        self, covers: Coverage | None, expected: set[str]
    ) -> None:
        update(
            store("liquor sa", division="Liquor", state="SA"),
            store("fuel qld", division="Fuel", state="QLD"),
            store("fuel", division="Fuel"),
            store("nothing"),
        )
        update(store("liquor sa"), company="Other")
        assert update(store("1"), at=5, covers=covers) == came_to(1, missing=len(expected))
        assert set(missing()) == expected

    def test_what_was_seen_since_is_not_missing(self) -> None:
        update(store("1"), at=5)
        update(store("2"), at=6)
        assert update(store("3"), at=5, covers=EVERYWHERE) == came_to(created=1)
        assert missing() == {}

    def test_a_list_without_a_date_marks_nothing(self) -> None:
        update(store("1"))
        assert update(store("2"), at=None, covers=EVERYWHERE) == came_to(created=1)
        assert missing() == {}

    @pytest.mark.parametrize("days", [(3, 5), (5, 3)])
    def test_the_first_list_that_lacks_it_counts_in_any_order(self, days: tuple[int, int]) -> None:
        update(store("1"))
        for at in days:
            update(store("2"), at=at, covers=EVERYWHERE)
        assert missing() == {"1": 3}

    def test_a_later_file_brings_it_back(self) -> None:
        update(store("1"), store("2"))
        update(store("2"), at=3, covers=EVERYWHERE)
        assert update(store("1"), at=2) == came_to(unchanged=1)
        assert update(store("1"), at=None) == came_to(unchanged=1)
        assert missing() == {"1": 3}
        assert update(store("1"), at=4) == came_to(updated=1, back=1)
        assert missing() == {}
