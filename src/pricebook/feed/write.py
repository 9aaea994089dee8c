"""Workbooks that spreadsheets open and the readers take back unchanged (B5)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final

from rustpy_xlsxwriter import FastExcel, Format

from pricebook.feed.errors import FeedError

Cell = str | float | bool | None

MAX_SHEET_ROWS: Final = 1_048_575
"""Rows under the header (ECMA-376; Excel specifications and limits)."""
MAX_SHEET_TEXT: Final = 32_767
"""UTF-16 code units of one cell (Excel specifications and limits)."""

_SHEET: Final = "Products"
_HEADER_FORMAT: Final = Format().set_bold()


def write_workbook(
    target: str,
    titles: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    number_formats: Mapping[str, str],
) -> None:
    """Write an .xlsx file of one sheet at constant memory; each row's first cell names it.

    Texts are text cells, which are never calculated and keep leading zeros; a float shows the same
    digits again up to 15 of them. Raises FeedError `cell_too_long` for what no cell holds.
    """
    records = (dict(zip(titles, _checked(titles, row), strict=True)) for row in rows)
    # Without any row there would be no header: a blank row is no row for any reader.
    first = next(records, dict.fromkeys(titles))
    formats = {name: Format().set_num_format(text) for name, text in number_formats.items()}
    (
        FastExcel(target, output_format="xlsx")
        .freeze(row=1)
        .sheet(
            _SHEET,
            chain([first], records),
            header_format=_HEADER_FORMAT,
            column_formats=formats,
        )
        .save()
    )


def _checked(titles: Sequence[str], row: Sequence[Cell]) -> Sequence[Cell]:
    for title, cell in zip(titles, row, strict=True):
        # A code point is one or two of the units that count.
        if isinstance(cell, str) and len(cell) > MAX_SHEET_TEXT // 2:
            length = len(cell.encode("utf-16-le")) // 2
            if length > MAX_SHEET_TEXT:
                message = (
                    f"The {title} of {row[0]} has {length:,} characters; a cell of a spreadsheet "
                    f"holds {MAX_SHEET_TEXT:,}. Take CSV or JSON lines instead."
                )
                raise FeedError("cell_too_long", message)
    return row
