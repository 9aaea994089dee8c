"""Files that are no text tables are refused with advice."""

import io

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products
from tests.unit.feed.product_samples import as_xlsx, gzipped, read, zipped


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "an old or locked Excel workbook"),
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"PAR1" + b"\0" * 20, "a Parquet file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"BZh91AY&SY" + b"x" * 20, "a bzip2 archive"),
        (b"\xfd7zXZ\0" + b"x" * 20, "an xz archive"),
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 20, "a 7z archive"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 20, "a Zstandard archive"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
    ],
)
def test_other_formats_are_named(data: bytes, what: str) -> None:
    with pytest.raises(FeedError) as caught:
        open_products(io.BytesIO(data), filename="products.dat")
    assert caught.value.code == "format_not_supported"
    assert str(caught.value).startswith(f"products.dat is {what}, which cannot be imported. ")


@pytest.mark.parametrize("name", ["products.csv", "products.xml", "products.gz", "products"])
def test_the_format_is_told_by_the_bytes_and_not_by_the_name(name: str) -> None:
    kinds = {
        "csv": b"sku,name\nA,b\n",
        "jsonl": b'{"sku": "A", "name": "b"}\n{"sku": "A", "name": "b"}\n',
        "json": b'[{"sku": "A", "name": "b"}]',
        "xml": b"<r><item><sku>A</sku><name>b</name></item></r>",
        "xlsx": as_xlsx(["sku", "name"], [["A", "b"]]),
    }
    for kind, data in kinds.items():
        for packed in (data, gzipped(data), zipped({"x": data})):
            assert read(packed, name=name).reading.format == kind


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
