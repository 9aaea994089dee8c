"""One product file, from its bytes to blocks of records and rejections."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from heapq import merge
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from pricebook.feed.choices import Choices
from pricebook.feed.columns import ColumnMapping, find_fields, is_reject_file
from pricebook.feed.errors import FeedError
from pricebook.feed.formats import open_table
from pricebook.feed.mapping import complete_choices, map_columns
from pricebook.feed.outline import Outline, fingerprint, outline_columns
from pricebook.feed.presets import recognise
from pricebook.feed.prices import DecimalMark, detect_decimal_mark
from pricebook.feed.records import Block, storable
from pricebook.feed.rewrite import make_builder
from pricebook.feed.source import ByteStream
from pricebook.feed.table import Format, Reading, Table
from pricebook.feed.unpack.layers import Unpacking
from pricebook.feed.unpack.limits import Limits

BLOCK_ROWS = 2000
BLOCK_BYTES = 1024 * 1024

Recall = Callable[[str], Choices | None]
"""Return what is remembered for files of a fingerprint, None for nothing."""

_TEXT_FORMATS = ("csv", "json", "jsonl")
_OTHER_FORMATS: tuple[Format, ...] = ("json", "xlsx", "xml")
_line = attrgetter("line")


class ProductFile:
    """One open product file: how it is written, what its columns hold, and its rows.

    It is to be closed: some formats need a copy on disk.
    """

    mapping: ColumnMapping
    header: list[str]
    choices: Choices
    """How the file is read, in full: what was left open is proposed."""

    def __init__(
        self, unpacking: Unpacking, table: Table, *, choices: Choices, fingerprint: str
    ) -> None:
        self._unpacking = unpacking
        self._table = table
        self._fingerprint = fingerprint
        self.header = list(map(storable, table.header))
        self.choices = complete_choices(choices, self.header, table.sample)
        self.mapping = self._map_columns()

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

    @cached_property
    def outline(self) -> Outline:
        """What a person sees of the file before choosing its columns."""
        looks_like = recognise(self.header)
        return Outline(
            fingerprint=self._fingerprint,
            preset=looks_like.name if looks_like else "",
            columns=outline_columns(self.header, self._table.sample),
            choices=self.choices,
        )

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return replace(self._as_found, decimal=self._decimal())

    @property
    def _as_found(self) -> Reading:
        """How the file is written, whatever its columns hold."""
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
        table, decimal = self._table, self._decimal()
        builder = make_builder(self.mapping, decimal, self.choices)
        if decimal == ",":
            table.comma_column = self.mapping.fields.get("price")
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

    def _map_columns(self) -> ColumnMapping:
        try:
            return map_columns(self.header, self.choices)
        except FeedError as error:
            line = self._table.reading.header_line
            where = f" (Line {line} was taken for the header.)" if line and line > 1 else ""
            raise FeedError(
                error.code, f"{error}{where}", outline=self.outline, reading=self._as_found
            ) from None

    def _decimal(self) -> DecimalMark:
        """Return the decimal mark: the chosen one, else that of the prices in the sample."""
        found = self._table.reading.decimal
        if self.choices.decimal is not None:
            return self.choices.decimal
        column = self.mapping.fields.get("price")
        if column is None or column == find_fields(self.header)[0].get("price"):
            return found  # the table has looked at that column
        prices = (row[column] for row in self._table.sample if len(row) > column)
        return detect_decimal_mark(prices, default=found)


def open_products(
    stream: ByteStream,
    *,
    filename: str,
    limits: Limits | None = None,
    folder: Path | None = None,
    choices: Choices | None = None,
    recall: Recall | None = None,
) -> ProductFile:
    """Open a product file: read its beginning, find out how it is written and what it holds.

    `choices` say how it is to be read; without them `recall` is asked for those of a fingerprint.
    The stream is read forwards only and stays the caller's to close. Zip archives and workbooks
    are copied into `folder`, by default that of temporary files. Raises FeedError when the file is
    no table of a format that is understood, has no column that can be read, or not the columns
    that were chosen, and `choices_invalid` for choices that no file can be read by.
    """
    unpacking = Unpacking(stream, filename=filename, limits=limits or Limits(), folder=folder)
    try:
        table = open_table(unpacking)
        mark = fingerprint(table.header, table.reading.format)
        if choices is None:
            choices = _recalled(table, recall) or Choices()
        choices.check()
        if (choices.encoding or choices.delimiter) and table.reading.format in _TEXT_FORMATS:
            table = open_table(unpacking, encoding=choices.encoding, delimiter=choices.delimiter)
        return ProductFile(unpacking, table, choices=choices, fingerprint=mark)
    except BaseException:
        unpacking.close()
        raise


def _recalled(table: Table, recall: Recall | None) -> Choices | None:
    """Return what is remembered for such a file.

    A reject file is delimited text whatever its origin, and to be read as that was.
    """
    if recall is None:
        return None
    formats = (table.reading.format, *(_OTHER_FORMATS if is_reject_file(table.header) else ()))
    marks = dict.fromkeys(fingerprint(table.header, format_) for format_ in formats)
    return next(filter(None, map(recall, marks)), None)
