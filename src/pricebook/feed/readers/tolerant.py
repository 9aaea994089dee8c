"""A line that breaks RFC 4180, read as its writer most likely meant it."""

import re
from typing import NamedTuple

from pricebook.feed.dialect import Dialect


class Fault(NamedTuple):
    """Say why a line cannot be split into cells."""

    code: str
    message: str


UNCLOSED_QUOTE = Fault(
    "unclosed_quote",
    "A quote opens in this row and is not closed. Close it, or double a literal one.",
)
STRAY_QUOTE = Fault(
    "stray_quote",
    "Quotes inside a quoted cell are not doubled, so the cells cannot be told apart. Double them.",
)
STRAY_CARRIAGE_RETURN = Fault(
    "stray_carriage_return",
    "A carriage return stands in the middle of this line. Remove it or quote the cell.",
)


class TolerantReader:
    """Split single lines: a quote closes its cell only before a delimiter or the line's end.

    So `"Table, 48" wide",9` is a table 48" wide, where csv's own leniency would drop the inner
    quote, or shift cells.
    """

    def __init__(self, dialect: Dialect) -> None:
        mark = re.escape(dialect.delimiter)
        not_escaped = r"(?<!\\)" if dialect.escape else ""
        self._dialect = dialect
        self._cell = re.compile(
            rf' *"(?P<quoted>.*?){not_escaped}" *(?={mark}|\Z)|(?P<plain>[^{mark}]*)', re.DOTALL
        )

    def read(self, line: str) -> tuple[list[str], Fault | None]:
        """Return the line's cells, or those up to a fault with the rest as the last one."""
        text = line.rstrip("\r\n")
        if not self._dialect.quoted:
            return text.split(self._dialect.delimiter), STRAY_CARRIAGE_RETURN
        values: list[str] = []
        at = 0
        while (match := self._cell.match(text, at)) is not None:
            quoted, plain = match.groups()
            if quoted is not None:
                values.append(self._unescape(quoted.replace('""', '"')))
            elif plain.startswith('"'):
                return [*values, text[at:]], UNCLOSED_QUOTE
            elif "\r" in plain:
                return [*values, text[at:]], STRAY_CARRIAGE_RETURN
            else:
                values.append(self._unescape(plain))
            at = match.end() + 1
            if at > len(text):
                break
        return values, None

    def _unescape(self, cell: str) -> str:
        return re.sub(r"\\(.)", r"\1", cell) if self._dialect.escape else cell
