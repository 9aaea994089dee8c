"""Delimited text to rows of cells with exact line numbers; a broken quote costs one row."""

import csv
from collections.abc import Iterator, Sequence
from itertools import compress, repeat
from typing import TYPE_CHECKING

from pricebook.feed.dialect import Dialect, open_csv
from pricebook.feed.readers.lines import MAX_ROW, LineReader
from pricebook.feed.readers.tolerant import STRAY_QUOTE, UNCLOSED_QUOTE, Fault, TolerantReader
from pricebook.feed.records import MAX_SHOWN, Problem, Rejection
from pricebook.feed.table import BATCH_ROWS, GrowingBatch, RowBatch

if TYPE_CHECKING:
    from _csv import Reader

_SHOWN_OF_LONG_ROW = 2000


class CsvReader:
    """Read rows from `source`, whose next line is number `line` of the file.

    Quoting follows RFC 4180 strictly: a quoted cell ends at a delimiter or line end. A row that
    breaks this is read from its first physical line alone, tolerantly. Where that does not help,
    the line is rejected, and reading goes on at the next one.
    """

    def __init__(self, source: LineReader, dialect: Dialect, *, line: int, width: int) -> None:
        self._source = source
        self._dialect = dialect
        self._line = line
        self._width = self._last_width = width
        self._tolerant = TolerantReader(dialect)
        self._is_intricate = False  # the last batch had rows of several lines, or an open quote
        self._is_quoted = False  # most lines of a batch had quotes: telling them apart is no gain
        self._open_quote: int | None = None

    def batches(self) -> Iterator[RowBatch]:
        """Yield every row of the file once, some 2,000 lines at a time."""
        carried: list[str] = []  # the lines, with their ends, of a row that goes on
        # Doubling what is taken keeps the re-reading of an unfinished row linear.
        while lines := self._source.take(max(BATCH_ROWS, len(carried))):
            if self._source.cut:
                if carried:
                    yield self._parse_exact(carried, final=True)[0]
                    carried = []
                yield self._too_long(lines[0])
                continue
            batch = None if carried or self._is_intricate else self._parse_simple(lines)
            if batch is None:
                newline = self._source.newline
                ended = carried + [line + newline for line in lines]
                batch, used = self._parse_exact(ended, final=False)
                carried = ended[used:]
            yield batch
        if carried:
            yield self._parse_exact(carried, final=True)[0]

    def _parse_simple(self, lines: list[str]) -> RowBatch | None:
        """Parse lines that are one row each; None if they are not.

        A line without a quote needs no parser (RFC 4180 section 2): str.split is twice as fast.
        """
        dialect = self._dialect
        numbers: Sequence[int] = range(self._line, self._line + len(lines))
        count = len(lines)
        if "" in lines:
            numbers, lines = list(compress(numbers, lines)), list(filter(None, lines))
        special = self._source.stray_cr or dialect.escape or dialect.skip_space
        whole = special or self._is_quoted
        quoted = lines if whole else [line for line in lines if '"' in line]
        try:
            parsed = list(self._reader(quoted))
        except csv.Error:
            return None
        if len(parsed) != len(quoted):
            return None
        self._is_quoted = self._is_quoted or (not whole and len(quoted) * 2 > len(lines))
        rows, delimiter = parsed, dialect.delimiter
        if not quoted:
            rows = list(map(str.split, lines, repeat(delimiter)))
        elif len(parsed) < len(lines):
            next_parsed = iter(parsed).__next__
            rows = [next_parsed() if '"' in line else line.split(delimiter) for line in lines]
        self._line += count
        self._last_width = len(rows[-1]) if rows else self._last_width
        return RowBatch(numbers, rows, [])

    def _parse_exact(self, lines: list[str], *, final: bool) -> tuple[RowBatch, int]:
        """Parse row by row; return the rows, and how many lines they use: all but an open row's."""
        batch = GrowingBatch([], [], [])
        start = offset = 0  # the lines where the current row, and where the reader, began
        reader = self._reader(lines)
        span = False
        while start < len(lines):
            number = self._line + start
            try:
                values = next(reader)
                span = span or offset + reader.line_num > start + 1
                start = offset + reader.line_num
            except csv.Error:
                read = offset + reader.line_num
                if read == len(lines) and not final and _size(lines[start:]) <= MAX_ROW:
                    break  # the row may end in the lines to come
                values, fault = self._tolerant.read(lines[start])
                if fault is None and not self._is_usual(values):
                    fault = STRAY_QUOTE
                start += 1
                if read > start:
                    reader, offset = self._reader(lines[start:]), start
                if fault is not None:
                    self._reject(number, values, fault, batch.broken)
                    continue
            self._accept(batch, number, values)
        self._line += start
        self._is_intricate = span or self._open_quote is not None
        return batch.done(), start

    def _is_usual(self, values: list[str]) -> bool:
        """Tell whether a row is as wide as the header or the last good row."""
        return len(values) in (self._width, self._last_width)

    def _accept(self, batch: GrowingBatch, line: int, values: list[str]) -> None:
        """Keep a row, but neither a blank line nor the remains of a text that was not closed."""
        if not values:
            return
        if self._open_quote is not None:
            if not self._is_usual(values):
                message = (
                    f"This line follows the quote that is not closed in line {self._open_quote} "
                    "and has not the cells of a row. Mend that line."
                )
                problem = Problem.of(None, "after_unclosed_quote", message, values[0])
                batch.broken.append(Rejection.of(line, values, problem))
                return
            self._open_quote = None
        batch.lines.append(line)
        batch.rows.append(values)
        self._last_width = len(values)

    def _reject(self, line: int, values: list[str], fault: Fault, broken: list[Rejection]) -> None:
        if fault is UNCLOSED_QUOTE:
            self._open_quote = line
        problem = Problem.of(None, fault.code, fault.message, values[-1])
        broken.append(Rejection.of(line, values, problem))

    def _too_long(self, text: str) -> RowBatch:
        values, _ = self._tolerant.read(text[:_SHOWN_OF_LONG_ROW])
        message = f"This line is longer than {MAX_ROW:,} bytes. Shorten it."
        problem = Problem.of(None, "row_too_long", message, text[:MAX_SHOWN])
        self._line += 1
        return RowBatch([], [], [Rejection.of(self._line - 1, values, problem)])

    def _reader(self, lines: Sequence[str]) -> "Reader":
        return open_csv(lines, self._dialect, strict=True)


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines))
