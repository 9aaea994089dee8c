"""What an export made safe for spreadsheets comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricebook.feed.escapes import escape_cell, may_hold_escapes, unescape_cell

MARKS = "=+-@\t\r＝＋－＠"


@pytest.mark.parametrize("mark", MARKS)
def test_exactly_one_apostrophe_before_a_formula_is_dropped(mark: str) -> None:
    assert unescape_cell(f"'{mark}1") == f"{mark}1"
    assert unescape_cell(f"'''{mark}1") == f"''{mark}1"


@pytest.mark.parametrize("text", ["", "'", "''", "'tis", "'1", "=1", "a'=1", "' =1", "'ab=c"])
def test_any_other_text_stays(text: str) -> None:
    assert unescape_cell(text) == text


@given(st.text(alphabet="'a1 " + MARKS, max_size=6))
def test_reading_undoes_writing(text: str) -> None:
    assert unescape_cell(escape_cell(text)) == text


@given(st.lists(st.text(alphabet="'a1" + MARKS, max_size=4), min_size=1))
def test_no_escaped_cell_is_overlooked(cells: list[str]) -> None:
    if any(unescape_cell(cell) != cell for cell in cells):
        assert may_hold_escapes("\0".join(cells))


def test_ordinary_apostrophes_are_told_apart_at_once() -> None:
    assert not may_hold_escapes("Men's boots\0'tis\0a-b\0=1")
