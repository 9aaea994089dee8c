"""The SHA-256 of what somebody else reads: no byte is fetched twice for it."""

from __future__ import annotations

from hashlib import sha256
from typing import BinaryIO


class HashedReader:
    """A stream that is read forwards, hashed on the way."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._digest = sha256()

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, b"" at the end."""
        data = self._source.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """Return the hash of all that was read."""
        return self._digest.hexdigest()
