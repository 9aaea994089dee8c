"""The stream that a product file is read from: counted, and its beginning looked at first."""

from typing import Protocol

PIECE_BYTES = 64 * 1024


class ByteStream(Protocol):
    """What a product file is read from, forwards only."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, b"" at the end."""


class Source:
    """A stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: ByteStream) -> None:
        self.bytes_read = 0
        """How many bytes the stream has given."""
        self._stream = stream
        self._held = b""

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end; they stay to be read."""
        pieces, held = [self._held], len(self._held)
        while held < size and (data := self._fetch(size - held)):
            pieces.append(data)
            held += len(data)
        self._held = b"".join(pieces)
        return self._held[:size]

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end."""
        if self._held:
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._fetch(size)

    def _fetch(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.bytes_read += len(data)
        return data
