"""Files of some megabytes: read in little memory and soon, however they are made."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, repeat

import pytest

from pricebook.feed.links import parse_link
from pricebook.feed.product_file import open_products
from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.records import CellFault
from tests.unit.feed.outcomes import check_outcome
from tests.unit.feed.product_samples import gzipped, opened, read, zipped

MIB = 1024**2
FEED = b"<?xml version='1.0'?><rss><channel><title>Shop</title>"
ITEM = (
    b"<item><id>A-1</id><title>Mug</title><link>https://a.example/1</link>"
    b"<description><![CDATA[%s]]></description><price>15.00 USD</price></item>\n"
) % (b"A <b>blue</b> mug. " * 250)


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    """Check that what happens inside never holds so many bytes of memory."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'[{"a":"' + b"y" * 1_000_000 + b'"},' + b'{"a":x},' * 60_000, id="errors"),
        pytest.param(b"[" * 3_000_000, id="depth"),
        pytest.param(b'[{"sku":"A","name":"b"},' + b'{"a":' * 600_000, id="depth of objects"),
        pytest.param(b'{"' + b'a":{"' * 600_000, id="depth of keys"),
        pytest.param(b'{"sku":"A","name":"b"}\n' * 2 + b"[\n" * 300_000, id="lines"),
        pytest.param(
            b'{"sku":"A",'
            + b",".join(b'"k%d":1' % i for i in range(20_000))
            + b"}\n"
            + b"{}\n" * 9,
            id="titles",
        ),
        pytest.param(
            b"<r>" + b"<item><sku>A</sku><name>b</name>" + b"<c>x</c>" * 200_000 + b"</item></r>",
            id="repeated elements",
        ),
        pytest.param(b"<r>" + b"<item a='b'/>" * 100_000, id="items"),
        pytest.param(b"<r><item><sku>A</sku></item><x y='" + b"<" * 3_000_000, id="attribute"),
        pytest.param(b"<r><item><sku>A</sku></item><x y='" + b"z" * 3_000_000, id="long attribute"),
        pytest.param(gzipped(*[b""] * 100_000), id="empty members"),
        pytest.param(b"\x1f\x8b\x08\x08\0\0\0\0\0\0" + b"n" * 3_000_000, id="long name in gzip"),
        pytest.param(b"PK\x05\x06" * 20_000, id="ends of zips"),
        pytest.param(b'"' * 1_000_000, id="quotes"),
        pytest.param(b'sku,name\nA,"b' + b'"x\n' * 200_000, id="quotes in lines"),
    ],
)
def test_files_made_to_take_long_do_not(data: bytes) -> None:
    check_outcome(data)


class Repeated:
    """A file that begins somehow and then repeats itself, never whole in memory."""

    def __init__(self, beginning: bytes, piece: bytes, times: int) -> None:
        self._pieces = chain([beginning], repeat(piece, times))

    def read(self, _size: int) -> bytes:
        return next(self._pieces, b"")


def test_a_long_single_line_of_json_is_streamed_with_memory_flat() -> None:
    product = json.dumps({"sku": "A", "description": "größer " * 100}, ensure_ascii=False)
    file = Repeated(b"[", f"{product},".encode(), 20_000)
    with memory_below(12 * MIB), open_products(file, filename="x.json") as products:
        seen = [(len(block.records), products.bytes_read) for block in products.blocks()]
    assert sum(count for count, _ in seen) == 20_000
    assert seen[0][1] < seen[-1][1] / 10


def test_a_product_over_the_limit_costs_itself_only() -> None:
    product = b'{"sku": "x", "name": [' + b'{"]":"}"},' * (MAX_ROW // 5) + b"1]}"
    contents = read(b'[{"sku": "A", "name": "a"},\n' + product + b',\n{"sku": "B", "name": "b"}]')
    assert contents.skus == ["A", "B"]
    assert contents.codes == [(2, "row_too_long")]


def test_a_value_that_is_not_read_may_be_of_any_size() -> None:
    head = b'{"products": [{"sku": "A", "name": "Mug"}], "log": ["'
    stream = io.BytesIO(head + b'\\"]' * 3_000_000 + b'"], "x": ' + b"7" * 100_000 + b"}")
    with memory_below(12 * MIB), open_products(stream, filename="x.json") as products:
        blocks = list(products.blocks())
    assert [len(block.records) for block in blocks] == [1]
    assert blocks[0].rejections == []


def test_memory_is_flat_whatever_the_number_of_items() -> None:
    file = Repeated(FEED, ITEM * 100, 40)
    with memory_below(8 * MIB), open_products(file, filename="feed.xml") as products:
        count = sum(len(block.records) for block in products.blocks())
    assert count == 4_000


def test_a_quoted_text_of_many_lines_over_the_limit_is_refused() -> None:
    lines = MAX_ROW // 10 + 20_000
    contents = read(b'sku,name,price\nA,"' + b"some text\n" * lines + b'",1\nB,x,1\n')
    assert [(record.line, record.sku) for record in contents.records] == [(lines + 3, "B")]
    assert contents.codes[:2] == [(2, "unclosed_quote"), (3, "after_unclosed_quote")]
    assert len(contents.rejections) == lines + 1


def test_progress_grows_with_the_blocks() -> None:
    data = "sku,name\n" + "A,some name of a product\n" * 100_000
    products = opened(data)
    seen = [products.bytes_read for _ in products.blocks()]
    assert seen == sorted(seen)
    assert seen[0] < len(data) / 5
    assert seen[-1] == len(data)


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_progress_is_that_of_the_packed_file(kind: str) -> None:
    text = b"sku,name,price\n" + b"".join(
        b"A%d,Mug %x,%d\n" % (i, i * 2654435761 % 2**32, i) for i in range(100_000)
    )
    data = gzipped(text) if kind == "gzip" else zipped({"p.csv": text})
    with open_products(io.BytesIO(data), filename="p") as products:
        seen = [products.bytes_read for _ in products.blocks()]
    assert seen == sorted(seen)
    assert seen[0] < len(data) / 3
    assert len(set(seen)) > 10
    assert seen[-1] == len(data)


def test_cp1252_beyond_a_long_ascii_beginning_is_read_as_cp1252() -> None:
    beginning = b"sku,name\n" + b"A,plain\n" * 100_000
    contents = read(beginning + "B,Größe 5 €\n".encode("cp1252"))
    assert contents.records[-1].name == "Größe 5 €"
    assert contents.rejections == []


def test_a_megabyte_of_separators_is_read_in_no_time() -> None:
    for text in ("https://a.example/" + " ," * 500_000, "https://example" + " " * 1_000_000 + "x"):
        assert isinstance(parse_link(text, "url"), CellFault)
