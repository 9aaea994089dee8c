"""How much an archive may unpack to: bombs fail early, at flat memory."""

from collections.abc import Callable
from dataclasses import dataclass

from pricebook.feed.errors import FeedError

_GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bound what is read and unpacked."""

    max_packed: int = 5 * _GIB
    """Bytes of a file that must be spooled to disk: zip archives and workbooks."""
    max_unpacked: int = 40 * _GIB
    """Bytes that come out of an archive."""
    max_ratio: int = 200
    """Unpacked bytes for one packed byte; real product lists stay below 15, zeros reach 1,000."""
    ratio_from: int = 32 * 1024**2
    """Unpacked bytes from which on the ratio counts."""
    max_sheet: int = _GIB
    """Unpacked bytes of a workbook: it is the only format that is held in memory."""


class Guard:
    """Count what comes out of an archive, and stop it in time."""

    def __init__(self, limits: Limits, filename: str, packed_bytes: Callable[[], int]) -> None:
        self.filename = filename
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._unpacked = 0

    def count(self, size: int) -> None:
        """Take note of `size` more bytes; raise FeedError `unpacks_too_large` beyond the limits."""
        limits = self._limits
        self._unpacked += size
        if self._unpacked > limits.max_unpacked:
            message = (
                f"{self.filename} unpacks to more than {limits.max_unpacked:,} bytes. "
                "Upload it in parts."
            )
            raise FeedError("unpacks_too_large", message)
        if (
            self._unpacked > limits.ratio_from
            and self._unpacked > limits.max_ratio * self._packed_bytes()
        ):
            message = (
                f"{self.filename} unpacks to more than {limits.max_ratio} times its size, which no "
                "product list does. Unpack it yourself and upload what is inside."
            )
            raise FeedError("unpacks_too_large", message)


def damaged(filename: str, what: str) -> FeedError:
    """Return the error for an archive that cannot be unpacked."""
    message = f"{filename} is a damaged {what}. Pack it again, or upload it unpacked."
    return FeedError("archive_damaged", message)
