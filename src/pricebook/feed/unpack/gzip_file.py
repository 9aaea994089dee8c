"""Gzip as a stream: any number of members, each one checked (RFC 1952)."""

import zlib

from pricebook.feed.errors import FeedError
from pricebook.feed.source import ByteStream
from pricebook.feed.unpack.limits import Guard, damaged

MAGIC = b"\x1f\x8b"
# What is behind a member's end is copied once for every member: little keeps that cheap.
_PIECE_BYTES = 16 * 1024
_GZIP_WINDOW = 31


class Gunzip:
    """Read what is packed in all members of a gzip file, one after another."""

    def __init__(self, source: ByteStream, guard: Guard) -> None:
        self._source = source
        self._guard = guard
        self._packed = b""
        self._members = 0
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._between = True

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end.

        Raises FeedError for an archive that is cut, damaged, followed by something else, or grows
        too large.
        """
        while not self._between or self._next_member():
            self._packed = self._packed or self._source.read(_PIECE_BYTES)
            if not self._packed:
                message = (
                    f"{self._guard.filename} is a gzip archive that breaks off before its end. "
                    "Send it again."
                )
                raise FeedError("archive_damaged", message)
            data = self._inflate(size)
            if data:
                self._guard.count(len(data))
                return data
        return b""

    def _inflate(self, size: int) -> bytes:
        member = self._member
        try:
            data = member.decompress(self._packed, size)
        except zlib.error as error:
            raise damaged(self._guard.filename, "gzip archive") from error
        self._between = member.eof
        self._packed = member.unused_data if member.eof else member.unconsumed_tail
        return data

    def _next_member(self) -> bool:
        """Begin the next member; False at the end. Zeros between members are padding."""
        self._packed = self._packed.lstrip(b"\0") if self._members else self._packed
        while len(self._packed) < len(MAGIC) and (data := self._source.read(_PIECE_BYTES)):
            self._packed += data
            if self._members:
                self._packed = self._packed.lstrip(b"\0")
        if not self._packed:
            return False
        if not self._packed.startswith(MAGIC):
            message = (
                f"{self._guard.filename} has something behind the end of its gzip archive. Pack it "
                "again, or upload it unpacked."
            )
            raise FeedError("archive_damaged", message)
        self._members += 1
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._between = False
        return True
