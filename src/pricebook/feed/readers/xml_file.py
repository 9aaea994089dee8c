"""XML as a table: Google Merchant's RSS and Atom, and any file that repeats one flat element."""

from collections.abc import Iterator, Sequence
from functools import partial

from pricebook.feed.errors import FeedError
from pricebook.feed.readers.json_values import TOO_LONG, reject
from pricebook.feed.readers.shaping import RowShaper
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.readers.xml_items import (
    GOOGLE,
    BrokenXmlError,
    Item,
    ItemReader,
    Outline,
    Path,
)
from pricebook.feed.source import PIECE_BYTES, Source
from pricebook.feed.table import SAMPLE_BYTES, SAMPLE_ROWS, GrowingBatch, Reading, RowBatch

_LARGEST_SAMPLE = 16 * SAMPLE_BYTES
_TWIN = " (feed)"
"""Behind the title of an element that Google has one of the same name of, such as Atom's id."""
_BROKEN_OFF = Fault(
    "file_breaks_off",
    "The file breaks off here, or goes on as no XML does. What comes before is read; send the "
    "whole file again.",
)


class XmlTable:
    """The repeated elements of an XML document, each one a row."""

    unsafe = False
    """XML has no character that a database cannot hold (XML 1.0, 2.2)."""
    comma_column: int | None = None

    def __init__(self, source: Source, *, filename: str) -> None:
        path, items = _look(source, filename)
        self._shaper = RowShaper([dict(item.cells) for item in items])
        self.header = _shown(self._shaper.header)
        self.sample = self._shaper.sample
        self._source = source
        self._items = ItemReader(filename, path)
        self._bytes = 0
        self._place = 0

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return Reading("xml", self._items.encoding, decimal=self._shaper.decimal)

    @property
    def bytes_taken(self) -> int:
        """How many bytes were read."""
        return self._bytes

    @property
    def late_titles(self) -> Sequence[str]:
        """Titles that turned up behind the sample."""
        return [title.removeprefix(GOOGLE) for title in self._shaper.late_titles]

    def batches(self) -> Iterator[RowBatch]:
        """Yield the items of the file once, those of 64 KiB at a time."""
        broken: BrokenXmlError | None = None
        for data in iter(partial(self._source.read, PIECE_BYTES), b""):
            self._bytes += len(data)
            if broken is None:
                broken = self._feed(data, final=False)
                yield self._batch(broken)
        if broken is None:
            yield self._batch(self._feed(b"", final=True))

    def _feed(self, data: bytes, *, final: bool) -> BrokenXmlError | None:
        try:
            self._items.feed(data, final=final)
        except BrokenXmlError as error:
            return error
        return None

    def _batch(self, broken: BrokenXmlError | None) -> RowBatch:
        batch = GrowingBatch([], [], [])
        for item in self._items.take():
            place = self._next_place(item.line)
            row = TOO_LONG if item.is_too_long else self._shaper.shape(dict(item.cells))
            if isinstance(row, Fault):
                batch.broken.append(reject(place, row, " ".join(item.cells.values())))
            else:
                batch.lines.append(place)
                batch.rows.append(row)
        if broken is not None:
            place = self._next_place(broken.line)
            batch.broken.append(reject(place, _BROKEN_OFF, broken.reason))
        return batch.done()

    def _next_place(self, line: int) -> int:
        self._place = max(self._place + 1, line)
        return self._place


def _look(source: Source, filename: str) -> tuple[Path, list[Item]]:
    """Return the path of the items, and those that the file begins with."""
    size = SAMPLE_BYTES
    while True:
        sample = source.peek(size)
        complete = len(sample) < size
        outline = Outline(filename)
        broken = _feed_sample(outline, sample, final=complete)
        path = outline.item_path()
        if path is not None:
            reader = ItemReader(filename, path)
            _feed_sample(reader, sample, final=complete)
            items = [item for item in reader.take() if item.cells][:SAMPLE_ROWS]
            if items:
                return path, items
        if complete or broken or size >= _LARGEST_SAMPLE:
            raise _nothing_found(filename, broken)
        size *= 4


def _feed_sample(
    stream: Outline | ItemReader, sample: bytes, *, final: bool
) -> BrokenXmlError | None:
    try:
        for at in range(0, len(sample), PIECE_BYTES):
            stream.feed(sample[at : at + PIECE_BYTES])
        if final:
            stream.feed(b"", final=True)
    except BrokenXmlError as error:
        return error
    return None


def _nothing_found(filename: str, broken: BrokenXmlError | None) -> FeedError:
    if broken is not None:
        message = (
            f"{filename} is no XML that can be read: {broken.reason} in line {broken.line:,}. Ask "
            "the program that wrote it for another file, or for CSV."
        )
        return FeedError("xml_invalid", message)
    message = f"{filename} repeats no element that could be a product, such as <item> or <product>."
    return FeedError("no_items", message)


def _shown(titles: Sequence[str]) -> list[str]:
    """Return titles without Google's prefix, and with a mark on their twins."""
    google = {title.removeprefix(GOOGLE) for title in titles if title.startswith(GOOGLE)}
    return [title + _TWIN if title in google else title.removeprefix(GOOGLE) for title in titles]
