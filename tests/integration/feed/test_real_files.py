"""Files from the real world, and files made to break readers: each has its exact outcome.

The folder is named by PRICEBOOK_REAL_INPUTS (default: ../shared/inputs beside the repository).
"""

import os
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord, Rejection
from pricebook.feed.table import Reading
from tests.integration.feed.real_outcomes import (
    CHOSEN,
    COUNTS_OF_THE_INDEX,
    PRODUCTS,
    TORTURE,
    Outcome,
    refused,
)

REPOSITORY = Path(__file__).parents[3]
INPUTS = Path(os.environ.get("PRICEBOOK_REAL_INPUTS", REPOSITORY.parent / "shared" / "inputs"))

pytestmark = pytest.mark.skipif(
    not INPUTS.is_dir(), reason=f"no real files at {INPUTS}; set PRICEBOOK_REAL_INPUTS"
)


class Contents(NamedTuple):
    file: ProductFile
    records: list[ProductRecord]
    rejections: list[Rejection]


def read(stream: BinaryIO, filename: str, choices: Choices | None = None) -> Contents:
    with open_products(stream, filename=filename, choices=choices) as file:
        blocks = list(file.blocks())
    return Contents(
        file,
        [record for block in blocks for record in block.records],
        [rejection for block in blocks for rejection in block.rejections],
    )


def read_product(name: str) -> Contents:
    with (INPUTS / "products" / name).open("rb") as stream:
        return read(stream, name)


def read_chosen(name: str) -> Contents:
    with (INPUTS / name).open("rb") as stream:
        return read(stream, name, CHOSEN[name][0])


def outcome_of(path: Path, choices: Choices | None = None) -> Outcome:
    with path.open("rb") as stream:
        try:
            contents = read(stream, path.name, choices)
        except FeedError as error:
            return refused(error.code)
    codes = Counter(rejection.problems[0].code for rejection in contents.rejections)
    return Outcome(len(contents.records), dict(codes))


@cache
def plain_outcome(path: Path) -> Outcome:
    """Read a file as it is; several tests hold the same outcome against different tables."""
    return outcome_of(path)


@pytest.mark.parametrize("name", TORTURE)
def test_every_torture_file_is_read_or_refused(name: str) -> None:
    assert plain_outcome(INPUTS / "torture" / name) == TORTURE[name]


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_real_product_file_is_read_or_refused(name: str) -> None:
    assert plain_outcome(INPUTS / "products" / name) == PRODUCTS[name]


@pytest.mark.parametrize("name", CHOSEN)
def test_every_file_is_read_as_a_careful_person_chooses(name: str) -> None:
    choices, outcome = CHOSEN[name]
    assert outcome_of(INPUTS / name, choices) == outcome


@pytest.mark.parametrize("name", COUNTS_OF_THE_INDEX)
def test_no_row_is_lost_by_the_count_of_the_index(name: str) -> None:
    index = (INPUTS / "INDEX.tsv").read_text().splitlines()
    (rows,) = (line.split("\t")[2] for line in index if line.split("\t")[0] == name)
    assert int(rows) == COUNTS_OF_THE_INDEX[name]
    outcome = plain_outcome(INPUTS / name)
    assert outcome.records + sum(outcome.rejected.values()) == int(rows)


@pytest.mark.parametrize(("folder", "table"), [("torture", TORTURE), ("products", PRODUCTS)])
def test_no_file_is_left_out(folder: str, table: dict[str, Outcome]) -> None:
    assert sorted(table) == sorted(path.name for path in (INPUTS / folder).iterdir())


def test_the_german_back_office_file_is_cp1252_with_decimal_commas() -> None:
    contents = read_product("erp_artikel_cs3_cp1252.csv")
    assert contents.file.reading == Reading("csv", "cp1252", ";", 1, ",")
    assert contents.records[2] == ProductRecord(
        4, "3", "DPG Pfand Kiste Getränke 24er - 5,10€", None, "5.1", category="Pfand"
    )
    assert contents.records[-1].line == 1525


def test_backslashed_and_doubled_quotes_come_out_as_quotes() -> None:
    records = read_product("instacart_products_50k.csv").records
    names = {record.sku: record.name for record in records}
    assert names["105"] == 'Easy Grab 9"x13" Oblong Glass Bakeware'
    assert names["483"] == '"Constant Comment" Decaffeinated Black Tea Blend'
    assert names["1147"] == 'Pop Up Notes, 3" X 3"'
    assert not [name for name in names.values() if name and "\\" in name]


def test_a_header_on_line_six_is_found_and_lines_are_exact() -> None:
    contents = read_product("pricelist_ve_preamble.csv")
    assert contents.file.reading.header_line == 6
    by_sku = {record.sku: record for record in contents.records}
    assert by_sku["000000001012"].line == 8
    assert by_sku["000000000688"].name == (
        "ADAPTADOR DE ENCHUFE ARGOM ARG-AC-0266WT 3 SALIDAS / 2 USB\n110V BLANCO"
    )
    assert (by_sku["000000001765"].line, by_sku["000000001765"].price) == (11, "6.6")


def test_variants_of_a_shopify_export_have_the_texts_of_their_product() -> None:
    contents = read_product("shopify_export_bilali.csv")
    assert contents.file.choices.preset == "shopify"
    assert {record.active for record in contents.records} == {True}
    assert {record.brand for record in contents.records} == {"BILALI The Label"}
    assert None not in {record.name for record in contents.records}
    prices = {record.price for record in contents.records}
    assert {"89", "99"} <= prices
    assert {r.problems[0].column for r in contents.rejections} == {"Handle"}
    # The file's own SKUs, and those made of the two rows without one.
    assert len({record.sku for record in contents.records}) == 47


def test_variants_of_a_shopify_export_are_told_apart_by_handle_and_options() -> None:
    contents = read_chosen("products/shopify_export_bilali.csv")
    assert len({record.sku.casefold() for record in contents.records}) == 130
    first = contents.records[0]
    assert (first.sku, first.name, first.price, first.currency, first.active) == (
        *("sophie-top-black-BLACK-S", "SOPHIE TOP", "89", "EUR", True),
    )
    last = contents.records[-1]
    assert (last.line, last.sku, last.name) == (
        *(366, "gia-bottom-black-velvet-BLACK VELVET-L", "GIA BOTTOM"),
    )


def test_a_shopify_export_of_many_markets_is_read_variant_by_variant() -> None:
    contents = read_product("shopify_export_markets.csv")
    # 32 SKUs that stand in the file, and 1441 made ones.
    assert len({record.sku.casefold() for record in contents.records}) == 1473
    assert None not in {record.name for record in contents.records}


def test_a_template_of_shopify_has_a_product_for_every_row() -> None:
    records = read_product("shopify_apparel.csv").records
    assert len({record.sku for record in records}) == 22
    assert records[0].sku == "ocean-blue-shirt-Default Title"
    assert None not in {record.name for record in records}


def test_a_list_without_skus_in_paise_with_an_inverted_flag_is_read_as_chosen() -> None:
    contents = read_chosen("products/zepto_v2.csv")
    assert contents.records[0] == ProductRecord(
        2, "Fruits & Vegetables-Onion", "Onion", price="21", currency="INR", active=True,
        category="Fruits & Vegetables", attributes='{"quantity":"1","weightInGms":"1000"}',
    )  # fmt: skip
    # 453 rows of the file are out of stock, all of them with a key that is short enough.
    assert sum(record.active is False for record in contents.records) == 453
    # The same name in several sizes; of a SKU the last row counts.
    assert len({record.sku.casefold() for record in contents.records}) == 3449


def test_japanese_names_are_read_in_their_encoding() -> None:
    contents = read_chosen("torture/duckdb__encodings_shift_jis.csv")
    assert (contents.records[1].sku, contents.records[1].unit_size) == ("山田", "30")
    assert contents.file.reading.encoding == "shift_jis"


def test_columns_under_the_wrong_titles_are_read_as_chosen() -> None:
    less, more = (
        read_chosen(f"torture/pollock__row_{name}.csv").records
        for name in ("less_sep_row0_col2", "more_sep_row0_col1")
    )
    assert less == more
    assert (less[0].sku, less[0].price, less[0].name) == (
        *("MG-8769", "74.69", "Men's Waterproof Hiking Boots"),
    )


def test_the_same_export_in_utf16_is_the_same() -> None:
    with (INPUTS / "torture" / "derived_shopify_utf16le_nobom.csv").open("rb") as stream:
        in_utf16 = read(stream, "utf16.csv")
    in_utf8 = read_product("shopify_export_bilali.csv")
    assert in_utf16.records == in_utf8.records
    assert in_utf16.rejections == in_utf8.rejections


def test_magentos_long_rows_have_exact_prices_and_descriptions() -> None:
    contents = read_product("magento2_configurable.csv")
    first = contents.records[0]
    assert (first.line, first.sku, first.price, first.active) == (2, "MH01-XS-Black", "52", True)
    assert first.description is not None
    assert first.description.count("\n") == 1
    assert all(Decimal(record.price or "0") >= 0 for record in contents.records)


def test_lines_of_a_packed_file_have_brands_prices_and_links_of_the_right_columns() -> None:
    contents = read_product("thai_products.jsonl.gz")
    assert (contents.file.reading.format, contents.file.reading.packed) == ("jsonl", ("gzip",))
    assert contents.records[0].sku == "60342968"
    assert (contents.records[0].price, contents.records[0].currency) == ("68", "THB")
    assert contents.records[1].price is None
    assert len({record.sku for record in contents.records}) == 38_181
    assert contents.rejections[0].problems[0].column == "sku"


def test_an_array_of_products_has_its_lists_joined_and_its_currency() -> None:
    contents = read_product("makeup_products.json")
    assert contents.file.reading.format == "json"
    header = contents.file.header
    titles = {field: header[at] for field, at in contents.file.mapping.fields.items()}
    assert titles == {
        "sku": "id", "name": "name", "description": "description", "price": "price",
        "currency": "currency", "brand": "brand", "category": "category",
        "image_url": "image_link",
    }  # fmt: skip
    first = contents.records[0]
    assert (first.sku, first.price, first.currency, first.brand) == (
        "1048",
        "5",
        "CAD",
        "colourpop",
    )
    assert len({record.sku for record in contents.records}) == 931


def test_bad_json_lines_keep_their_line_numbers() -> None:
    with (INPUTS / "torture" / "derived_jsonl_bad_lines.jsonl").open("rb") as stream:
        contents = read(stream, "bad.jsonl")
    lines = [rejection.line for rejection in contents.rejections]
    assert lines[:4] == [1, 8, 15, 22]
    assert {record.line for record in contents.records}.isdisjoint(lines)
    assert contents.records[0].name == "Chicken, Fetta & Parsley Sausages 500g"
    assert (contents.records[0].price, contents.records[0].unit_size) == ("8", "0.5 kg")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("aldi-g102-2026-06-29.jsonl.gz", 2552),
        ("aldi-dalby-g100-2025-09-23.jsonl.gz", 2336),
        ("coles-firle-401-2025-09-23.jsonl.gz", 3446),
    ],
)
def test_observations_of_scrapers_are_products_too(name: str, count: int) -> None:
    with (INPUTS / "product_feeds" / name).open("rb") as stream:
        contents = read(stream, name)
    assert len(contents.records) == count
    assert {"sku", "name", "price", "brand", "unit_size", "url"} <= set(
        contents.file.mapping.fields
    )
    assert sum(record.price is not None for record in contents.records) > count * 0.9
