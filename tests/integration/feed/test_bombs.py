"""Archives and workbooks made to fill memory or disk: refused early; what only looks so is read."""

import gzip
import io
import re
import time
import tracemalloc
import zipfile
import zlib

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products
from pricebook.feed.unpack.limits import Limits
from tests.unit.feed.product_samples import read, sheet_of, workbook, zipped

MIB = 1024**2
PRODUCTS = sheet_of([["sku", "name", "price"], ["A", "Mug", "1.50"]])


def refusal(data: bytes, name: str, *, limits: Limits | None = None) -> tuple[str, str]:
    with pytest.raises(FeedError) as caught:
        read(data, name=name, limits=limits)
    return caught.value.code, str(caught.value)


def zeros(size: int, *, before: bytes = b"") -> bytes:
    """Return a gzip of so many zeros, made of copies of one compressed MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(before)]
    pieces += [packer.compress(bytes(MIB)) for _ in range(size // MIB)]
    return b"".join([*pieces, packer.flush()])


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"sku,name\n",
        b'{"sku":"A","name":"b"}\n{"sku":"B","name":"',
        b'[{"sku":"A","name":"b"},{"sku":"B","name":"',
        b"<r><item><sku>A</sku><name>b</name></item><item><sku>",
    ],
)
def test_a_bomb_fails_after_little_output_with_memory_flat(before: bytes) -> None:
    bomb = zeros(100 * MIB, before=before)
    stream = io.BytesIO(bomb)
    tracemalloc.start()
    try:
        with (
            pytest.raises(FeedError) as caught,
            open_products(stream, filename="bomb.csv.gz") as products,
        ):
            list(products.blocks())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB
    # Zeros alone are an empty file from the first bytes on.
    assert caught.value.code in ("unpacks_too_large", "file_empty")
    assert stream.tell() < len(bomb) / 2


def test_a_bomb_in_a_zip_fails_too() -> None:
    code, sentence = refusal(zipped({"p.csv": b"sku,name\n" + bytes(100 * MIB)}), "list.bin")
    assert code == "unpacks_too_large"
    assert sentence == (
        "list.bin unpacks to more than 200 times its size, which no product list does. Unpack it "
        "yourself and upload what is inside."
    )


def test_a_repetitive_list_is_no_bomb() -> None:
    data = b"sku,name,price\n" + b"".join(b"%07d,The same name,1.00\n" % i for i in range(100_000))
    assert len(read(gzip.compress(data, 9), limits=Limits(ratio_from=MIB)).records) == 100_000


def test_a_workbook_that_unpacks_to_too_much_is_not_opened() -> None:
    data = workbook({"S": PRODUCTS + " " * 100_000_000})
    assert refusal(data, "list.xlsx")[0] == "unpacks_too_large"
    assert refusal(workbook({"S": PRODUCTS}), "list.xlsx", limits=Limits(max_sheet=500))[0] == (
        "unpacks_too_large"
    )


def test_sheets_that_are_one_and_the_same_large_part_are_not_all_opened() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="999999"><c r="K999999"><v>1</v></c></row>'
    )
    began = time.process_time()
    whole = workbook({f"S{i}": "" for i in range(200)})
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    large = files["xl/worksheets/sheet1.xml"].replace(
        b"<sheetData>", b"<sheetData>" + rows.encode()
    )
    files["xl/worksheets/sheet1.xml"] = large
    links = "xl/_rels/workbook.xml.rels"
    files[links] = re.sub(rb"sheets/sheet[0-9]+", b"sheets/sheet1", files[links])
    assert refusal(zipped(files), "list.xlsx")[0] == "no_sku_column"
    assert time.process_time() - began < 10
