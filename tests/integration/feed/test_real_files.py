"""Files from the real world, and files made to break readers: each has its exact outcome.

The folder is named by PRICEBOOK_REAL_INPUTS (default: ../shared/inputs beside the repository).
Where the files' index gives row and blank-SKU counts, these agree with it; the others were recorded
from a reading that was looked over, and hold what is so today.
"""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord, Rejection
from pricebook.feed.table import Reading

REPOSITORY = Path(__file__).parents[3]
INPUTS = Path(os.environ.get("PRICEBOOK_REAL_INPUTS", REPOSITORY.parent / "shared" / "inputs"))

pytestmark = pytest.mark.skipif(
    not INPUTS.is_dir(), reason=f"no real files at {INPUTS}; set PRICEBOOK_REAL_INPUTS"
)


class Outcome(NamedTuple):
    """What a file comes to: records, and rejected rows by first code; or why it is refused."""

    records: int = 0
    rejected: dict[str, int] = {}  # noqa: RUF012
    refused: str | None = None


def refused(code: str) -> Outcome:
    return Outcome(refused=code)


SHOPIFY_BLANK = {"sku_missing": 66}
TORTURE: dict[str, Outcome] = {
    "commons__CSV-141_csv-141.csv": refused("no_sku_column"),
    "commons__CSV-196_japanese.csv": refused("no_other_column"),
    "csv__Intruder_csv-payload.txt": refused("no_sku_column"),
    "csv__empty.csv": refused("no_sku_column"),
    "csv__json.csv": refused("no_sku_column"),
    "csv__newlines.csv": refused("no_sku_column"),
    "csv__utf8.csv": refused("no_sku_column"),
    "csvkit__bad_skip_lines.csv": refused("no_sku_column"),
    "csvkit__dummy_col_shuffled_ragged.csv": refused("no_sku_column"),
    "csvkit__mac_newlines.csv": refused("no_sku_column"),
    "csvkit__null_byte.csv": refused("no_sku_column"),
    "csvkit__realFY09_EDU_Recipients_by_State.csv": refused("no_other_column"),
    "csvkit__test_header_newline.csv": refused("no_sku_column"),
    "csvkit__test_latin1.csv": refused("no_sku_column"),
    "csvkit__test_utf16_little.csv": refused("no_sku_column"),
    "derived_double_bom_utf8.csv": Outcome(24),
    "derived_erp_empty_lines.csv": Outcome(1524),
    "derived_erp_sep_line.csv": Outcome(1524),
    "derived_jsonl_bad_lines.jsonl": Outcome(
        171, {"json_invalid": 29, "json_not_an_object": 2, "json_invalid_number": 1}
    ),
    "derived_shopify_case_dups.csv": Outcome(256, {"sku_missing": 132}),
    "derived_shopify_utf16le_nobom.csv": Outcome(128, SHOPIFY_BLANK),
    "derived_woo_utf16be_bom_tab.tsv": Outcome(24),
    "duckdb__auto_product_codes_HS17_V202301.csv.gz": Outcome(5384),
    "duckdb__comma_decimal_null.csv": refused("no_sku_column"),
    "duckdb__double_trouble.csv": refused("no_sku_column"),
    "duckdb__encodings_shift_jis.csv": refused("no_sku_column"),
    "duckdb__encodings_utf16.csv.gz": refused("no_sku_column"),
    "duckdb__later_quotes.csv": refused("no_other_column"),
    "duckdb__lineitem-carriage.csv": refused("no_sku_column"),
    "duckdb__multiple_line_too_long.csv.gz": refused("no_lines"),
    "duckdb__rejects_incorrect_columns_mix_columns.csv": refused("no_sku_column"),
    "duckdb__test_bgzf.gz": refused("no_other_column"),
    "duckdb__test_invalid_utf_complex.csv": refused("no_sku_column"),
    "duckdb__test_invalid_utf_quoted_nl.csv": refused("no_sku_column"),
    "duckdb__unescaped_quotes_stops.csv": refused("no_sku_column"),
    "frictionless__capital-invalid.csv": Outcome(9, {"too_many_cells": 1}),
    "frictionless__encoding-issue-274.csv": Outcome(507),
    "frictionless__issue-1066-largecellsize.csv": refused("no_sku_column"),
    "frictionless__issue-1109.csv": refused("no_sku_column"),
    "frictionless__issue-825.csv": refused("no_sku_column"),
    "frictionless__wide.csv": refused("no_other_column"),
    "messytables__begrotingsanalyse-2011.csv": refused("no_sku_column"),
    "messytables__complex.csv": refused("no_sku_column"),
    "messytables__excel_pasting.csv": refused("no_sku_column"),
    "messytables__mixedGLB.csv": refused("no_sku_column"),
    "messytables__skip_initials.csv": refused("no_sku_column"),
    "messytables__spanish_chars.csv": refused("no_sku_column"),
    "messytables__utf-16le_encoded.csv": refused("no_sku_column"),
    "messytables__weird_head_padding.csv": refused("no_sku_column"),
    "pollock__file_escape_char_0x00.csv": Outcome(83),
    "pollock__file_field_delimiter_0x20.csv": refused("no_sku_column"),
    "pollock__file_field_delimiter_0x3B.csv": Outcome(83),
    "pollock__file_header_multirow_2.csv": Outcome(83),
    "pollock__file_header_only.csv": Outcome(0),
    "pollock__file_multitable_more.csv": Outcome(161, {"repeated_header": 1, "url_invalid": 4}),
    "pollock__file_no_header.csv": refused("no_sku_column"),
    "pollock__file_no_trailing_newline.csv": Outcome(83),
    "pollock__file_preamble.csv": Outcome(83),
    "pollock__file_record_delimiter_0xA.csv": Outcome(83),
    "pollock__row_extra_quote0_col0.csv": refused("no_sku_column"),
    "pollock__row_extra_quote10_col4.csv": Outcome(82, {"stray_quote": 1}),
    "pollock__row_field_delimiter_10_0x20.csv": Outcome(82, {"sku_missing": 1}),
    "pollock__row_less_sep_row0_col2.csv": Outcome(0, {"price_invalid": 83}),
    "pollock__row_more_sep_row0_col1.csv": Outcome(0, {"price_invalid": 83}),
    "qsv__boston311-100.csv.multimember.gz": refused("no_sku_column"),
    "qsv__spendover25kdownloadSep.csv": refused("no_sku_column"),
}
PRODUCTS: dict[str, Outcome] = {
    "erp_artikel_cs3_cp1252.csv": Outcome(1524),
    "gmc_feed_en.tsv": Outcome(30),
    "instacart_products_50k.csv": Outcome(49_688),
    "magento2_configurable.csv": Outcome(1994),
    "makeup_products.json": Outcome(931),
    # Its codes and half of its texts were spoiled before it came here.
    "off_producer_export.csv": Outcome(
        204, {"invalid_encoding": 191, "url_invalid": 1, "sku_missing": 1}
    ),
    "prestashop_products_import.csv": Outcome(7),
    # Of 522 rows: 353 with a 12-digit code, 56 with another one or a section's title in its place,
    # 29 notes there, 56 footers without a code, 28 repeated headers.
    "pricelist_ve_preamble.csv": Outcome(
        409, {"sku_too_long": 29, "sku_missing": 56, "repeated_header": 28}
    ),
    "product_importer_sample.csv": Outcome(2000),
    "shopify_apparel.csv": Outcome(0, {"sku_missing": 22}),
    "shopify_export_bilali.csv": Outcome(128, SHOPIFY_BLANK),
    "shopify_export_markets.csv": Outcome(36, {"sku_missing": 1739}),
    "vn_barcodes_297k.csv.gz": Outcome(296_123, {"sku_missing": 993}),
    "thai_products.jsonl.gz": Outcome(38_189, {"sku_missing": 224}),
    "woocommerce_sample.csv": Outcome(24),
    "zepto_v2.csv": refused("no_sku_column"),
}
COUNTS_OF_THE_INDEX = {
    # The files as a whole, bad lines and blank SKUs included.
    "products/gmc_feed_en.tsv": 30,
    "products/instacart_products_50k.csv": 49_688,
    "products/magento2_configurable.csv": 1994,
    "products/makeup_products.json": 931,
    "products/product_importer_sample.csv": 2000,
    "products/shopify_export_bilali.csv": 194,
    "products/thai_products.jsonl.gz": 38_413,
    "products/vn_barcodes_297k.csv.gz": 297_116,
    "products/woocommerce_sample.csv": 24,
    "torture/derived_jsonl_bad_lines.jsonl": 203,
    "torture/derived_shopify_case_dups.csv": 388,
    "torture/derived_woo_utf16be_bom_tab.tsv": 24,
    "torture/duckdb__auto_product_codes_HS17_V202301.csv.gz": 5384,
}


class Contents(NamedTuple):
    file: ProductFile
    records: list[ProductRecord]
    rejections: list[Rejection]


def read(stream: BinaryIO, filename: str) -> Contents:
    with open_products(stream, filename=filename) as file:
        blocks = list(file.blocks())
    return Contents(
        file,
        [record for block in blocks for record in block.records],
        [rejection for block in blocks for rejection in block.rejections],
    )


def read_product(name: str) -> Contents:
    with (INPUTS / "products" / name).open("rb") as stream:
        return read(stream, name)


def outcome_of(path: Path) -> Outcome:
    with path.open("rb") as stream:
        try:
            contents = read(stream, path.name)
        except FeedError as error:
            return refused(error.code)
    codes = Counter(rejection.problems[0].code for rejection in contents.rejections)
    return Outcome(len(contents.records), dict(codes))


@pytest.mark.parametrize("name", TORTURE)
def test_every_torture_file_is_read_or_refused(name: str) -> None:
    assert outcome_of(INPUTS / "torture" / name) == TORTURE[name]


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_real_product_file_is_read_or_refused(name: str) -> None:
    assert outcome_of(INPUTS / "products" / name) == PRODUCTS[name]


@pytest.mark.parametrize("name", COUNTS_OF_THE_INDEX)
def test_no_row_is_lost_by_the_count_of_the_index(name: str) -> None:
    index = (INPUTS / "INDEX.tsv").read_text().splitlines()
    (rows,) = (line.split("\t")[2] for line in index if line.split("\t")[0] == name)
    assert int(rows) == COUNTS_OF_THE_INDEX[name]
    outcome = outcome_of(INPUTS / name)
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


def test_a_shopify_export_keeps_blanks_and_its_first_rows_status() -> None:
    contents = read_product("shopify_export_bilali.csv")
    assert {record.active for record in contents.records} == {True, None}
    prices = {record.price for record in contents.records}
    assert {"89", "99"} <= prices
    assert all(r.problems[0].column == "Variant SKU" for r in contents.rejections)


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
