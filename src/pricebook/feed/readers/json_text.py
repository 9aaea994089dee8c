"""A JSON text that comes in pieces, read value by value at constant memory."""

import re
from collections.abc import Iterable

from pricebook.feed.readers.json_values import (
    INVALID,
    SCAN_ERRORS,
    TOO_DEEP,
    TOO_LONG,
    Scan,
    fault_of,
    scan,
)
from pricebook.feed.readers.lines import MAX_ROW

_KEPT = 64 * 1024
_SPACE = re.compile(r"[ \t\r\n]*+")
# A string's closing quote is missing where the text ends first.
_TOKEN = re.compile(r'[\[{]++|[\]}]++|"(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_STRING_REST = re.compile(r'(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_SCALAR = re.compile(r'[^\s,\]}\[{"]++')


class BrokenOffError(Exception):
    """The text ends too early, or goes on as no JSON does."""

    def __init__(self, line: int, shown: str = "") -> None:
        super().__init__(line)
        self.line = line
        self.shown = shown


class JsonText:
    """Read a JSON text forwards; only the value that is being read is in memory."""

    def __init__(self, pieces: Iterable[str], scan: Scan = scan) -> None:
        self._pieces = iter(pieces)
        self._scan = scan
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is no space, "" at the end."""
        char = self._text[self._at : self._at + 1]
        if char > " ":
            return char
        while True:
            match = _SPACE.match(self._text, self._at)
            self._go_to(match.end() if match else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._grow()

    def take(self, expected: str) -> None:
        """Leave the next character behind, which must be `expected`."""
        if self.peek() != expected:
            raise BrokenOffError(self.line)
        self._at += 1

    @property
    def line(self) -> int:
        """The line where the next value begins, once it was peeked at."""
        return self._line

    def beginning(self) -> str:
        """Return the beginning of what comes next, to be shown."""
        return self._text[self._at : self._at + 200]

    def read(self) -> object:
        """Return the next value, or the fault of one that is none.

        Raises BrokenOffError when the text ends inside of it.
        """
        first = self.peek()
        if self._at > _KEPT:
            # An error counts the lines of all that is held, and there may be one for every value.
            self._text, self._at = self._text[self._at :], 0
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except SCAN_ERRORS as error:
                fault = fault_of(error)
            else:
                # Of "26.0" the scanner reads 26 where what is held ends behind the point.
                if first in '[{"' or self._find_end(first) is not None:
                    self._go_to(end)
                    return value
                fault = INVALID
            found = self._find_end(first)
            if found is not None:
                self._go_to(found)
                return fault
            if len(self._text) - self._at > MAX_ROW:
                self.skip()
                return TOO_DEEP if fault is TOO_DEEP else TOO_LONG
            self._grow_or_break()

    def skip(self) -> None:
        """Leave the next value behind, however large it is."""
        if self.peek() in ("[", "{", '"'):
            self._skip_to_depth(0)
        else:
            self._skip_scalar()

    def skip_rest(self) -> None:
        """Leave behind what is left of the list or object that was opened last."""
        self._skip_to_depth(1)

    def _skip_to_depth(self, depth: int) -> None:
        """Go behind the next value, or as many closing brackets as were opened before."""
        while True:
            match = _TOKEN.search(self._text, self._at)
            if match is None:
                self._go_to(len(self._text))
                self._grow_or_break()
                continue
            depth, end = _depth_behind(match, depth)
            self._go_to(end)
            if match[1] == "":
                self._skip_string_rest()
            if depth <= 0:
                return

    def _skip_scalar(self) -> None:
        match = _SCALAR.match(self._text, self._at)
        if match is None:
            raise BrokenOffError(self._line)
        while match is not None:
            self._go_to(match.end())
            if self._at < len(self._text) or self._ended:
                return
            self._grow()
            match = _SCALAR.match(self._text, self._at)

    def _skip_string_rest(self) -> None:
        """Go behind a string that goes on in the pieces to come; a lone backslash is still held."""
        closed = False
        while not closed:
            self._grow_or_break()
            match = _STRING_REST.match(self._text, self._at)
            assert match is not None  # noqa: S101 - it may be empty
            self._go_to(match.end())
            closed = bool(match[1])

    def _find_end(self, first: str) -> int | None:
        """Return where the value at the present place ends, None if that is not in memory yet."""
        text, depth = self._text, 0
        if first not in '[{"':
            match = _SCALAR.match(text, self._at)
            if match is None:
                raise BrokenOffError(self._line)
            return match.end() if match.end() < len(text) or self._ended else None
        for match in _TOKEN.finditer(text, self._at):
            if match[1] == "":
                return None
            depth, end = _depth_behind(match, depth)
            if depth <= 0:
                return end
        return None

    def _go_to(self, at: int) -> None:
        self._line += self._text.count("\n", self._at, at)
        self._at = at

    def _grow_or_break(self) -> None:
        if self._ended:
            raise BrokenOffError(self._line)
        self._grow()

    def _grow(self) -> None:
        """Read on, twice as much as is held: what is unfinished is looked at again."""
        held = [self._text[self._at :]]
        wanted, size = len(held[0]), 0
        self._at = 0
        while size <= wanted:
            piece = next(self._pieces, None)
            if piece is None:
                self._ended = True
                break
            held.append(piece)
            size += len(piece)
        self._text = "".join(held)


def _depth_behind(match: re.Match[str], depth: int) -> tuple[int, int]:
    """Return the depth behind a token, and where that is: brackets come in runs."""
    first, count = match[0][0], len(match[0])
    if first == '"':
        return depth, match.end()
    if first in "[{":
        return depth + count, match.end()
    used = min(count, max(depth, 1))
    return depth - used, match.start() + used
