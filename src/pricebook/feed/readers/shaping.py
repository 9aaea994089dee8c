"""Objects to rows: nested objects under dotted titles, lists joined, what is deeper as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pricebook.feed.columns import find_fields, fold
from pricebook.feed.escapes import keep_cell, may_hold_escapes
from pricebook.feed.prices import DecimalMark, detect_decimal_mark
from pricebook.feed.readers.json_values import MAX_DEPTH, TOO_DEEP, FaultError, Number
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.records import UNSTORABLE

_MAX_TITLES = 1000
_MAX_LATE_TITLES = 100
_SHOWN_OF_TITLE = 200
_MAX_NESTING = 3
_KEPT_WHOLE = "attributes"
"""The one column whose cells are JSON objects themselves."""

Record = dict[str, object]


class RowShaper:
    """Make rows of objects: one column for every title that the sample's objects have."""

    comma_title: str | None = None
    """Numbers of this title are written with a comma."""

    def __init__(self, sample: Iterable[Record]) -> None:
        objects = list(sample)
        flat = [cells for cells in map(flatten, objects) if not isinstance(cells, Fault)]
        titles = dict.fromkeys(title for cells in flat for title in cells)
        self.header = list(titles)[:_MAX_TITLES]
        self._known = frozenset(self.header)
        self._late: dict[str, None] = {}
        self.sample = [[cells.get(title, "") for title in self.header] for cells in flat]
        self.decimal = _decimal_mark(self.header, objects, flat)

    @property
    def late_titles(self) -> Sequence[str]:
        """Titles that turned up behind the sample, the first hundred of them."""
        return list(self._late)[:_MAX_LATE_TITLES]

    def shape(self, record: Record) -> list[str] | Fault:
        """Return an object's cells under the header's titles."""
        cells = flatten(record)
        if isinstance(cells, Fault):
            return cells
        if not cells.keys() <= self._known and len(self._late) < _MAX_LATE_TITLES:
            late = (title[:_SHOWN_OF_TITLE] for title in cells if title not in self._known)
            self._late.update(dict.fromkeys(islice(late, _MAX_LATE_TITLES)))
        comma = self.comma_title
        if comma is not None and comma in _numbers(record, "", 1):
            cells[comma] = cells[comma].replace(".", ",")
        get = cells.get
        row = [get(title, "") for title in self.header]
        if may_hold_escapes("\0".join(row)):
            # No spreadsheet has seen them: what looks like an escaped formula is really so spelled.
            row = list(map(keep_cell, row))
        return row


def flatten(record: Record) -> dict[str, str] | Fault:
    """Return an object's cells by title; objects inside it have titles such as "brand.name"."""
    cells: dict[str, str] = {}
    try:
        _flatten(record, "", 1, cells)
    except FaultError as error:
        return error.fault
    return cells


def is_unsafe(rows: Iterable[Sequence[str]]) -> bool:
    """Tell whether a cell holds a character that no database holds."""
    return any(UNSTORABLE.search("".join(row)) for row in rows)


def _flatten(record: Record, prefix: str, depth: int, cells: dict[str, str]) -> None:
    for key, value in record.items():
        title = prefix + key if prefix else key
        if type(value) is str:
            cells[title] = value
        elif value is None:
            cells[title] = ""
        elif isinstance(value, Number):
            cells[title] = value.plain()
        elif isinstance(value, dict) and _is_opened(key, depth):
            _flatten(value, f"{title}.", depth + 1, cells)
        else:
            cells[title] = _text(value)


def _is_opened(key: str, depth: int) -> bool:
    return depth < _MAX_NESTING and (depth > 1 or fold(key) != _KEPT_WHOLE)


def _text(value: object) -> str:
    """Return true, false, a list of plain values joined by commas, or else JSON."""
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        return ", ".join(filter(None, map(_plain, value)))
    if isinstance(value, list | dict):
        return _json(value, 1) if value else ""
    return _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.plain() if isinstance(value, Number) else str(value)


def _json(value: object, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise FaultError(TOO_DEEP)
    if isinstance(value, dict):
        inner = (f"{_quoted(key)}:{_json(each, depth + 1)}" for key, each in value.items())
        return f"{{{','.join(inner)}}}"
    if isinstance(value, list):
        return f"[{','.join(_json(each, depth + 1) for each in value)}]"
    return value[:] if isinstance(value, Number) else _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _decimal_mark(
    header: Sequence[str], sample: Sequence[Record], flat: Sequence[dict[str, str]]
) -> DecimalMark:
    """Return the decimal mark of prices that are texts; where one is a number, it is a point."""
    fields, _ = find_fields(header)
    title = header[fields["price"]] if "price" in fields else None
    if title is None or any(title in _numbers(record, "", 1) for record in sample):
        return "."
    return detect_decimal_mark((cells.get(title, "") for cells in flat), default=".")


def _numbers(record: Record, prefix: str, depth: int) -> Iterator[str]:
    """Yield the titles of numbers, those included that stand in a list without a text."""
    for key, value in record.items():
        if isinstance(value, Number) or (isinstance(value, list) and _are_numbers(value)):
            yield prefix + key
        elif isinstance(value, dict) and _is_opened(key, depth):
            yield from _numbers(value, f"{prefix}{key}.", depth + 1)


def _are_numbers(values: Sequence[object]) -> bool:
    said = [value for value in values if value is not None]
    return bool(said) and all(isinstance(value, Number) for value in said)
