"""One product file, from its bytes to blocks of records and rejections."""

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from pricebook.feed.blocks import BlockBuilder
from pricebook.feed.columns import ColumnMapping, propose_mapping
from pricebook.feed.errors import FeedError
from pricebook.feed.formats import open_table
from pricebook.feed.records import Block, storable
from pricebook.feed.source import ByteStream
from pricebook.feed.table import Reading, Table
from pricebook.feed.unpack.layers import Unpacking
from pricebook.feed.unpack.limits import Limits
from pricebook.feed.validate import RowRules

BLOCK_ROWS = 2000
BLOCK_BYTES = 1024 * 1024

_line = attrgetter("line")


class ProductFile:
    """One open product file: how it is written, what its columns hold, and its rows.

    It is to be closed: some formats need a copy on disk.
    """

    mapping: ColumnMapping
    header: list[str]

    def __init__(self, unpacking: Unpacking, table: Table) -> None:
        self._unpacking = unpacking
        self._table = table
        self.header = list(map(storable, table.header))
        self.mapping = _map_columns(table, self.header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was copied to disk."""
        self._unpacking.close()

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        packed, member = self._unpacking.packed, self._unpacking.member
        return replace(self._table.reading, packed=packed, member=member)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Titles of the columns that are not read, those included that came too late."""
        return (*self.mapping.ignored, *self._table.late_titles)

    @property
    def bytes_read(self) -> int:
        """How many bytes of the stream are taken into account so far."""
        size = self._unpacking.workbook_size
        share = min(self._table.bytes_taken / size, 1.0) if size else 1.0
        return int(self._unpacking.bytes_read * share)

    def blocks(self) -> Iterator[Block]:
        """Yield the file's rows once, some 2,000 or 1 MiB at a time; blank rows are no rows.

        Every other row is exactly one record or one rejection.
        """
        table = self._table
        builder = BlockBuilder(RowRules(self.mapping, table.reading.decimal))
        whole, began = Block([], []), table.bytes_taken
        for batch in table.batches():
            block = builder.build(batch.lines, batch.rows, unsafe=table.unsafe)
            whole.records.extend(block.records)
            whole.rejections.extend(merge(block.rejections, batch.broken, key=_line))
            rows = len(whole.records) + len(whole.rejections)
            if rows >= BLOCK_ROWS or (rows and table.bytes_taken - began >= BLOCK_BYTES):
                yield whole
                whole, began = Block([], []), table.bytes_taken
        self._unpacking.finish()
        if whole.records or whole.rejections:
            yield whole


def open_products(
    stream: ByteStream, *, filename: str, limits: Limits | None = None, folder: Path | None = None
) -> ProductFile:
    """Open a product file: read its beginning, find out how it is written and what it holds.

    The stream is read forwards only and stays the caller's to close. Zip archives and workbooks
    are copied into `folder`, by default that of temporary files. Raises FeedError when the file is
    no table of a format that is understood, or has no column that can be read.
    """
    unpacking = Unpacking(stream, filename=filename, limits=limits or Limits(), folder=folder)
    try:
        return ProductFile(unpacking, open_table(unpacking))
    except BaseException:
        unpacking.close()
        raise


def _map_columns(table: Table, header: list[str]) -> ColumnMapping:
    try:
        return propose_mapping(header, table.sample)
    except FeedError as error:
        line = table.reading.header_line
        if line is None or line == 1:
            raise
        raise FeedError(error.code, f"{error} (Line {line} was taken for the header.)") from None
