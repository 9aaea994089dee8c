"""Delimited text as shops, back offices and spreadsheets really write it, file by file."""

import codecs

import pytest

from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import read

TWO = [("A", "Größe 5", "1.5"), ("B", "Pan", "26067")]


def three(data: bytes | str) -> list[tuple[str, str | None, str | None]]:
    contents = read(data)
    assert contents.rejections == []
    return [(record.sku, record.name, record.price) for record in contents.records]


TEXT = 'sku;name;price\r\nA;Größe 5;1,50\r\nB;"Pan";26.067,00\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_read_without_a_mark(encoding: str) -> None:
    assert three(TEXT.encode(encoding)) == TWO


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF8 * 2, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("before", ["", "sep=;\r\n", "Price list\r\n\r\n;;\r\n"])
def test_marks_separator_lines_and_preambles_go_together(
    mark: bytes, encoding: str, before: str
) -> None:
    assert three(mark + (before + TEXT).encode(encoding)) == TWO


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end_is_found(delimiter: str, newline: str) -> None:
    rows = [["sku", "name", "price"], ["A", "Größe 5", "1.50"], ["B", "Pan", "26067"]]
    text = newline.join(delimiter.join(row) for row in rows)
    assert three(text) == TWO
    assert three(text + newline) == TWO
    assert three(newline * 2 + text) == TWO


def test_a_separator_of_ones_own_is_believed() -> None:
    assert three("sep=~\nsku~name~price\nA~Größe 5~1.50\nB~Pan~26067\n") == TWO


def test_a_marketplaces_three_headers_are_no_products() -> None:
    contents = read(
        "TemplateType=fptcustom\tVersion=2024\tThe top 3 rows are for Amazon.com use only.\n"
        "Seller SKU\tProduct Name\tStandard Price\n"
        "item_sku\titem_name\tstandard_price\n"
        "A\tMug\t1.50\n"
    )
    assert contents.records == [ProductRecord(4, "A", "Mug", price="1.5")]
    assert contents.rejections == []
    assert contents.reading.header_line == 3


def test_sections_between_the_rows_cost_themselves_only() -> None:
    contents = read(
        "code,name,price\nA,Mug,1\n,KITCHEN,\n,,\nB,Pan,2\ncode,name,price\nC,Pot,3\n,Page 1/2,\n"
    )
    assert contents.skus == ["A", "B", "C"]
    assert contents.codes == [(3, "sku_missing"), (6, "repeated_header"), (8, "sku_missing")]


def test_ragged_rows_are_filled_up_and_too_wide_ones_cost_themselves_only() -> None:
    contents = read("sku,name,price\nA\nB,Pan\nC,Pot,3,\nD,x,4,more\nE,Jar,5\n")
    assert contents.skus == ["A", "B", "C", "E"]
    assert contents.codes == [(5, "too_many_cells")]


def test_a_quote_that_is_not_closed_costs_one_row() -> None:
    rows = "".join(f'P{i},"Name, {i}",{i}\n' for i in range(5000))
    contents = read(f'sku,name,price\nA,"12" pan",1\nB,"Mug,2\n{rows}')
    assert contents.codes == [(3, "unclosed_quote")]
    assert len(contents.records) == 5001
    assert contents.records[0].name == '12" pan'


def test_nuls_cost_the_rows_that_they_hit() -> None:
    contents = read(b"sku,name\nA,b\nC,d\0\n" + b"\0" * 50 + b"\nE,f\n")
    assert contents.skus == ["A", "E"]
    assert [code for _, code in contents.codes] == ["control_character", "control_character"]


def test_a_cell_of_twenty_megabytes_costs_its_row() -> None:
    contents = read("sku,name\nA,b\nB," + "x" * 20_000_000 + "\nC,d\n")
    assert contents.skus == ["A", "C"]
    assert contents.codes == [(3, "row_too_long")]


def test_gtins_with_an_apostrophe_and_prices_with_their_currency_are_read() -> None:
    contents = read('sku,ean,price\nA,\'04006381333931,15.00 USD\nB,,"£4,250.00"\n')
    assert [record.gtin for record in contents.records] == ["4006381333931", None]
    assert [(record.price, record.currency) for record in contents.records] == [
        ("15", "USD"),
        ("4250", "GBP"),
    ]


def test_titles_with_spaces_accents_and_repetitions_are_understood() -> None:
    contents = read(' Šifra ,Naziv,MPC (EUR),Naziv\nA,Mug,"1,50",again\n')
    (record,) = contents.records
    assert (record.sku, record.name, record.price, record.currency) == ("A", "Mug", "1.5", "EUR")
