"""What storage does: one contract, kept by a bucket (`s3`) and by a folder (`local`).

Clients write by signed addresses that bind what they may send; the product itself reads, and writes
what it makes. Nothing outside `files` knows which of the two it is (A2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO, Final, Protocol

from pricebook.core.errors import TransientError

# What S3 and R2 allow: 10,000 parts, each but the last one of 5 MiB at least, all equally large.
MAX_PARTS: Final = 10_000
MIN_PART_BYTES: Final = 5 << 20
# The header in which a sender says `Content.crc32`.
CHECKSUM_HEADER: Final = "x-amz-checksum-crc32"


class StorageUnavailable(TransientError):
    """Storage cannot be reached, or refuses what it should do; trying again can help."""


class NoSuchMultipart(Exception):
    """The multipart upload is complete, aborted, or never began."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a signed address binds: the size in bytes, and the rest where it is known."""

    size: int
    # Media type; "" for parts, which have none.
    type: str = ""
    # CRC-32 (ISO 3309) of the bytes, big-endian, in base64; "" when the sender does not say it.
    crc32: str = ""


@dataclass(frozen=True, slots=True)
class SignedPut:
    """An address for one PUT, the headers that have to be sent with it, and when it ends.

    The address may be relative: then it is one of this product.
    """

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart upload that has arrived; numbers begin at 1."""

    number: int
    size: int
    # What storage calls its content; a bucket wants it back.
    etag: str = field(default="", compare=False)
    crc32: str = field(default="", compare=False)


class Storage(Protocol):
    """The contract. Every method may raise StorageUnavailable."""

    def sign_put(self, key: str, content: Content, lifetime: timedelta) -> SignedPut:
        """Sign a PUT of a whole file. Storage takes it once; a second one finds the key taken."""

    def begin_multipart(self, key: str, content_type: str) -> str:
        """Begin an upload in parts and return its id."""

    def sign_part(
        self, key: str, multipart: str, number: int, content: Content, lifetime: timedelta
    ) -> SignedPut:
        """Sign a PUT of one part."""

    def list_parts(self, key: str, multipart: str) -> list[Part]:
        """Return the parts that have arrived, by number. Raises NoSuchMultipart."""

    def complete_multipart(self, key: str, multipart: str, parts: Sequence[Part]) -> None:
        """Make the file of its parts. Raises NoSuchMultipart."""

    def abort_multipart(self, key: str, multipart: str) -> None:
        """Forget an upload and its parts; one that is gone already is no error."""

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, or None when there is no such file."""

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading forwards. Raises FileNotFoundError.

        What drops while it is read goes on where it stood.
        """

    def write(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Write a file that becomes visible whole when the block ends well, or not at all.

        Raises StorageFull where a disk has no room for it.
        """

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""

    def forget_unfinished(self, before: datetime) -> int:
        """Delete what was begun before a time and never became a file; return how many.

        Something that is still under way may be kept longer.
        """
