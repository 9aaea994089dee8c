"""Single values of a store: texts, links, degrees and moments, cleaned and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from html.entities import html5
from typing import Final

from pricebook.feed.links import parse_link
from pricebook.feed.readers.json_values import Number
from pricebook.feed.records import CellFault, is_storable
from pricebook.feed.stores.records import MAX_EMAIL, MAX_LINE, MAX_LINES

Reader = Callable[[object], str | CellFault | None]
"""Makes a field of a value: None where it says nothing."""

_UNSTORABLE = CellFault("invalid_encoding", "It holds bytes that are no text in its encoding.")
_NO_TEXT = CellFault("no_text", "It is a list or an object where a text belongs.")
_NO_EMAIL = CellFault("email_invalid", "It is no e-mail address.")
_NO_DEGREES = CellFault("degrees_invalid", "It is no number of degrees in its range.")
_TOO_MANY = CellFault("too_many", f"It has more than {MAX_LINES} entries; the first are kept.")
# Only what ends with a semicolon: in an address, "&region=1" is no ®.
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_WHOLE = re.compile(r"([0-9]+)\.0+")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?")
_SIX_DECIMALS: Final = Decimal("0.000001")


def said(value: object) -> str | CellFault:
    """Return what a value says as text, lines kept: entities and escapes are read (E1)."""
    if isinstance(value, Number):
        plain = value.plain()
        whole = _WHOLE.fullmatch(plain)
        return whole[1] if whole else plain
    if not isinstance(value, str):
        return _NO_TEXT
    text = _ESCAPES.sub(_unescaped, value) if "\\u" in value else value
    if "&" in text:
        text = _ENTITY.sub(_character, text)
    if "<" in text:
        text = _BREAK.sub("\n", text)
    if not is_storable(text.replace("\0", "")):
        return _UNSTORABLE
    return text.strip()


def text_of(limit: int) -> Reader:
    """Return what reads a text of one line and at most `limit` characters."""

    def read(value: object) -> str | CellFault | None:
        text = said(value)
        if isinstance(text, CellFault):
            return text
        text = one_line(text)
        if len(text) > limit:
            return CellFault("too_long", f"It has more than {limit:,} characters.")
        return text or None

    return read


_email_text = text_of(MAX_EMAIL)


def one_line(text: str) -> str:
    """Return a text with single spaces for its line breaks, spaces and control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def lines_of(text: str) -> list[str]:
    """Return a text's lines, blank ones but the last included: they keep their places."""
    lines = [one_line(line) for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def bounded_lines(lines: list[str]) -> tuple[tuple[str, ...], CellFault | None]:
    """Return the lines that say something and are short enough, and why others were left out."""
    told = list(filter(None, lines))
    short = [line for line in told if len(line) <= MAX_LINE]
    fault = None
    if len(short) < len(told):
        fault = CellFault("too_long", f"An entry has more than {MAX_LINE} characters.")
    return tuple(short[:MAX_LINES]), _TOO_MANY if len(short) > MAX_LINES else fault


def read_email(value: object) -> str | CellFault | None:
    """Return an e-mail address, as far as an @ makes one."""
    text = _email_text(value)
    if not isinstance(text, str):
        return text
    text = text.removeprefix("mailto:")
    name, _, host = text.rpartition("@")
    return text if name and host and " " not in text else _NO_EMAIL


def read_link(value: object) -> str | CellFault | None:
    """Return an absolute http or https address."""
    text = said(value)
    if isinstance(text, CellFault):
        return text
    return parse_link(text, "url") if text else None


def degrees_up_to(limit: int) -> Reader:
    """Return what reads degrees between -limit and limit."""

    def read(value: object) -> str | CellFault | None:
        text = said(value)
        if isinstance(text, CellFault) or not text:
            return text or None
        if _DEGREES.fullmatch(text) is None or abs(degrees := Decimal(text)) > limit:
            return _NO_DEGREES
        rounded = f"{degrees.quantize(_SIX_DECIMALS):f}".rstrip("0").rstrip(".")
        return "0" if rounded == "-0" else rounded

    return read


def read_moment(value: object) -> datetime | None:
    """Return the moment of an ISO 8601 text in UTC, None for what is none.

    Without a zone it is taken for UTC; a date alone is its midnight.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _character(match: re.Match[str]) -> str:
    name = match[1]
    return unescape(match[0]) if name[0] == "#" else html5.get(f"{name};", match[0])


def _unescaped(match: re.Match[str]) -> str:
    return str(json.loads(f'"{match[0]}"'))
