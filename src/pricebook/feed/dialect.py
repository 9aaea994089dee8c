"""How a file is written: encoding, delimiter, quoting, the header's line, the decimal mark."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pricebook.feed.columns import find_fields
from pricebook.feed.encoding import UTF8, Utf8Converter, detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.prices import DecimalMark, detect_decimal_mark
from pricebook.feed.readers.lines import MAX_ROW

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"
_MAX_PREAMBLE_LINES = 50
_MAX_HEADER_LINES = 20
_MAX_MORE_HEADERS = 2
_MAX_SAMPLE_ROWS = 500
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BACKSLASHED_DOUBLE = '\\""'
_PLAIN_DOUBLE = re.compile(r'[^\\,;\t|\n"]""')

# A row is bounded by MAX_ROW and the chunk in which it ends; csv's own default (131,072)
# would refuse long cells of columns that are not even read. The limit is the process's.
csv.field_size_limit(2 * MAX_ROW)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Say how a delimited file is written."""

    encoding: str
    delimiter: str
    header_line: int
    """Physical line, 1-based, where the header begins."""
    decimal: DecimalMark
    quoted: bool = True
    """False: a double quote is a character like any other (tab-separated files without quoting)."""
    escape: str | None = None
    """A backslash where quotes inside quoted cells are written as a backslash and a quote."""
    skip_space: bool = False
    """Spaces between a delimiter and an opening quote are skipped."""
    cr_ends_lines: bool = False
    """Lines end by a lone CR, as on old Macs."""
    backslash_quotes: bool = False
    """Quotes in cells are both backslashed and doubled; the backslash is dropped."""
    encoding_settled: bool = False
    """No later bytes change the encoding."""


class Layout(NamedTuple):
    """Hold what is known of a file before its first row of data is read."""

    dialect: Dialect
    header: list[str]
    data_line: int
    """Physical line, 1-based, after the header."""
    sample: list[list[str]]
    """The rows after the header, as many as were looked at."""


def detect_dialect(sample: bytes, *, complete: bool, filename: str) -> Dialect:
    """Return how the file that begins with `sample` is written (A10).

    `complete` says that `sample` is the whole file. Raises FeedError when it is no text table.
    """
    return examine(sample, complete=complete, filename=filename).dialect


def examine(
    sample: bytes, *, complete: bool, filename: str, encoding: str = "", delimiter: str = ""
) -> Layout:
    """Return the dialect with the header that was found; the columns may still be of no use.

    `encoding` and `delimiter` are what a person has chosen, "" finds them out.
    """
    found = detect_encoding(sample, complete=complete, chosen=encoding)
    converter = Utf8Converter(found, settled=True)
    text = converter.convert(sample, final=complete).decode(UTF8, "replace")
    cr_ends_lines = text.count("\r") - text.count("\r\n") > text.count("\n")
    text = text.replace("\r\n", "\n").replace("\r", "\n" if cr_ends_lines else " ")
    backslash_quotes = _has_backslashed_doubles(text)
    if backslash_quotes:
        text = text.replace(_BACKSLASHED_DOUBLE, '""')
    lines = _whole_lines(text, complete=complete, filename=filename)
    best = _best_candidate(text, lines, Dialect(found, delimiter, 0, "."))
    rows = open_csv(lines[best.data_at :], best.dialect, strict=False)
    sample_rows = list(islice(rows, _MAX_SAMPLE_ROWS))
    dialect = replace(
        best.dialect,
        header_line=best.at + 1,
        decimal=_decimal_mark(best, sample_rows),
        cr_ends_lines=cr_ends_lines,
        backslash_quotes=backslash_quotes,
        encoding_settled=bool(encoding) or not sample.isascii(),
    )
    return Layout(dialect, best.header, best.data_at + 1, sample_rows)


def open_csv(lines: Iterable[str], dialect: Dialect, *, strict: bool) -> "Reader":
    """Return the standard library's parser over `lines`."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar='"',
        doublequote=True,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_space,
        quoting=csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE,
        strict=strict,
    )


def _has_backslashed_doubles(text: str) -> bool:
    return text.count(_BACKSLASHED_DOUBLE) > 2 and not _PLAIN_DOUBLE.search(text)


def _whole_lines(text: str, *, complete: bool, filename: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    if complete:
        return lines
    if len(lines) == 1:
        message = (
            f"{filename} has no line end in its first {len(text):,} characters, so it is no table."
        )
        raise FeedError("no_lines", message)
    return lines[:-1]


class _Candidate(NamedTuple):
    """Hold the header under one delimiter. `rank` compares: recognised fields, then evenness."""

    rank: tuple[int, float, int]
    dialect: Dialect
    header: list[str]
    at: int
    data_at: int


def _best_candidate(text: str, lines: list[str], dialect: Dialect) -> _Candidate:
    """Return the header under the dialect's delimiter; where that is "", under the best one."""
    separator = _SEPARATOR_LINE.fullmatch(lines[0])
    marks = dialect.delimiter or (separator[1] if separator else _DELIMITERS)
    first = 1 if separator else 0
    found = (_lay_out(text, lines, replace(dialect, delimiter=mark), first) for mark in marks)
    return max(found, key=lambda candidate: candidate.rank)


def _lay_out(text: str, lines: list[str], dialect: Dialect, first: int) -> _Candidate:
    dialect = _with_quoting(dialect, text)
    for index in range(first, min(first + _MAX_PREAMBLE_LINES, len(lines))):
        header, next_index = _row_at(lines, index, dialect)
        fields, _ = find_fields(header)
        if len(fields) > 1:
            found = _Candidate((len(fields), 1.0, len(header)), dialect, header, index, next_index)
            return _last_header(lines, found)
    return _unrecognised(lines, dialect, first)


def _last_header(lines: list[str], found: _Candidate) -> _Candidate:
    """Return the last one of headers in a row: marketplaces put names for people above their own.

    What stands in them is no product, whichever of them is taken.
    """
    for _ in range(_MAX_MORE_HEADERS):
        header, next_index = _row_at(lines, found.data_at, found.dialect)
        fields, _ = find_fields(header)
        if len(fields) < max(found.rank[0], 2):
            break
        rank = (len(fields), 1.0, len(header))
        found = _Candidate(rank, found.dialect, header, found.data_at, next_index)
    return found


def _unrecognised(lines: list[str], dialect: Dialect, first: int) -> _Candidate:
    """Take the first line of the usual width for the header, so that the error can name columns."""
    last = min(first + _MAX_PREAMBLE_LINES, len(lines))
    rows = [(i, *_row_at(lines, i, dialect)) for i in range(first, last) if lines[i].strip()]
    widths = Counter(len(row) for _, row, _ in rows if len(row) > 1)
    width, count = widths.most_common(1)[0] if widths else (1, 0)
    usual = [found for found in rows if len(found[1]) == width]
    full = (found for found in usual if sum(map(bool, found[1])) * 2 >= width)
    index, header, next_index = next(full, (usual or [(first, [], first)])[0])
    return _Candidate((0, count / max(len(rows), 1), width), dialect, header, index, next_index)


def _row_at(lines: list[str], index: int, dialect: Dialect) -> tuple[list[str], int]:
    """Return the row that begins at a line, and the index of the line after it."""
    reader = open_csv(lines[index : index + _MAX_HEADER_LINES], dialect, strict=False)
    row = next(reader, [])
    return row, index + reader.line_num


def _with_quoting(dialect: Dialect, text: str) -> Dialect:
    """Find out how quotes are used with this delimiter."""
    mark = re.escape(dialect.delimiter)
    if dialect.delimiter == "\t" and '\t"' in text:
        opening = len(re.findall(r'(?:^|\t)"', text, re.MULTILINE))
        whole = re.findall(r'(?:^|\t)"(?:[^"]|"")*+"(?=[\t\n]|\Z)', text, re.MULTILINE)
        if len(whole) * 2 < opening:
            return replace(dialect, quoted=False)
    inside = at_end = 0
    if '\\"' in text:
        inside = len(re.findall(rf'\\"(?!["\n]|{mark}|\Z)', text))
        at_end = text.count('\\"') - inside
    spaced = f'{dialect.delimiter} "' in text and f'{dialect.delimiter}"' not in text
    return replace(dialect, escape="\\" if inside > at_end else None, skip_space=spaced)


def _decimal_mark(candidate: _Candidate, sample: list[list[str]]) -> DecimalMark:
    default: DecimalMark = "," if candidate.dialect.delimiter == ";" else "."
    fields, _ = find_fields(candidate.header)
    column = fields.get("price")
    if column is None:
        return default
    prices = (row[column] for row in sample if len(row) > column)
    return detect_decimal_mark(prices, default=default)
