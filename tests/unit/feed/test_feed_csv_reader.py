"""Delimited text to rows: line numbers, damage, and bounds."""

from collections.abc import Iterator

import pytest

from pricebook.feed.dialect import Dialect
from pricebook.feed.readers.csv_file import CsvReader
from pricebook.feed.readers.lines import MAX_ROW, LineReader
from pricebook.feed.records import Rejection


def read(
    data: bytes, *, width: int = 3, dialect: Dialect | None = None, piece: int = 1 << 16
) -> tuple[dict[int, list[str]], list[Rejection]]:
    """Read rows, the first of which is in line 1, through pieces of so many bytes."""
    dialect = dialect or Dialect("utf-8", ",", 0, ".")
    lines = LineReader(
        (data[i : i + piece] for i in range(0, len(data), piece)),
        encoding=dialect.encoding,
        cr_ends_lines=dialect.cr_ends_lines,
        backslash_quotes=dialect.backslash_quotes,
    )
    rows: dict[int, list[str]] = {}
    broken: list[Rejection] = []
    for batch in CsvReader(lines, dialect, line=1, width=width).batches():
        rows.update(zip(batch.lines, batch.rows, strict=True))
        broken.extend(batch.broken)
    return rows, broken


def codes(broken: list[Rejection]) -> list[tuple[int, str]]:
    return [(rejection.line, rejection.problems[0].code) for rejection in broken]


@pytest.mark.parametrize("piece", [1, 2, 7, 1 << 16])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_rows_are_numbered_by_their_first_physical_line(newline: str, piece: int) -> None:
    text = 'a,b,c\n"d\ne\n\nf",g,h\n\ni,"j ""k""",l'.replace("\n", newline)
    rows, broken = read(text.encode(), piece=piece)
    assert rows == {
        1: ["a", "b", "c"],
        2: ["d\ne\n\nf".replace("\n", newline), "g", "h"],
        7: ["i", 'j "k"', "l"],
    }
    assert broken == []


@pytest.mark.parametrize("piece", [1, 2, 3, 1 << 16])
def test_old_macs_lines_end_by_carriage_returns(piece: int) -> None:
    dialect = Dialect("utf-8", ",", 0, ".", cr_ends_lines=True)
    rows, _ = read(b'a,b\r"Once\rupon",c\r\nd,e\r', dialect=dialect, piece=piece)
    assert rows == {1: ["a", "b"], 2: ["Once\nupon", "c"], 4: ["d", "e"]}


@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_line_ends_of_both_kinds_and_doubled_carriage_returns_are_read(piece: int) -> None:
    rows, broken = read(b'a,b\r\nc,d\n"e\nf",g\r\r\nh,"i\rj"\n', piece=piece)
    assert list(rows.values()) == [["a", "b"], ["c", "d"], ["e\nf", "g"], ["h", "i\rj"]]
    assert list(rows) == [1, 2, 3, 5]
    assert broken == []


def test_a_carriage_return_outside_quotes_costs_its_line() -> None:
    rows, broken = read(b"a,b,c\nd,e\rf,g\nh,i,j\n")
    assert list(rows) == [1, 3]
    assert codes(broken) == [(2, "stray_carriage_return")]


@pytest.mark.parametrize("rows_after", [0, 3, 5000])
@pytest.mark.parametrize("quoted", [b"%d,x,y\n", b'%d,"x","y"\n'])
def test_an_unclosed_quote_costs_one_row(quoted: bytes, rows_after: int) -> None:
    after = b"".join(quoted % number for number in range(rows_after))
    rows, broken = read(b'1,x,y\n2,"oops,y\n' + after)
    assert codes(broken) == [(2, "unclosed_quote")]
    assert broken[0].values == ("2", '"oops,y')
    assert len(rows) == rows_after + 1
    assert list(rows) == [1, *range(3, rows_after + 3)]


def test_the_remains_of_an_unclosed_text_do_not_become_rows() -> None:
    rows, broken = read(b'1,x,y\n2,"He said\n"hi" and left\nthen,came\n3,x,y\n4,x\n')
    assert rows == {1: ["1", "x", "y"], 5: ["3", "x", "y"], 6: ["4", "x"]}
    assert codes(broken) == [
        (2, "unclosed_quote"),
        (3, "unclosed_quote"),
        (4, "after_unclosed_quote"),
    ]
    assert broken[2].problems[0].message == (
        "This line follows the quote that is not closed in line 3 and has not the cells of a row. "
        "Mend that line."
    )


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (b'1,"Table, 48" wide",9\n', ["1", 'Table, 48" wide', "9"]),
        (b'1,"Round 48"",9\n', ["1", 'Round 48"', "9"]),
        (b'1,"He said ""hi"" and "bye"",9\n', ["1", 'He said "hi" and "bye"', "9"]),
        (b'1,"closed" ,9\n', ["1", "closed", "9"]),
        (b'1,5" disk,9\n', ["1", '5" disk', "9"]),
    ],
)
def test_a_stray_quote_means_itself_where_the_cells_are_clear(
    line: bytes, cells: list[str]
) -> None:
    rows, broken = read(b'0,"a",b\n' + line + b'2,"c",d\n')
    assert rows == {1: ["0", "a", "b"], 2: cells, 3: ["2", "c", "d"]}
    assert broken == []


def test_a_stray_quote_is_refused_where_cells_would_shift() -> None:
    rows, broken = read(b'1,"Round 48" x", oak",9\n2,x,y\n')
    assert list(rows) == [2]
    assert codes(broken) == [(1, "stray_quote")]
    assert broken[0].values == ("1", 'Round 48" x', ' oak"', "9")


def test_escaped_quotes_are_unescaped() -> None:
    dialect = Dialect("utf-8", ",", 0, ".", escape="\\")
    rows, broken = read(b'1,"10\\" pan",9\n2,"5\\" x" y",8\n', dialect=dialect)
    assert rows == {1: ["1", '10" pan', "9"], 2: ["2", '5" x" y', "8"]}
    assert broken == []


@pytest.mark.parametrize("piece", [1, 1 << 16])
def test_the_backslash_goes_where_quotes_are_also_doubled(piece: int) -> None:
    dialect = Dialect("utf-8", ",", 0, ".", backslash_quotes=True)
    rows, _ = read(b'1,"3\\"" X 3\\""",a\\b\n', dialect=dialect, piece=piece)
    assert rows == {1: ["1", '3" X 3"', "a\\b"]}


def test_unquoted_tab_separated_text_is_taken_literally() -> None:
    dialect = Dialect("utf-8", "\t", 0, ".", quoted=False)
    rows, broken = read(b'1\t"Best" tea\t5 cm "\n2\t"\tx\n', dialect=dialect)
    assert rows == {1: ["1", '"Best" tea', '5 cm "'], 2: ["2", '"', "x"]}
    assert broken == []


def test_spaces_before_cells_are_skipped_where_the_dialect_says_so() -> None:
    dialect = Dialect("utf-8", ",", 0, ".", skip_space=True)
    assert read(b'1, "a, b", c\n', dialect=dialect)[0] == {1: ["1", "a, b", "c"]}


def test_bytes_that_are_no_text_are_marked_in_their_line_only() -> None:
    rows, _ = read("é,ü,ö\n".encode() + b"a\xffb,c,d\ne,f,g\n")
    assert rows == {1: ["é", "ü", "ö"], 2: ["a\udcffb", "c", "d"], 3: ["e", "f", "g"]}


@pytest.mark.parametrize("piece", [1000, 1 << 16])
def test_a_line_over_the_limit_is_refused_and_shown_by_its_beginning(piece: int) -> None:
    rows, broken = read(b'1,x,y\n2,"' + b"z" * (2 * MAX_ROW) + b'",y\n3,x,y\n', piece=piece)
    assert list(rows) == [1, 3]
    assert codes(broken) == [(2, "row_too_long")]
    assert broken[0].values[0] == "2"
    assert sum(map(len, broken[0].values)) < 2100


def test_a_long_cell_below_the_limit_is_read() -> None:
    rows, broken = read(b"1,x," + b"z" * 1_000_000 + b"\n")
    assert len(rows[1][2]) == 1_000_000
    assert broken == []


def test_an_unfinished_row_before_a_line_over_the_limit_is_refused_too() -> None:
    rows, broken = read(b'1,"x,y\n2,' + b"z" * (2 * MAX_ROW) + b"\n3,x,y\n")
    assert list(rows) == [3]
    assert codes(broken) == [(1, "unclosed_quote"), (2, "row_too_long")]


def test_memory_is_bounded_whatever_the_line() -> None:
    longest = 0

    def endless_line() -> Iterator[bytes]:
        yield b"1,x,y\n2,"
        for _ in range(320):
            yield b"z" * (1 << 16)
        yield b"\n3,x,y\n"

    source = LineReader(
        endless_line(), encoding="utf-8", cr_ends_lines=False, backslash_quotes=False
    )
    while lines := source.take(1):
        longest = max(longest, len(lines[0]))
    assert source.bytes_read == 320 * (1 << 16) + 15
    assert longest < MAX_ROW + 2 * (1 << 16)
