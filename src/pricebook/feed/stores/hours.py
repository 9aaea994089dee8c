"""Trading hours and facilities: lists, line lists, objects per day, all to lines of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from pricebook.feed.columns import fold
from pricebook.feed.records import CellFault
from pricebook.feed.stores.fields import is_blank
from pricebook.feed.stores.texts import lines_of, one_line, said

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY: Final = ("day", "dayofweek", "dayname", "name", "label")
_HOURS: Final = ("openhour", "hours", "openinghours", "tradinghours", "time", "times", "value")
_OPENS: Final = ("open", "opens", "opentime", "openingtime", "start", "from")
_CLOSES: Final = ("close", "closes", "closetime", "closingtime", "end", "to")
_DISPLAYED: Final = ("tradinghourfordisplay", "display")
_NAMES: Final = ("name", "label", "title", "description", "code")
_SECONDS: Final = re.compile(r"\b([0-9]{1,2}:[0-9]{2}):00\b")
_BEFORE_COLON: Final = re.compile(r"\s*([^\W\d_]+)\.?\s*:")


def read_hours(hours: object, days: object) -> list[str]:
    """Return lines such as "Monday: 7 AM - 9 PM" of what is said of hours, and of their days.

    A day's name alone says nothing. Where all lines are about weekdays, Monday comes first: some
    companies begin with the day on which they were asked.
    """
    if isinstance(hours, Mapping) and _first(_folded(hours), _DAY) is None:
        hours = [{"day": day, "hours": told} for day, told in hours.items()]
    if isinstance(hours, Mapping):
        hours = [hours]
    if isinstance(hours, list):
        lines = [_of_day(each) if isinstance(each, dict) else _line(each) for each in hours]
    else:
        lines = _joined(_lines(days), _lines(hours))
    told = [_SECONDS.sub(r"\1", line) for line in lines if line and not _weekday(line)]
    return _in_order_of_week(told)


def read_facilities(value: object) -> list[str]:
    """Return the names of facilities in their order, each once."""
    entries = value if isinstance(value, list) else _lines(value)
    names = (_first(_folded(e), _NAMES) if isinstance(e, dict) else e for e in entries)
    return sorted(set(filter(None, map(_line, names))))


def _of_day(told: Mapping[str, object]) -> str:
    cells = _folded(told)
    displayed = _BEFORE_COLON.match(_line(_first(cells, _DISPLAYED)))
    day = _line(_first(cells, _DAY))
    if not _weekday(day) and displayed:
        # "Today" means another day tomorrow.
        day = displayed[1]
    hours = _line(_first(cells, _HOURS))
    if not hours:
        hours = " - ".join(filter(None, (_line(_first(cells, each)) for each in (_OPENS, _CLOSES))))
    return f"{_weekday(day) or day}: {hours}" if day and hours else hours


def _joined(days: Sequence[str], hours: Sequence[str]) -> list[str]:
    if not any(hours):
        return list(days)
    pairs = zip_longest((day.rstrip(": ") for day in days), hours, fillvalue="")
    return [f"{day}: {told}" if day and told else told for day, told in pairs]


def _in_order_of_week(lines: list[str]) -> list[str]:
    days = [_weekday(line.partition(":")[0]) for line in lines]
    if not all(days):
        return lines
    # sorted() keeps the order of several lines of one day.
    order = sorted(range(len(lines)), key=lambda index: _WEEKDAYS.index(days[index]))
    return [lines[index] for index in order]


def _weekday(text: str) -> str:
    """Return the weekday that a text is, such as "Mon:", else ""."""
    word = text.strip(" .:").lower()
    return next(
        (day for day in _WEEKDAYS if len(word) >= 3 and day.lower().startswith(word)),
        "",
    )


def _folded(told: Mapping[str, object]) -> dict[str, object]:
    return {fold(key): value for key, value in told.items()}


def _first(cells: Mapping[str, object], names: Sequence[str]) -> object:
    return next((cells[name] for name in names if not is_blank(cells.get(name))), None)


def _line(value: object) -> str:
    """Return a value's text on one line, "" for what holds none."""
    texts = map(said, value if isinstance(value, list) else [value])
    lines = (one_line(text) for text in texts if not isinstance(text, CellFault))
    return ", ".join(filter(None, lines))


def _lines(value: object) -> list[str]:
    text = said(value)
    return [] if isinstance(text, CellFault) else lines_of(text)
