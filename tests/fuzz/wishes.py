"""What a fuzzer's input asks for beside the file's own bytes."""

from collections.abc import Sequence
from typing import Final, TypeVar

_Option = TypeVar("_Option")

WISHES_BYTES: Final = 48
"""How many bytes behind the file are wishes."""


class Wishes:
    """Take numbers from an input's last bytes; what is before them is the file.

    Where there is none left, or only zeros, the first option of everything is asked for.
    """

    def __init__(self, data: bytes) -> None:
        self.file = data[:-WISHES_BYTES]
        self._left = data[-WISHES_BYTES:]

    def number(self, below: int) -> int:
        """Return a number of 0 to `below` - 1, from a byte, or two where one is not enough."""
        return int.from_bytes(self._take(1 if below <= 256 else 2), "big") % below

    def pick(self, options: Sequence[_Option]) -> _Option:
        """Return one of the options."""
        return options[self.number(len(options))]

    def some(self, options: Sequence[_Option], most: int) -> list[_Option]:
        """Return up to `most` of the options, in any order."""
        return [self.pick(options) for _ in range(self.number(most + 1))]

    def piece(self, most: int) -> bytes:
        """Return up to `most` bytes as they are."""
        return self._take(self.number(most + 1))

    def _take(self, size: int) -> bytes:
        taken, self._left = self._left[:size], self._left[size:]
        return taken
