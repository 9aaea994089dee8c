"""What must hold for every file."""

import csv
import io

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from pricebook.feed.blocks import BlockBuilder
from pricebook.feed.choices import Choices
from pricebook.feed.dialect import Dialect
from pricebook.feed.errors import FeedError
from pricebook.feed.prices import DecimalMark
from pricebook.feed.product_file import open_products
from pricebook.feed.readers.csv_file import CsvReader
from pricebook.feed.readers.lines import LineReader
from pricebook.feed.records import ProductRecord, Rejection, Row
from pricebook.feed.validate import RowRules
from tests.depth import examples
from tests.unit.feed.product_samples import propose_mapping

exhaustive = settings(database=None, deadline=None, max_examples=examples(50))

TEXTS = st.lists(
    st.sampled_from(
        [
            "a",
            "Z9",
            "é",
            "€",
            "ÿ",
            '"',
            '""',
            "'",
            ",",
            ";",
            "\t",
            "|",
            "\n",
            "\r\n",
            " ",
            "\\",
            "=",
        ]
    ),
    max_size=6,
).map("".join)


@exhaustive
@given(
    rows=st.lists(st.lists(TEXTS, min_size=2, max_size=4), max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quote_all=st.booleans(),
    end_last_line=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252"]),
    piece=st.integers(min_value=1, max_value=40),
)
def test_what_csv_writes_is_read_back_with_exact_line_numbers(
    *,
    rows: list[list[str]],
    delimiter: str,
    newline: str,
    quote_all: bool,
    end_last_line: bool,
    encoding: str,
    piece: int,
) -> None:
    expected: list[tuple[int, list[str]]] = []
    text = ""
    for row in rows:
        if newline == "\r":  # in such a file every line end is read as LF
            row = [cell.replace("\r\n", "\n") for cell in row]  # noqa: PLW2901
        expected.append((1 + text.replace("\r\n", "\n").replace("\r", "\n").count("\n"), row))
        buffer = io.StringIO(newline="")
        csv.writer(
            buffer,
            delimiter=delimiter,
            lineterminator=newline,
            quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_NONNUMERIC,
        ).writerow(row)
        text += buffer.getvalue()
    data = (text if end_last_line else text.removesuffix(newline)).encode(encoding)
    dialect = Dialect(encoding, delimiter, 0, ".", cr_ends_lines=newline == "\r")
    source = LineReader(
        (data[i : i + piece] for i in range(0, len(data), piece)),
        encoding=encoding,
        cr_ends_lines=dialect.cr_ends_lines,
        backslash_quotes=False,
    )
    batches = list(CsvReader(source, dialect, line=1, width=3).batches())
    read = [pair for batch in batches for pair in zip(batch.lines, batch.rows, strict=True)]
    assert [batch.broken for batch in batches if batch.broken] == []
    assert read == expected


KINDS = [
    "", " ", "A-1", " A-1 ", "sku", "price", "x" * 101, "x" * 501, "A B", "A\nB", "a\0b",
    "\udcff", "true", "FALSE", " no", "in stock", "maybe", "12.50", "12,50", "0.10", "007",
    "1.234", "1,234", "-5", "15 USD", "9" * 20, "1\n2", "\u00a0", "é", "EUR", " usd", "€",
    "9 €", "'=1", "''-1", "'1", "'=" + "x" * 99, "'=" + "x" * 100, "x" * 201, "'tis",
    "4006381333931", "'04006381333931", "123", "1" * 51, "https://a.example/b?c=1",
    "https://a.example/b", " https://a.example/b c,https://d.example", "/b.jpg",
    "https://a.example/" + "x" * 2000, "https://a.example/\udcff", "{}", '{"b": 1, "a": [2]}',
    "[clear]", " [clear] ", '{"a": NaN}', '{"a": "' + "x" * 20_000 + '"}',
]  # fmt: skip
CELLS = st.one_of(st.sampled_from(KINDS), st.text(max_size=8))


@exhaustive
@given(
    rows=st.lists(st.lists(CELLS, max_size=8), max_size=12),
    header=st.sampled_from(
        [
            ["sku", "name", "description", "price", "active"],
            ["price", "sku"],
            ["archived", "name", "sku", "x", "y", "z"],
            ["a", "b", "c", "d", "price", "e", "f", "sku", "g"],
            ["sku", "currency"],
            ["sku", "price (EUR)"],
            ["sku", "name", "price (EUR)", "currency"],
            ["sku", "brand", "gtin", "category"],
            ["image_url", "url", "sku", "attributes"],
            ["unit_size", "sku", "x"],
        ]
    ),
    decimal=st.sampled_from([".", ","]),
)
@example(rows=[["A", "", "", "0"], ["B"], []], header=["sku", "x", "y", "price"], decimal=".")
def test_building_blocks_in_bulk_agrees_with_the_rules_row_by_row(
    rows: list[list[str]], header: list[str], decimal: DecimalMark
) -> None:
    assert_bulk_agrees(rows, header, decimal)


@pytest.mark.parametrize("title", [*ProductRecord._fields[2:], "price (EUR)", "archived"])
def test_building_each_column_agrees_with_the_rules_for_every_kind_of_cell(title: str) -> None:
    for kind in KINDS:
        assert_bulk_agrees([["A", kind]], ["sku", title], ".")
        assert_bulk_agrees([["A", kind], ["B", ""]], ["sku", title], ",")
    assert_bulk_agrees([["A", kind] for kind in KINDS], ["sku", title], ".")
    assert_bulk_agrees([[kind, ""] for kind in KINDS], ["sku", title], ".")


@pytest.mark.parametrize("title", ["price", "price (EUR)"])
def test_building_prices_agrees_with_the_rules_for_every_pair_with_a_currency(title: str) -> None:
    for price in KINDS:
        for currency in ("", " ", "usd", "€"):
            assert_bulk_agrees([["A", price, currency]], ["sku", title, "currency"], ".")


TOKENS = ["[clear]", "", "A", "1", "true", "usd", "http://example.com/", '{"a":1}']


@exhaustive
@given(
    rows=st.lists(st.lists(st.one_of(CELLS, st.sampled_from(TOKENS)), max_size=8), max_size=12),
    header=st.permutations([*ProductRecord._fields[1:], "x"]).map(lambda titles: titles[:8]),
    choices=st.builds(
        Choices,
        clear_token=st.sampled_from(TOKENS),
        currency=st.sampled_from(["", "EUR"]),
        minor_units=st.booleans(),
        preset=st.just("none"),
    ),
    decimal=st.sampled_from([".", ","]),
)
def test_building_blocks_in_bulk_agrees_with_the_rules_whatever_is_chosen(
    rows: list[list[str]], header: list[str], choices: Choices, decimal: DecimalMark
) -> None:
    header = ["sku", *(title for title in header if title != "sku"), "name"]
    assert_bulk_agrees(rows, header, decimal, choices)


@pytest.mark.parametrize("title", [*ProductRecord._fields[1:], "price (EUR)", "archived"])
@pytest.mark.parametrize("token", TOKENS)
def test_building_each_column_agrees_with_the_rules_for_a_clear_token(
    title: str, token: str
) -> None:
    choices = Choices(clear_token=token, currency="EUR")
    for cell in (token, f" {token}\t", f"{token}x", f"'{token}", "", "\0"):
        rows = [["A", cell, ""], ["B", "", ""], ["A", "1", cell], [cell, cell, ""]]
        assert_bulk_agrees(rows, ["sku", title, "unit_size"], ".", choices)


@pytest.mark.parametrize("price", ["2500", "25.00", "25.50", "1", "0", "", "[clear]"])
def test_building_prices_agrees_with_the_rules_for_minor_units(price: str) -> None:
    choices = Choices(minor_units=True, currency="EUR")
    assert_bulk_agrees([["A", price], ["B", "100"]], ["sku", "price"], ".", choices)


def assert_bulk_agrees(
    rows: list[list[str]], header: list[str], decimal: DecimalMark, choices: Choices | None = None
) -> None:
    rules = RowRules(propose_mapping(header), decimal, choices or Choices())
    lines = range(2, 2 + len(rows))
    outcomes = [rules.check(Row(line, row)) for line, row in zip(lines, rows, strict=True)]
    unsafe = any(set(cell) & {"\0", "\udcff"} for row in rows for cell in row)
    block = BlockBuilder(rules).build(lines, rows, unsafe=unsafe)
    assert block.records == [o for o in outcomes if isinstance(o, ProductRecord)]
    assert block.rejections == [o for o in outcomes if isinstance(o, Rejection)]


@exhaustive
@given(
    pieces=st.lists(
        st.one_of(
            st.sampled_from(
                [b"A,b,1", b",", b";", b"\t", b'"', b'""', b"\n", b"\r", b"\r\n", b"\\", b"\0",
                 b"\xe9", b"\xc3\xa9", b"\xff\xfe", b"x" * 300, b'A,"b\nc",1\n',
                 b"sku,name,price\n", b"sku,url,attributes\n", b"http://example.com/", b'{"a":1}']
            ),
            st.binary(max_size=5),
        ),
        max_size=30,
    ),
    with_header=st.booleans(),
)  # fmt: skip
def test_any_bytes_are_read_or_refused_with_a_sentence(
    pieces: list[bytes], *, with_header: bool
) -> None:
    data = (b"sku,name,price\n" if with_header else b"") + b"".join(pieces)
    try:
        blocks = list(open_products(io.BytesIO(data), filename="a.csv").blocks())
    except FeedError as error:
        event(f"refused: {error.code}")
        return
    for block in blocks:
        for record in block.records:
            texts = "".join(cell for cell in record[1:] if isinstance(cell, str))
            texts.encode()
            assert "\0" not in texts
        for rejection in block.rejections:
            assert rejection.problems
            "".join(rejection.values).encode()
    lines = [record.line for block in blocks for record in block.records]
    lines += [rejection.line for block in blocks for rejection in block.rejections]
    assert len(lines) == len(set(lines))
    assert all(1 < line <= data.count(b"\n") + data.count(b"\r") + 1 for line in lines)


@exhaustive
@given(
    count=st.integers(min_value=1, max_value=60),
    damaged=st.integers(min_value=0, max_value=59),
    damage=st.sampled_from(['{i},"oops,1', '{i},x,"1', '"{i},x,1']),
    quoted=st.booleans(),
)
def test_one_unclosed_quote_costs_exactly_one_row(
    count: int, damaged: int, damage: str, *, quoted: bool
) -> None:
    damaged %= count
    template = 'A{i},"x, y",1' if quoted else "A{i},x,1"
    rows = [(damage if i == damaged else template).format(i=i) for i in range(count)]
    data = "\n".join(["sku,name,price", *rows, ""]).encode()
    blocks = list(open_products(io.BytesIO(data), filename="a.csv").blocks())
    assert [r.line for block in blocks for r in block.rejections] == [damaged + 2]
    assert [r.sku for block in blocks for r in block.records] == [
        f"A{i}" for i in range(count) if i != damaged
    ]
