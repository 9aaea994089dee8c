"""Workbooks (.xlsx): the first visible sheet that has a SKU column, read by calamine."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from pricebook.feed.columns import find_fields
from pricebook.feed.errors import FeedError
from pricebook.feed.prices import DecimalMark, detect_decimal_mark
from pricebook.feed.readers.shaping import is_unsafe
from pricebook.feed.table import BATCH_ROWS, SAMPLE_ROWS, GrowingBatch, Reading, RowBatch
from pricebook.feed.unpack.workbook import MAX_CELLS

_MAX_PREAMBLE_ROWS = 50
_WHOLE_DIGITS = 10**15
"""Below this a double holds every whole number (IEEE 754), and Excel every digit."""

Cells = list[Any]


class XlsxTable:
    """The rows of one sheet; the sheet is in memory, some 100 bytes a cell."""

    late_titles: Sequence[str] = ()
    comma_column: int | None = None

    def __init__(self, file: IO[bytes], *, size: int, filename: str) -> None:
        self._size = size
        self._filename = filename
        with _as_feed_errors(filename):
            workbook = CalamineWorkbook.from_path(file.name)
            found = _find_sheet(workbook)
        if found is None:
            message = f"{filename} has no visible sheet with anything in it."
            raise FeedError("file_empty", message)
        self._sheet, self._header_row, header = found
        self.header = _texts(header)
        sample = self._sample()
        self.sample = list(map(_texts, sample))
        self._decimal = _decimal_mark(self.header, sample)
        self._done = 0
        self._unsafe = False

    @property
    def reading(self) -> Reading:
        """How the file was read."""
        return Reading(
            "xlsx", header_line=self._header_row, decimal=self._decimal, sheet=self._sheet.name
        )

    @property
    def unsafe(self) -> bool:
        """Whether the rows taken last hold NUL characters."""
        return self._unsafe

    @property
    def bytes_taken(self) -> int:
        """The file's share for the rows that were read."""
        return self._size * self._done // max(self._sheet.total_height, 1)

    def batches(self) -> Iterator[RowBatch]:
        """Yield every row under the header once, 2,000 at a time."""
        with _as_feed_errors(self._filename):
            rows = islice(self._sheet.iter_rows(), self._header_row, None)
            self._done = self._header_row
            while cells := list(islice(rows, BATCH_ROWS)):
                batch = GrowingBatch([], [], [])
                for number, row in enumerate(map(self._row, cells), self._done + 1):
                    if any(row):
                        batch.lines.append(number)
                        batch.rows.append(row)
                self._done += len(cells)
                self._unsafe = is_unsafe(batch.rows)
                yield batch.done()

    def _row(self, cells: Cells) -> list[str]:
        row, at = _texts(cells), self.comma_column
        if at is not None and isinstance(cells[at], float):
            row[at] = row[at].replace(".", ",")
        return row

    def _sample(self) -> list[Cells]:
        rows = self._sheet.iter_rows()
        return list(islice(rows, self._header_row, self._header_row + SAMPLE_ROWS))


def _find_sheet(workbook: CalamineWorkbook) -> tuple[CalamineSheet, int, Cells] | None:
    """Return a sheet, its header's row, 1-based, and that row's cells.

    Without any SKU column it is the first sheet that is not empty, so that the error can name its
    columns. Only one sheet is in memory at a time.
    """
    fallback, cells = None, 0
    for about in workbook.sheets_metadata:
        if (
            about.typ is not SheetTypeEnum.WorkSheet
            or about.visible is not SheetVisibleEnum.Visible
        ):
            continue
        sheet = workbook.get_sheet_by_name(about.name)
        rows = list(enumerate(islice(sheet.iter_rows(), _MAX_PREAMBLE_ROWS), 1))
        for number, row in rows:
            if len(find_fields(_texts(row))[0]) > 1:
                return sheet, number, row
        filled = [(number, row) for number, row in rows if any(_texts(row))]
        if filled and fallback is None:
            fallback = (about.name, *max(filled, key=lambda each: _filled(each[1])))
        # Many sheets may be one and the same large part of the file.
        cells += sheet.total_height * sheet.total_width
        if cells > MAX_CELLS:
            break
    if fallback is None:
        return None
    name, number, row = fallback
    return workbook.get_sheet_by_name(name), number, row


def _filled(row: Cells) -> int:
    return sum(map(bool, _texts(row)))


def _texts(row: Iterable[Any]) -> list[str]:
    return [cell if type(cell) is str else _text(cell) for cell in row]


def _text(cell: object) -> str:
    """Return a cell as people see it: no ".0", no float noise, dates as ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < _WHOLE_DIGITS:
            return str(int(cell))
        # Excel keeps and shows 15 digits.
        text = f"{cell:.15g}"
        return f"{Decimal(text):f}" if "e" in text else text
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _decimal_mark(header: list[str], sample: list[Cells]) -> DecimalMark:
    """Return the decimal mark of prices that are texts; where one is a number, it is a point."""
    fields, _ = find_fields(header)
    prices = [row[fields["price"]] for row in sample] if "price" in fields else []
    if any(isinstance(price, int | float) for price in prices):
        return "."
    return detect_decimal_mark(filter(None, map(str, prices)), default=".")


@contextmanager
def _as_feed_errors(filename: str) -> Iterator[None]:
    """Turn whatever calamine raises into a sentence; a panic of Rust is no Exception."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, CalamineError | OSError | ValueError | OverflowError) and (
            type(error).__name__ != "PanicException"
        ):
            raise
        message = (
            f"{filename} is a workbook that cannot be read. Open it in a spreadsheet program, save "
            "it as .xlsx or CSV, and upload that."
        )
        raise FeedError("workbook_damaged", message) from error
