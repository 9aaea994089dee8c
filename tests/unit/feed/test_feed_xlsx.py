"""Workbooks: which sheet is read, and what its cells say."""

import io
import zipfile

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products
from pricebook.feed.records import ProductRecord
from pricebook.feed.unpack.limits import Limits
from tests.unit.feed.product_samples import (
    as_xlsx,
    gzipped,
    read,
    sheet_of,
    text_cell,
    workbook,
    zipped,
)

HEADER = ["sku", "name", "price"]
PRODUCTS = sheet_of([HEADER, ["A", "Mug", "1.50"]])


def cell(xml: str, *, title: str = "name") -> str | None:
    """Return what a cell of a column comes to."""
    rows = sheet_of([["sku", title]]) + f'<row r="2">{text_cell("A")}{xml}</row>'
    contents = read(workbook({"S": rows}))
    assert contents.rejections == []
    return getattr(contents.records[0], title)  # type: ignore[no-any-return]


def refusal(data: bytes, *, limits: Limits | None = None) -> tuple[str, str]:
    with pytest.raises(FeedError) as caught:
        read(data, name="list.xlsx", limits=limits)
    return caught.value.code, str(caught.value)


def test_rows_of_a_sheet_are_products_with_the_sheets_row_numbers() -> None:
    rows = [["Price list", "", ""], ["", "", ""], HEADER, ["A", "Mug", "1.50"], ["", " ", ""]]
    contents = read(as_xlsx(rows[0], [*rows[1:], ["B", "Pan", "2"], ["", "x", "3"]]))
    assert contents.records == [
        ProductRecord(4, "A", "Mug", price="1.5"),
        ProductRecord(6, "B", "Pan", price="2"),
    ]
    assert contents.codes == [(7, "sku_missing")]
    reading = contents.reading
    assert (reading.format, reading.sheet, reading.header_line) == ("xlsx", "Products", 3)


def test_a_table_may_begin_anywhere_and_its_rows_may_have_gaps() -> None:
    rows = (
        f'<row r="5">{text_cell("sku", "C5")}{text_cell("name", "E5")}</row>'
        f'<row r="9">{text_cell("A", "C9")}{text_cell("Mug", "E9")}</row>'
    )
    contents = read(workbook({"S": rows}))
    assert contents.records == [ProductRecord(9, "A", "Mug")]
    assert contents.reading.header_line == 5


def test_the_first_visible_sheet_with_a_sku_column_is_read() -> None:
    sheets = {
        "Old": PRODUCTS,
        "Empty": "",
        "Notes & more": sheet_of([["Please read", "this"]]),
        "Prices": PRODUCTS,
        "Other": sheet_of([HEADER, ["Z", "z", "9"]]),
    }
    contents = read(workbook(sheets, hidden=["Old"]))
    assert contents.reading.sheet == "Prices"
    assert contents.skus == ["A"]


def test_without_a_sku_column_the_first_sheets_columns_are_named() -> None:
    sheets = {"Empty": "", "S": sheet_of([["Title"], ["a", "b", "c"], ["1"]]), "T": ""}
    assert refusal(workbook(sheets)) == (
        "no_sku_column",
        (
            "The file has no SKU column. Its columns are: a, b, c. Rename the one that identifies "
            "a product to sku; variant sku, item sku, product code, reference, article number, "
            "product id, id, code and barcode are understood too. (Line 2 was taken for "
            "the header.)"
        ),
    )


@pytest.mark.parametrize("sheets", [{"S": ""}, {"S": '<row r="1"/>'}])
def test_a_workbook_with_nothing_in_it_is_refused(sheets: dict[str, str]) -> None:
    assert refusal(workbook(sheets)) == (
        "file_empty",
        "list.xlsx has no visible sheet with anything in it.",
    )


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<c><v>1.1000000000000001</v></c>", "1.1"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>12</v></c>", "12"),
        ("<c><v>12.0</v></c>", "12"),
        ("<c><v>4006381333931</v></c>", "4006381333931"),
        ("<c><v>4.006381333931E12</v></c>", "4006381333931"),
        ("<c><v>1E-7</v></c>", "0.0000001"),
        ("<c><v>1E+20</v></c>", "100000000000000000000"),
        ("<c><v>-0.5</v></c>", "-0.5"),
        ('<c s="1"><v>45000</v></c>', "2023-03-15"),
        ('<c s="2"><v>45000.5</v></c>', "2023-03-15T12:00:00"),
        ('<c t="d"><v>2023-03-15</v></c>', "2023-03-15"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="str"><f>A1</f><v>=computed</v></c>', "=computed"),
        ('<c t="e"><v>#N/A</v></c>', None),
        ("<c/>", None),
        (text_cell("0012"), "0012"),
        (text_cell("größer & <b>"), "größer & <b>"),
    ],
)
def test_cells_are_read_as_people_see_them(xml: str, text: str | None) -> None:
    assert cell(xml) == text


def test_an_error_in_the_sku_costs_the_row() -> None:
    rows = sheet_of([HEADER]) + '<row r="2"><c t="e"><v>#REF!</v></c><c><v>1</v></c></row>'
    assert read(workbook({"S": rows})).codes == [(2, "sku_missing")]


def test_a_nul_costs_its_row() -> None:
    rows = sheet_of([HEADER, ["A", "a_x0000_b", ""], ["B", "c", ""]])
    contents = read(workbook({"S": rows}))
    assert contents.skus in (["B"], ["A", "B"])
    assert all("\0" not in (record.name or "") for record in contents.records)


def test_prices_that_are_numbers_have_points_and_texts_their_own_marks() -> None:
    texts = read(as_xlsx(HEADER, [["A", "", "1.234"], ["B", "", "0,99"]]))
    assert [record.price for record in texts.records] == ["1234", "0.99"]
    rows = (
        sheet_of([HEADER])
        + f'<row r="2">{text_cell("A")}<c/><c><v>1.234</v></c></row>'
        + f'<row r="3">{text_cell("B")}<c/>{text_cell("0,99")}</row>'
    )
    assert [record.price for record in read(workbook({"S": rows})).records] == ["1.234", "0.99"]


def test_thousands_of_rows_come_in_blocks_with_progress() -> None:
    data = as_xlsx(HEADER, [[f"A{i}", f"Mug {i}", "1"] for i in range(10_000)])
    with open_products(io.BytesIO(data), filename="x.xlsx") as products:
        assert products.bytes_read < len(data) / 2
        seen = [(len(block.records), products.bytes_read) for block in products.blocks()]
    assert sum(count for count, _ in seen) == 10_000
    assert [at for _, at in seen] == sorted(at for _, at in seen)
    assert len(seen) == 5
    assert seen[-1][1] == len(data)


def test_a_workbook_may_be_packed() -> None:
    data = as_xlsx(HEADER, [["A", "", ""]])
    assert read(gzipped(data)).reading.packed == ("gzip",)
    contents = read(zipped({"list.xlsx": data}))
    assert (contents.reading.packed, contents.reading.format) == (("zip",), "xlsx")


FAR = '<row r="1"><c r="A1"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "rows",
    [
        FAR + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        FAR + '<row><c r="xfd99999"><v>1</v></c></row>',
        FAR + "<row r = '999999'><c\n\tr\n=\n'ZZ999999'><v>1</v></c></row>",
        FAR + '<row r="900000"><c s="1"r="ZZ900000"><v>1</v></c></row>',
        "<row>" + "<c><v>1</v></c>" * 16_000 + '</row><row r="1000000"><c><v>1</v></c></row>',
        "<x:row>" + "<x:c/>" * 16_000 + "</x:row>" + "<x:row/>" * 16_000,
    ],
)
def test_a_sheet_that_would_fill_the_memory_is_not_opened(rows: str) -> None:
    assert refusal(workbook({"S": rows})) == (
        "sheet_too_large",
        (
            "list.xlsx has a sheet of more than 20,000,000 cells, blank ones included. Save it as "
            "CSV, or delete what is far away from the list."
        ),
    )


def test_a_reference_that_is_cut_between_two_pieces_is_seen() -> None:
    for size in range(1_048_400, 1_048_600, 7):
        rows = " " * size + '<row r="900000"><c r="ZZ900000"><v>1</v></c></row>'
        assert refusal(workbook({"S": rows}))[0] == "sheet_too_large"


def test_other_office_documents_are_no_workbooks() -> None:
    data = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    assert refusal(data) == (
        "format_not_supported",
        (
            "list.xlsx is an Office document, but no .xlsx workbook. Save the list as .xlsx or CSV "
            "and upload that."
        ),
    )


def test_sheets_of_other_programs_are_named() -> None:
    data = zipped({"mimetype": b"x", "content.xml": b"<x/>", "META-INF/manifest.xml": b"<x/>"})
    assert refusal(data) == (
        "format_not_supported",
        (
            "list.xlsx is an OpenDocument file, which cannot be imported. Save the list as .xlsx "
            "or CSV and upload that."
        ),
    )


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_damaged_workbook_is_refused_with_a_sentence(part: str) -> None:
    whole = workbook({"S": PRODUCTS})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files[part] = files[part][:-40] + b"<<<"
    assert refusal(zipped(files)) == (
        "workbook_damaged",
        (
            "list.xlsx is a workbook that cannot be read. Open it in a spreadsheet program, "
            "save it as .xlsx or CSV, and upload that."
        ),
    )
