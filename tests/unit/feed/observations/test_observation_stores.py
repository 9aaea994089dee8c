"""Which stores a file is about, when they were seen, and how much of them."""

from datetime import UTC, datetime

import pytest

from pricebook.feed.observations import stores
from pricebook.feed.observations.records import Seen, StoreRef
from tests.unit.feed.observations.price_samples import FIRLE_REF, lines, read, wrapped


def product(sku: str, **more: object) -> dict[str, object]:
    return {"sku": sku, "price": 1, **more}


def test_several_stores_in_one_file_are_numbered_as_they_turn_up() -> None:
    contents = read(
        lines(
            wrapped(product("A")),
            wrapped(product("B"), store_id="COL:9"),
            wrapped(product("C")),
            {"product": product("D")},
        )
    )
    assert [(each.sku, each.store) for each in contents.records] == [
        ("A", 0),
        ("B", 1),
        ("C", 0),
        ("D", 0),
    ]
    assert [each.store for each in contents.stores] == [
        FIRLE_REF,
        StoreRef("coles", "COL:9", "Firle", "sa"),
    ]


@pytest.mark.parametrize(
    ("said", "observed_at"),
    [
        ("2025-09-09", datetime(2025, 9, 9, tzinfo=UTC)),
        ("2025-09-23T10:51:16.386692", datetime(2025, 9, 23, 10, 51, 16, 386692, tzinfo=UTC)),
        ("2025-09-23T10:51:16+10:00", datetime(2025, 9, 23, 0, 51, 16, tzinfo=UTC)),
        ("2025-09-23 10:51:16Z", datetime(2025, 9, 23, 10, 51, 16, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
        (20250909.5, None),
        ({}, None),
    ],
)
def test_times_are_aware_and_in_utc(said: object, observed_at: datetime | None) -> None:
    contents = read(lines(wrapped(product("A"), scraped_at=said), wrapped(product("B"))))
    assert contents.stores == [Seen(FIRLE_REF, observed_at)]


def test_the_latest_time_of_each_store_counts_even_that_of_a_rejected_row() -> None:
    contents = read(
        lines(
            wrapped(product("A"), scraped_at="2025-09-23T10:00:00"),
            wrapped({"sku": "B"}, scraped_at="2025-09-23T12:00:00"),
            wrapped(product("C"), scraped_at="2025-09-23T11:00:00"),
            wrapped(product("D"), store_id="COL:9", scrape_date="2025-09-20"),
        )
    )
    assert [each.observed_at for each in contents.stores] == [
        datetime(2025, 9, 23, 12, tzinfo=UTC),
        datetime(2025, 9, 20, tzinfo=UTC),
    ]


def test_the_time_of_the_product_counts_where_the_metadata_has_none() -> None:
    contents = read(
        lines(
            wrapped(product("A", scraped_date="2025-09-23")),
            wrapped(product("B", scraped_date="2025-09-24")),
            wrapped(product("C", scraped_date="2025-09-30"), scraped_at="2025-09-22"),
        )
    )
    assert [each.observed_at for each in contents.stores] == [datetime(2025, 9, 24, tzinfo=UTC)]


def test_a_file_may_be_limited_to_categories() -> None:
    contents = read(
        lines(
            wrapped(product("A"), category="Fruit"),
            wrapped(product("B"), category="Meat"),
            wrapped(product("C"), category="Fruit"),
        )
    )
    assert contents.stores == [Seen(FIRLE_REF, None, "Fruit, Meat")]


def test_names_may_be_numbers_and_what_is_no_name_is_left_out() -> None:
    metadata = {"company": None, "company_name": "Aldi", "store_id": 102, "state": ["qld"]}
    odd = {"company": "a\0" + "x" * 300, "store_id": True, "store_name": {}, "state": {"x": 1}}
    contents = read(
        lines(
            {"product": product("A"), "metadata": metadata},
            {"product": product("B"), "metadata": odd},
        )
    )
    assert [each.store for each in contents.stores] == [
        StoreRef("Aldi", "102", "", "qld"),
        StoreRef("a\ufffd" + "x" * 198),
    ]


def test_a_file_about_too_many_stores_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "MAX_STORES", 2)
    contents = read(lines(*(wrapped(product(f"P{i}"), store_id=i % 3) for i in range(6))))
    assert contents.skus == ["P0", "P1", "P3", "P4"]
    assert contents.codes == [(3, "too_many_stores"), (6, "too_many_stores")]
    assert len(contents.stores) == 2
