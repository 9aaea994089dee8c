"""Cells that spreadsheets would calculate, made safe and read back (OWASP, CSV Injection)."""

import re
from typing import Final

_MARKS: Final = "[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]"
FORMULA: Final = f"^'*{_MARKS}"
"""What a spreadsheet takes for a formula, with or without apostrophes before it. PostgreSQL reads
this regular expression in the same way."""

_is_formula = re.compile(FORMULA).match
_is_escaped = re.compile(f"'+{_MARKS}").match
_may_be_escaped = re.compile(f"'{_MARKS}").search


def escape_cell(text: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if _is_formula(text) else text


def unescape_cell(text: str) -> str:
    """Return the text that `escape_cell` made safe; any other is returned as it is."""
    return text[1:] if _is_escaped(text) else text


def keep_cell(text: str) -> str:
    """Return what `unescape_cell` makes this text of, where no spreadsheet would calculate it."""
    return f"'{text}" if _is_escaped(text) else text


def may_hold_escapes(cells: str) -> bool:
    """Tell at next to no cost whether one of the cells, joined by NUL, may be escaped."""
    return "'" in cells and _may_be_escaped(cells) is not None
