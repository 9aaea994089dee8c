"""What every file format gives: titles, sample rows, and batches of rows with their places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from pricebook.feed.prices import DecimalMark
from pricebook.feed.records import Rejection

Format = Literal["csv", "jsonl", "json", "xlsx", "xml"]

SAMPLE_BYTES = 256 * 1024
BATCH_ROWS = 2000
SAMPLE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """Say how a file was read, for people."""

    format: Format
    encoding: str = ""
    delimiter: str = ""
    header_line: int | None = None
    """Line, or row of the sheet, 1-based, where the header begins; None where there is none."""
    decimal: DecimalMark = "."
    sheet: str = ""
    """Title of the sheet that was read."""
    packed: tuple[str, ...] = ()
    """What the file came in, the outermost first: "gzip", "zip"."""
    member: str = ""
    """Name of the file inside a zip archive."""


class RowBatch(NamedTuple):
    """Hold consecutive rows, the place where each begins, and those that are broken.

    A place is the physical line of a text and the row of a sheet. Where several rows begin in one
    line it is counted on from there, so that every row has its own and later rows have larger ones.
    """

    lines: Sequence[int]
    rows: list[list[str]]
    broken: list[Rejection]


class GrowingBatch(NamedTuple):
    """Collect the rows of a batch one by one."""

    lines: list[int]
    rows: list[list[str]]
    broken: list[Rejection]

    def done(self) -> RowBatch:
        """Return the batch."""
        return RowBatch(*self)


class Table(Protocol):
    """A product file as rows of cells, whatever its format."""

    header: list[str]
    sample: list[list[str]]
    """The first rows, as many as were looked at."""
    comma_column: int | None
    """Index of a column whose numbers are written with a comma in the rows to come, where the
    format knows numbers; None, as at first, is none."""

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""

    @property
    def unsafe(self) -> bool:
        """Whether the rows taken last may hold NUL characters or marks of undecodable bytes."""

    @property
    def bytes_taken(self) -> int:
        """How many bytes the rows taken so far come from, unpacked."""

    @property
    def late_titles(self) -> Sequence[str]:
        """Titles that turned up behind the sample, too late to be read."""

    def batches(self) -> Iterator[RowBatch]:
        """Yield every row of the file once, some 2,000 at a time."""
