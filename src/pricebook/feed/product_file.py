"""One product file, from its bytes to blocks of records and rejections."""

from collections.abc import Iterator
from functools import partial
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import Protocol

from pricebook.feed.blocks import BlockBuilder
from pricebook.feed.columns import ColumnMapping, propose_mapping
from pricebook.feed.dialect import Dialect, Layout, examine
from pricebook.feed.errors import FeedError
from pricebook.feed.readers.csv_file import CsvReader
from pricebook.feed.readers.lines import CHUNK_BYTES, LineReader
from pricebook.feed.records import Block
from pricebook.feed.validate import RowRules

SAMPLE_BYTES = 256 * 1024
BLOCK_ROWS = 2000
BLOCK_BYTES = 1024 * 1024

_line = attrgetter("line")


class ByteStream(Protocol):
    """What a product file is read from, forwards only."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes, b"" at the end."""


class ProductFile:
    """One open product file: how it is written, what its columns hold, and its rows."""

    dialect: Dialect
    mapping: ColumnMapping
    header: list[str]

    def __init__(self, layout: Layout, mapping: ColumnMapping, lines: LineReader) -> None:
        self.dialect = layout.dialect
        self.header = layout.header
        self.mapping = mapping
        self._data_line = layout.data_line
        self._lines = lines

    @property
    def bytes_read(self) -> int:
        """How many bytes of the stream are taken into account so far."""
        return self._lines.bytes_read

    def blocks(self) -> Iterator[Block]:
        """Yield the file's rows once, some 2,000 or 1 MiB at a time; blank rows are no rows.

        Every other row is exactly one record or one rejection.
        """
        builder = BlockBuilder(RowRules(self.mapping, self.dialect.decimal))
        reader = CsvReader(self._lines, self.dialect, line=self._data_line, width=len(self.header))
        whole, began = Block([], []), self.bytes_read
        for batch in reader.batches():
            block = builder.build(batch.lines, batch.rows, unsafe=self._lines.unsafe)
            whole.records.extend(block.records)
            whole.rejections.extend(merge(block.rejections, batch.broken, key=_line))
            rows = len(whole.records) + len(whole.rejections)
            if rows >= BLOCK_ROWS or (rows and self.bytes_read - began >= BLOCK_BYTES):
                yield whole
                whole, began = Block([], []), self.bytes_read
        if whole.records or whole.rejections:
            yield whole


def open_products(stream: ByteStream, *, filename: str) -> ProductFile:
    """Open a product file: read its beginning, find out how it is written and what it holds.

    The stream is read forwards only and stays the caller's to close. Raises FeedError when the
    file is no text table, or has no column that can be read.
    """
    sample, complete = _read_sample(stream)
    layout = examine(sample, complete=complete, filename=filename)
    mapping = _map_columns(layout)
    rest = iter(partial(stream.read, CHUNK_BYTES), b"")
    lines = LineReader(
        chain([sample], rest),
        encoding=layout.dialect.encoding,
        cr_ends_lines=layout.dialect.cr_ends_lines,
        backslash_quotes=layout.dialect.backslash_quotes,
    )
    lines.skip(layout.data_line - 1)
    return ProductFile(layout, mapping, lines)


def _map_columns(layout: Layout) -> ColumnMapping:
    try:
        return propose_mapping(layout.header, layout.sample)
    except FeedError as error:
        line = layout.dialect.header_line
        if line == 1:
            raise
        raise FeedError(error.code, f"{error} (Line {line} was taken for the header.)") from None


def _read_sample(stream: ByteStream) -> tuple[bytes, bool]:
    """Return the first SAMPLE_BYTES bytes, and whether they are the whole file."""
    sample = b""
    while len(sample) < SAMPLE_BYTES:
        data = stream.read(SAMPLE_BYTES - len(sample))
        if not data:
            return sample, True
        sample += data
    return sample, False
