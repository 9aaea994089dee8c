"""What comes of files from the real world, and of files made to break readers.

Where the files' index gives row and blank-SKU counts, these agree with it; the others were counted
in the files. TORTURE and PRODUCTS are what comes of a file when nobody says anything, CHOSEN what a
careful person makes of it.
"""

from typing import NamedTuple

from pricebook.feed.choices import Choices


class Outcome(NamedTuple):
    """What a file comes to: records, and rejected rows by first code; or why it is refused."""

    records: int = 0
    rejected: dict[str, int] = {}  # noqa: RUF012
    refused: str | None = None


def refused(code: str) -> Outcome:
    return Outcome(refused=code)


# 128 rows with a SKU, 2 with options only; 64 have nothing but a handle and a picture.
BILALI = Outcome(130, {"key_incomplete": 64})
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
    "derived_shopify_case_dups.csv": Outcome(260, {"key_incomplete": 128}),
    "derived_shopify_utf16le_nobom.csv": BILALI,
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
    # Not one SKU, but 22 different handles with options.
    "shopify_apparel.csv": Outcome(22),
    "shopify_export_bilali.csv": BILALI,
    # 36 rows with a SKU, 1441 with options only, 298 with nothing but a handle and a picture.
    "shopify_export_markets.csv": Outcome(1477, {"key_incomplete": 298}),
    "vn_barcodes_297k.csv.gz": Outcome(296_123, {"sku_missing": 993}),
    "thai_products.jsonl.gz": Outcome(38_189, {"sku_missing": 224}),
    "woocommerce_sample.csv": Outcome(24),
    "zepto_v2.csv": refused("no_sku_column"),
}
SHOPIFY_KEY = ("Handle", "Option1 Value", "Option2 Value", "Option3 Value")
_HIDDEN = {"repeated_header": 19, "invalid_encoding": 1}
CHOSEN: dict[str, tuple[Choices, Outcome]] = {
    # Of 3732 rows 8 have a key of more than 100 characters.
    "products/zepto_v2.csv": (
        Choices(
            columns={
                "name": "name",
                "category": "Category",
                "price": "discountedSellingPrice",
                "active": "outOfStock",
            },
            key_columns=("Category", "name"),
            minor_units=True,
            defaults={"currency": "INR"},
            attributes=("weightInGms", "quantity"),
        ),
        Outcome(3724, {"sku_too_long": 8}),
    ),
    # Its SKUs are of products, 45 for 130 variants: the key is what tells them apart.
    "products/shopify_export_bilali.csv": (
        Choices(
            columns={"name": "Title", "price": "Variant Price", "active": "Status"},
            key_columns=SHOPIFY_KEY,
            fill_down=True,
            currency="EUR",
        ),
        BILALI,
    ),
    # French names are the most, and 86 rows have spoiled bytes in one of these columns.
    "products/off_producer_export.csv": (
        Choices(
            columns={
                "sku": "code",
                "name": "product_name_fr",
                "brand": "brands",
                "unit_size": "quantity",
            }
        ),
        Outcome(310, {"invalid_encoding": 86, "sku_missing": 1}),
    ),
    "torture/duckdb__encodings_shift_jis.csv": (
        Choices(encoding="shift_jis", columns={"sku": "名前", "unit_size": "年齢"}),
        Outcome(20),
    ),
    "torture/duckdb__encodings_utf16.csv.gz": (
        Choices(columns={"sku": "name", "unit_size": "age"}),
        Outcome(20),
    ),
    # Types of products are not quoted: 31 rows have more than ten cells, 18 have ten, the last one
    # blank and a description where the address should be.
    "torture/pollock__file_field_delimiter_0x20.csv": (
        Choices(delimiter=" "),
        Outcome(34, {"too_many_cells": 31, "url_invalid": 18}),
    ),
    # The header lacks a delimiter: every column is under the title of the next one.
    "torture/pollock__row_less_sep_row0_col2.csv": (
        Choices(
            columns={
                "sku": "Price",
                "price": "ProductType",
                "name": "ProductDescription",
                "description": "URL",
                "url": "Comments",
            }
        ),
        Outcome(83),
    ),
    # The header has one too many.
    "torture/pollock__row_more_sep_row0_col1.csv": (
        Choices(
            columns={
                "sku": "Qty",
                "price": "PRODUCTID",
                "name": "Price",
                "description": "ProductType",
                "url": "ProductDescription",
            }
        ),
        Outcome(83),
    ),
    # An outline: each row has one of the three numbers only.
    "torture/messytables__spanish_chars.csv": (
        Choices(columns={"name": "SF"}, key_columns=("GF_ID", "FN_ID", "SF_ID")),
        Outcome(0, {"key_incomplete": 115}),
    ),
    "torture/messytables__utf-16le_encoded.csv": (
        Choices(columns={"sku": "Organisation_code", "name": "Organisation_name"}),
        Outcome(327),
    ),
    # Three of 16 rows have a line break in their name.
    "torture/messytables__excel_pasting.csv": (
        Choices(columns={"sku": "Year"}, attributes=("2000", "2007")),
        Outcome(13, {"control_character": 3}),
    ),
    # The years 1880 to 2012.
    "torture/messytables__mixedGLB.csv": (
        Choices(columns={"sku": "Year"}, attributes=("Jan", "J-D")),
        Outcome(133),
    ),
    "torture/qsv__spendover25kdownloadSep.csv": (
        Choices(
            columns={
                "sku": "Transaction No",
                "name": "Supplier",
                "price": "Amount in Sterling",
                "category": "Expense Type",
            },
            currency="GBP",
        ),
        Outcome(189),
    ),
    "torture/qsv__boston311-100.csv.multimember.gz": (
        Choices(columns={"sku": "case_enquiry_id", "name": "case_title"}),
        Outcome(100),
    ),
    "torture/csvkit__realFY09_EDU_Recipients_by_State.csv": (
        Choices(columns={"sku": "Code", "name": "State Name"}, attributes=("TOTAL",)),
        Outcome(52),
    ),
    "torture/duckdb__lineitem-carriage.csv": (
        Choices(columns={"price": "l_extendedprice"}, key_columns=("l_orderkey", "l_linenumber")),
        Outcome(10),
    ),
    "torture/duckdb__comma_decimal_null.csv": (
        Choices(
            columns={"sku": "COD_LOCALE_PROGETTO", "price": "FINANZ_STATO_FSC"}, currency="EUR"
        ),
        Outcome(8),
    ),
    "torture/duckdb__unescaped_quotes_stops.csv": (
        Choices(columns={"sku": "stop_id", "name": "stop_name"}, attributes=("stop_lat",)),
        Outcome(9),
    ),
    "torture/duckdb__later_quotes.csv": (
        Choices(columns={"sku": "id", "description": "value"}),
        Outcome(2049),
    ),
    "torture/duckdb__double_trouble.csv": (
        Choices(columns={"sku": "text", "price": "number"}),
        Outcome(2736),
    ),
    # Two of 2772 rows have six cells.
    "torture/duckdb__rejects_incorrect_columns_mix_columns.csv": (
        Choices(columns={"sku": "a", "name": "b"}),
        Outcome(2770, {"too_many_cells": 2}),
    ),
    # There is no header; all rows are alike but the one with bytes that are no text.
    "torture/duckdb__test_invalid_utf_complex.csv": (
        Choices(encoding="utf-8", columns={"sku": "valid", "name": "valid (2)"}),
        Outcome(0, _HIDDEN),
    ),
    "torture/duckdb__test_invalid_utf_quoted_nl.csv": (
        Choices(encoding="utf-8", columns={"sku": "valid", "name": "valid (2)"}),
        Outcome(0, _HIDDEN),
    ),
    # Museums and their visitors: 23.824, and "in restauro".
    "torture/frictionless__issue-825.csv": (
        Choices(columns={"sku": "Musei", "price": "2011"}, decimal=","),
        Outcome(1, {"price_invalid": 1}),
    ),
    "torture/frictionless__wide.csv": (
        Choices(columns={"sku": "id"}, attributes=("100022", "100025")),
        Outcome(3),
    ),
    "torture/csv__json.csv": (
        Choices(columns={"sku": "key", "attributes": "val"}),
        Outcome(1),
    ),
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
