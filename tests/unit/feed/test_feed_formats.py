"""Files that are no text tables are refused with advice."""

import gzip
import io
import zipfile

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (gzip.compress(b"sku,name\n"), "a gzip archive"),
        (zipped("products.csv"), "a zip archive"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "an old Excel workbook (.xls)"),
        (b'[{"sku": "A"}]', "a JSON file"),
        (b'\xef\xbb\xbf{"sku": "A"}\n{"sku": "B"}\n', "a JSON file"),
        (b'<?xml version="1.0"?><rss></rss>', "an XML or HTML file"),
        (b"<!DOCTYPE html><html></html>", "an XML or HTML file"),
        (b"PAR1" + b"\0" * 20, "a Parquet file"),
        (b"%PDF-1.7\n", "a PDF document"),
    ],
)
def test_other_formats_are_named(data: bytes, what: str) -> None:
    with pytest.raises(FeedError) as caught:
        open_products(io.BytesIO(data), filename="products.dat")
    assert caught.value.code == "format_not_supported"
    assert str(caught.value).startswith(f"products.dat is {what}, which cannot be imported yet. ")


@pytest.mark.parametrize("data", [b"", b"\n\r\n  \t", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError) as caught:
        open_products(io.BytesIO(data), filename="products.csv")
    assert caught.value.code == "file_empty"
    assert str(caught.value) == "products.csv is empty. Upload a file with a header and rows."


def test_a_file_without_line_ends_is_refused_after_its_beginning() -> None:
    stream = io.BytesIO(b"a" * 1_000_000)
    with pytest.raises(FeedError) as caught:
        open_products(stream, filename="blob.csv")
    assert caught.value.code == "no_lines"
    assert stream.tell() <= 262_144


def test_a_json_cell_does_not_make_a_json_file() -> None:
    products = open_products(io.BytesIO(b'sku,name\n1,"{""a"": 1}"\n'), filename="a.csv")
    assert [record.name for block in products.blocks() for record in block.records] == ['{"a": 1}']
