"""Cells that spreadsheets open as they are meant, and workbooks that hold what was given."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pricebook.feed.errors import FeedError
from pricebook.feed.escapes import escape_cell, unescape_cell
from pricebook.feed.write import MAX_SHEET_TEXT, Cell, write_workbook

TITLES = ("sku", "name", "price", "active")


def a_workbook(folder: Path, *rows: tuple[Cell, ...]) -> list[list[object]]:
    """Write the rows and read them with another program; return them without the header."""
    file = folder / "products.xlsx"
    write_workbook(str(file), TITLES, iter(rows), number_formats={"price": "0.00##"})
    header, *found = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    assert header == list(TITLES)
    return [list(row) for row in found]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", "'=1", "''-1"],
)
def test_what_a_spreadsheet_would_calculate_gets_one_apostrophe(text: str) -> None:
    assert escape_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "apple", "1-2", "'tis", "'", "a=b", " =1", "\nx", "−1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert escape_cell(text) == text


@given(st.text(st.sampled_from("'=+-@\t\r＝＋－＠ a1\n\"")))
@example("'")
def test_the_readers_take_back_what_was_escaped(text: str) -> None:
    assert unescape_cell(escape_cell(text)) == text


def test_cells_keep_their_types_and_texts_are_no_numbers(tmp_path: Path) -> None:
    row = ("0012", "=1+1", 12.5, True)
    assert a_workbook(tmp_path, row, ("1e5", "TRUE", 0.0001, False)) == [
        list(row),
        ["1e5", "TRUE", 0.0001, False],
    ]


def test_a_column_may_begin_with_blanks(tmp_path: Path) -> None:
    assert a_workbook(tmp_path, ("A", None, None, None), ("B", "x", 1.0, True)) == [
        ["A", "", "", ""],
        ["B", "x", 1.0, True],
    ]


def test_without_rows_there_is_a_header(tmp_path: Path) -> None:
    assert a_workbook(tmp_path) in ([], [["", "", "", ""]])


@pytest.mark.parametrize(
    "text",
    ["a\r\nb", "a\rb", "tab\there", " lead", "trail ", "_x000D_", "\x01\x1f", '<&">', "😀\u202e"],
)
def test_odd_characters_come_back(tmp_path: Path, text: str) -> None:
    assert a_workbook(tmp_path, ("A", text, None, None))[0][1] == text


def test_the_longest_text_fits_and_a_longer_one_is_refused_by_its_row(tmp_path: Path) -> None:
    longest = "x" * MAX_SHEET_TEXT
    assert a_workbook(tmp_path, ("A", longest, None, None))[0][1] == longest
    with pytest.raises(FeedError, match="The name of A-1 has 32,768 characters; a cell") as caught:
        a_workbook(tmp_path, ("A-1", f"{longest}x", None, None))
    assert caught.value.code == "cell_too_long"


def test_a_character_beyond_the_basic_plane_counts_twice(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="has 32,768 characters"):
        a_workbook(tmp_path, ("A", "😀" * 16_384, None, None))


@given(price=st.decimals(min_value=0, max_value=9_999_999_999, places=4))
def test_every_price_shows_the_same_digits_again(tmp_path_factory: pytest.TempPathFactory, price):  # type: ignore[no-untyped-def]
    """A double holds 15 significant digits (IEEE 754), a price has 14."""
    assert f"{float(price):.4f}" == f"{price:.4f}"
