"""Price files come in many shapes; the same observations come of each."""

import json
import zipfile
from io import BytesIO

import pytest

from pricebook.feed.observations.records import Observation, Seen, StoreRef
from pricebook.feed.table import Reading
from tests.unit.feed.observations.price_samples import (
    FIRLE,
    FIRLE_REF,
    gzipped,
    lines,
    read,
    refusal,
    wrapped,
)

MUG = {"sku": 7, "name": "Mug", "price": 2.5}
TEA = {"sku": "T-1", "name": "Tea", "price": 4}
MUG_SEEN = Observation(
    *(1, 0, "7", "Mug", None, None, None, None, None, None, None),
    *("2.5", None, None, None, None, False, True, None),
)


def indented(value: object) -> str:
    return json.dumps(value, indent=2)


@pytest.mark.parametrize(
    "data",
    [
        lines(wrapped(MUG), wrapped(TEA)),
        lines({"product": MUG, "metadata": FIRLE}, {"product": TEA}),
        json.dumps({"metadata": FIRLE, "products": [MUG, TEA]}),
        indented({"metadata": FIRLE, "products": [MUG, TEA]}),
        indented({"products": [MUG, TEA], "metadata": FIRLE}),
        lines({"metadata": FIRLE, "products": [MUG]}, {"metadata": FIRLE, "products": [TEA]}),
        json.dumps([wrapped(MUG), wrapped(TEA)]),
        indented(wrapped(MUG)) + indented(wrapped(TEA)),
        lines({**MUG, "metadata": FIRLE}, {**TEA, "metadata": FIRLE}),
    ],
    ids=[
        *("lines", "metadata once", "document", "indented", "metadata behind", "two documents"),
        *("list", "objects", "flat lines"),
    ],
)
def test_every_shape_gives_the_same_observations(data: str) -> None:
    contents = read(data)
    assert contents.rejections == []
    assert contents.stores == [Seen(FIRLE_REF)]
    assert [record._replace(line=1) for record in contents.records] == [
        MUG_SEEN,
        MUG_SEEN._replace(sku="T-1", name="Tea", price="4"),
    ]


@pytest.mark.parametrize("data", [json.dumps([MUG, TEA]), lines(MUG, TEA), lines(MUG)])
def test_products_without_metadata_are_of_a_store_that_is_not_named(data: str) -> None:
    contents = read(data)
    assert contents.stores == [Seen(StoreRef())]
    assert contents.records[0] == MUG_SEEN


def test_documents_that_name_their_store_behind_its_products_are_told_apart() -> None:
    documents = [
        {"products": [MUG], "metadata": FIRLE},
        {"products": [TEA, MUG], "metadata": {**FIRLE, "store_id": "COL:9", "scraped_at": "2026"}},
        {"products": [TEA], "metadata": FIRLE},
    ]
    contents = read("\n".join(map(json.dumps, documents)))
    named = [contents.stores[record.store].store.store_id for record in contents.records]
    assert named == ["COL:401", "COL:9", "COL:9", "COL:401"]


def test_lines_have_their_numbers_and_blank_ones_are_no_rows() -> None:
    contents = read(lines(MUG, "", TEA, "   ", MUG))
    assert [record.line for record in contents.records] == [1, 3, 5]
    assert contents.rejections == []


def test_an_item_of_zyte_common_items_is_read() -> None:
    item = {
        "url": "https://shop.test/p/1",
        "name": "Olive oil",
        "sku": "OIL-1",
        "price": "12.00",
        "regularPrice": "15.50",
        "currency": "AUD",
        "availability": "InStock",
        "brand": {"name": "Cobram"},
        "breadcrumbs": [{"name": "Pantry", "url": "https://shop.test/pantry"}, {"name": "Oils"}],
        "gtin": [{"type": "gtin13", "value": "9310645111766"}],
        "mainImage": {"url": "https://shop.test/1.jpg"},
        "size": "1L",
        "metadata": {"dateDownloaded": "2026-06-29T02:00:00Z", "probability": 0.97},
    }
    contents = read(json.dumps([item]))
    assert contents.records == [
        MUG_SEEN._replace(
            sku="OIL-1",
            name="Olive oil",
            brand="Cobram",
            gtin="9310645111766",
            unit_size="1L",
            image_url="https://shop.test/1.jpg",
            url="https://shop.test/p/1",
            category="Pantry > Oils",
            price="12",
            was_price="15.5",
            is_on_special=True,
        )
    ]
    (seen,) = contents.stores
    assert seen.observed_at is not None
    assert seen.observed_at.isoformat() == "2026-06-29T02:00:00+00:00"


def test_the_older_spelling_of_processed_data_is_read() -> None:
    product = {
        "product_id_store": 1033,
        "name": "Milk",
        "description_long": "Full cream",
        "description_short": "Milk",
        "image_url_main": "https://shop.test/milk.jpg",
        "price_current": 3,
        "price_was": 3.5,
        "promotion_type": "SPECIAL",
        "price_unit": 1.5,
        "unit_of_measure": "1L",
        "package_size": "2L",
    }
    (seen,) = read(json.dumps({"metadata": FIRLE, "products": [product]})).records
    assert seen == MUG_SEEN._replace(
        sku="1033",
        name="Milk",
        description="Full cream",
        unit_size="2L",
        image_url="https://shop.test/milk.jpg",
        price="3",
        was_price="3.5",
        unit_price="1.5",
        unit="1l",
        promotion="SPECIAL",
        is_on_special=True,
    )


def test_gzip_and_zip_are_taken_off() -> None:
    text = lines(wrapped(MUG), wrapped(TEA))
    packed = read(gzipped(text), "prices.jsonl.gz")
    assert packed.skus == ["7", "T-1"]
    assert packed.reading == Reading("jsonl", "utf-8", packed=("gzip",))
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("firle.json", json.dumps([MUG]))
    assert read(archive.getvalue()).reading == Reading(
        "json", "utf-8", packed=("zip",), member="firle.json"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n", "file_empty"),
        (b"sku,price\nA,1\n", "no_prices"),
        (b"{broken", "no_prices"),
        (b'{"metadata": {"company": "coles"}, "products": []}', "no_prices"),
        (lines({"sku": "A", "name": "Mug"}, {"sku": "B", "name": "Tea"}), "no_prices"),
        (json.dumps({"metadata": FIRLE, "store_data": {"name": "Firle"}}), "no_prices"),
        (
            json.dumps({"metadata": FIRLE, "products": [{"name": "Mug", "price_history": []}]}),
            "store_archive",
        ),
        (gzipped(lines(MUG, TEA))[:-9], "archive_damaged"),
    ],
)
def test_what_is_no_price_file_is_refused(data: str | bytes, code: str) -> None:
    assert refusal(data) == code
