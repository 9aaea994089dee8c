"""Bytes that lie in several pieces, or far away, read as one stream."""

from __future__ import annotations

import io
import random
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, cast

from pricebook.files.contract import StorageUnavailable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER: Final = 1 << 20
# The pauses between attempts double from the first one: 0.2, 0.4, … seconds, some 25 in all.
_ATTEMPTS: Final = 8
_FIRST_PAUSE: Final = 0.2


class Body(Protocol):
    """What an answer's body can do."""

    def read(self, size: int) -> bytes:
        """Return up to so many bytes, b"" at the end."""

    def close(self) -> None:
        """Give the connection back."""


class Dropped(Exception):
    """The connection broke, or storage asks to try again; what was read until then is right."""


class _Forward(io.RawIOBase):
    """A raw stream that is read from its beginning to its end."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self._next(len(view))
        view[: len(data)] = data
        return len(data)

    @abstractmethod
    def _next(self, size: int) -> bytes:
        """Return up to so many bytes, b"" at the end."""


class _Pieces(_Forward):
    """The files of a list, one after the other."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._rest = iter(paths)
        self._open: BinaryIO | None = None

    def _next(self, size: int) -> bytes:
        while True:
            if self._open is None:
                path = next(self._rest, None)
                if path is None:
                    return b""
                self._open = path.open("rb")
            if data := self._open.read(size):
                return data
            self._open.close()
            self._open = None

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        super().close()


class _Distant(_Forward):
    """Bytes behind a connection that may break: then they are asked for from where it broke."""

    def __init__(self, open_at: Callable[[int], Body], size: int) -> None:
        self._open_at = open_at
        self._size = size
        self._place = 0
        self._failures = 0
        self._body: Body | None = None

    def _next(self, size: int) -> bytes:
        while self._place < self._size:
            try:
                if self._body is None:
                    self._body = self._open_at(self._place)
                data = self._body.read(size)
                if not data:
                    message = f"The answer ended after {self._place} of {self._size} bytes."
                    raise Dropped(message)
            except Dropped as error:
                self._wait(error)
            else:
                self._failures = 0
                self._place += len(data)
                return data
        return b""

    def _wait(self, error: Dropped) -> None:
        """Pause before the next attempt. Raises StorageUnavailable after too many in a row."""
        self._let_go()
        self._failures += 1
        if self._failures >= _ATTEMPTS:
            message = f"Storage could not be read after {_ATTEMPTS} attempts: {error}"
            raise StorageUnavailable(message) from error
        # Workers that lost the same storage must not all come back in the same moment.
        time.sleep(_FIRST_PAUSE * 2 ** (self._failures - 1) * random.uniform(0.5, 1))  # noqa: S311

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._let_go()
        super().close()


def open_pieces(paths: Sequence[Path]) -> BinaryIO:
    """Read files one after the other as one stream."""
    return _buffered(_Pieces(paths))


def open_distant(open_at: Callable[[int], Body], size: int) -> BinaryIO:
    """Read `size` bytes; `open_at(place)` asks for those from `place` on, and may raise Dropped.

    The stream raises StorageUnavailable when several attempts in a row brought nothing.
    """
    return _buffered(_Distant(open_at, size))


def _buffered(raw: io.RawIOBase) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(raw, _BUFFER))
