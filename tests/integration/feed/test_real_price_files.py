"""Price files of real shops: each has its exact outcome.

The folder is named by PRICEBOOK_REAL_INPUTS (default: ../shared/inputs beside the repository).
"""

import os
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pricebook.feed.observations.price_file import open_prices
from pricebook.feed.observations.records import Observation, Seen, StoreRef
from pricebook.feed.records import Rejection
from pricebook.feed.table import Reading

REPOSITORY = Path(__file__).parents[3]
INPUTS = Path(os.environ.get("PRICEBOOK_REAL_INPUTS", REPOSITORY.parent / "shared" / "inputs"))

pytestmark = pytest.mark.skipif(
    not INPUTS.is_dir(), reason=f"no real files at {INPUTS}; set PRICEBOOK_REAL_INPUTS"
)


class Contents(NamedTuple):
    records: list[Observation]
    rejections: list[Rejection]
    stores: list[Seen]
    reading: Reading


class Outcome(NamedTuple):
    """What a file comes to, and how many of its observations say what."""

    records: int
    rejected: dict[str, int]
    store: StoreRef
    observed_at: datetime | None
    available: int = 0
    specials: int = 0
    former: int = 0
    unit_prices: int = 0
    gtins: int = 0
    images: int = 0


G700 = StoreRef("aldi", "G700", "aldi store g700", "qld")
G107 = StoreRef("aldi", "G107", "booval", "qld")
G100 = StoreRef("aldi", "G100", "dalby", "qld")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FILES = {
    "product_feeds/aldi-aldi-store-g700-g700-2025-09-09.jsonl.gz": Outcome(
        152, {}, G700, day("2025-09-09"), unit_prices=152, images=152
    ),
    "product_feeds/aldi-aldi-store-g700-g700-2025-09-12.jsonl.gz": Outcome(
        2602, {}, G700, day("2025-09-12"), unit_prices=2596, images=2571
    ),
    "product_feeds/aldi-aldi-store-g700-g700-2025-09-22.jsonl.gz": Outcome(
        2594, {}, G700, day("2025-09-22"), unit_prices=2586, images=2563
    ),
    "product_feeds/aldi-booval-g107-2025-09-09.jsonl.gz": Outcome(
        2608, {}, G107, day("2025-09-09"), unit_prices=2601, images=2572
    ),
    "product_feeds/aldi-booval-g107-2025-09-12.jsonl.gz": Outcome(
        2602, {}, G107, day("2025-09-12"), unit_prices=2595, images=2566
    ),
    "product_feeds/aldi-booval-g107-2025-09-23.jsonl.gz": Outcome(
        2582, {}, G107, day("2025-09-23"), unit_prices=2573, images=2548
    ),
    "product_feeds/aldi-dalby-g100-2025-09-09.jsonl.gz": Outcome(
        2607, {}, G100, day("2025-09-09"), unit_prices=2602, images=2571
    ),
    "product_feeds/aldi-dalby-g100-2025-09-23.jsonl.gz": Outcome(
        2336, {}, G100, day("2025-09-23"), unit_prices=2332, images=2304
    ),
    # It does not say which store it is of.
    "product_feeds/aldi-g102-2026-06-29.jsonl.gz": Outcome(
        *(2552, {}, StoreRef("aldi", "", "aldi"), day("2026-06-29")),
        unit_prices=2535,
        images=2544,
    ),
    "product_feeds/coles-firle-401-2025-09-23.jsonl.gz": Outcome(
        *(3352, {"price_missing": 94}, StoreRef("coles", "COL:401", "coles firle", "sa")),
        day("2025-09-23T11:01:04.911066"),
        available=3164,
        specials=591,
        former=591,
        unit_prices=3351,
        gtins=1947,
        images=3352,
    ),
    "processed_data/v0-coles-fruit-vegetables.json": Outcome(
        48, {}, StoreRef(), None, available=47, former=1, unit_prices=48
    ),
}


@cache
def read(name: str) -> Contents:
    path = INPUTS / name
    with path.open("rb") as stream, open_prices(stream, filename=path.name) as file:
        blocks = list(file.blocks())
        assert file.bytes_read == path.stat().st_size
        return Contents(
            [record for block in blocks for record in block.records],
            [rejection for block in blocks for rejection in block.rejections],
            file.stores,
            file.reading,
        )


def outcome_of(contents: Contents) -> Outcome:
    records, rejections, (seen,), _ = contents
    return Outcome(
        len(records),
        dict(Counter(problem.code for each in rejections for problem in each.problems)),
        seen.store,
        seen.observed_at,
        available=sum(each.is_available for each in records),
        specials=sum(each.is_on_special for each in records),
        former=sum(each.was_price is not None for each in records),
        unit_prices=sum(each.unit_price is not None for each in records),
        gtins=sum(each.gtin is not None for each in records),
        images=sum(each.image_url is not None for each in records),
    )


@pytest.mark.parametrize("name", FILES)
def test_every_real_price_file_is_read(name: str) -> None:
    assert outcome_of(read(name)) == FILES[name]


def test_no_file_is_left_out() -> None:
    folders = (INPUTS / "product_feeds", INPUTS / "processed_data")
    found = {f"{folder.name}/{path.name}" for folder in folders for path in folder.iterdir()}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_one_observation_or_one_rejection(name: str) -> None:
    records, rejections, _, reading = read(name)
    places = sorted([each.line for each in records] + [each.line for each in rejections])
    assert len(set(places)) == len(places)
    if reading.format == "jsonl":
        assert places == list(range(1, len(places) + 1))
    assert all(each.sku for each in rejections)


def test_a_rejected_row_names_its_product() -> None:
    rejections = read("product_feeds/coles-firle-401-2025-09-23.jsonl.gz").rejections
    assert (rejections[0].line, rejections[0].sku) == (26, "1001461")


def test_a_product_of_coles_with_a_number_for_a_sku_and_a_weight_in_its_bar_code() -> None:
    assert read("product_feeds/coles-firle-401-2025-09-23.jsonl.gz").records[0] == Observation(
        line=1,
        store=0,
        sku="3091126",
        name="Whole Chicken",
        brand="The Bare Bird",
        gtin=None,
        description="THE BARE BIRD CHICKEN WHOLE",
        unit_size="approx. 1.6kg each",
        image_url="https://www.coles.com.au//3/3091126.jpg",
        url="https://www.coles.com.au/product/whole-chicken-3091126",
        category="Meat & Seafood > Poultry > Free Range Chicken",
        price="13.6",
        was_price=None,
        unit_price="8.5",
        unit="1kg",
        promotion=None,
        is_on_special=False,
        is_available=True,
        attributes='{"barcode":"2918940000005"}',
    )


def test_unit_prices_that_are_wrong_by_a_hundred_are_read_from_the_shops_own_words() -> None:
    records = read("product_feeds/aldi-booval-g107-2025-09-09.jsonl.gz").records
    (seen,) = (each for each in records if each.sku == "000000000000637929")
    # The file's unit_price says 0.28 for 1kg.
    assert (seen.price, seen.unit_price, seen.unit) == ("5.49", "2.75", "100g")


@pytest.mark.parametrize(
    ("later", "shared", "changed"),
    [
        (
            "product_feeds/aldi-booval-g107-2025-09-12.jsonl.gz",
            2583,
            {"image_url": 14, "price": 4, "unit_price": 4, "name": 2},
        ),
        # Nine months on, in another writer's spelling.
        (
            "product_feeds/aldi-g102-2026-06-29.jsonl.gz",
            1981,
            {
                "price": 849,
                "unit_price": 840,
                "url": 904,
                "name": 89,
                "image_url": 276,
                "unit_size": 68,
                "brand": 80,
                "unit": 2,
                "category": 9,
            },
        ),
    ],
)
def test_what_a_shop_did_not_change_is_read_the_same(
    later: str, shared: int, changed: dict[str, int]
) -> None:
    names = ("product_feeds/aldi-booval-g107-2025-09-09.jsonl.gz", later)
    before, after = ({each.sku: each for each in read(name).records} for name in names)
    both = before.keys() & after.keys()
    assert len(both) == shared
    fields = Observation._fields[2:]
    pairs = [(before[sku][2:], after[sku][2:]) for sku in both]
    differing = (
        field
        for one, two in pairs
        for field, old, new in zip(fields, one, two, strict=True)
        if old != new
    )
    assert dict(Counter(differing)) == changed
