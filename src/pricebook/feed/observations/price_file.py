"""One price file, from its bytes to blocks of observations and rejections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pricebook.feed.encoding import UTF8, Utf8Converter, detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.formats import JSON_START
from pricebook.feed.observations import keys
from pricebook.feed.observations.builder import ObservationBuilder
from pricebook.feed.observations.document_items import DocumentItems
from pricebook.feed.observations.items import Item, Items
from pricebook.feed.observations.line_items import LineItems
from pricebook.feed.observations.records import ObservationBlock, Seen
from pricebook.feed.observations.stores import StoreBook
from pricebook.feed.readers.json_lines import looks_like_json_lines
from pricebook.feed.readers.json_outline import find_products
from pricebook.feed.source import ByteStream
from pricebook.feed.table import SAMPLE_BYTES, Reading
from pricebook.feed.unpack.layers import Unpacking
from pricebook.feed.unpack.limits import Limits

BLOCK_ROWS = 2000
_BLOCK_BYTES = 4 * 1024 * 1024
_PRODUCTS = ("products",)


class PriceFile:
    """One open price file: the stores that it is about, and what was seen in them.

    It is to be closed: zip archives need a copy on disk.
    """

    def __init__(self, unpacking: Unpacking, items: Items) -> None:
        self._unpacking = unpacking
        self._items = items
        self._book = StoreBook()

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
    def stores(self) -> list[Seen]:
        """The stores so far, in the order of their indexes; complete once all blocks were taken.

        Only of documents that name their store behind its products may one stand there twice.
        """
        return self._book.seen

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        packed, member = self._unpacking.packed, self._unpacking.member
        return replace(self._items.reading, packed=packed, member=member)

    @property
    def bytes_read(self) -> int:
        """How many bytes of the stream are taken into account so far."""
        return self._unpacking.bytes_read

    def blocks(self) -> Iterator[ObservationBlock]:
        """Yield the file's rows once, some 2,000 or 4 MiB at a time; blank lines are no rows.

        Every other row is exactly one observation or one rejection. Raises FeedError for an archive
        that is damaged or unpacks to too much.
        """
        source = self._unpacking.source
        builder, whole = ObservationBuilder(self._book), ObservationBlock([], [])
        began = source.bytes_read
        for batch in self._items.batches():
            block = builder.build(batch)
            if batch.said_behind is not None:
                self._book.settle(batch.said_behind)
            whole.records.extend(block.records)
            whole.rejections.extend(block.rejections)
            rows = len(whole.records) + len(whole.rejections)
            if rows >= BLOCK_ROWS or (rows and source.bytes_read - began >= _BLOCK_BYTES):
                yield whole
                whole, began = ObservationBlock([], []), source.bytes_read
        self._unpacking.finish()
        if whole.records or whole.rejections:
            yield whole


def open_prices(
    stream: ByteStream,
    *,
    filename: str,
    limits: Limits | None = None,
    folder: Path | None = None,
) -> PriceFile:
    """Open a price file: read its beginning, and find out how its products are laid out.

    That is JSON lines, a list, `products` beside `metadata`, or several of these texts one behind
    another; the products are bare, or wrapped as `{"product": {}, "metadata": {}}`. The stream is
    read forwards only and stays the caller's to close. Zip archives are copied into `folder`, by
    default that of temporary files. Raises FeedError: `file_empty`, `no_prices`, `store_archive`,
    and what unpacking has against the file.
    """
    unpacking = Unpacking(stream, filename=filename, limits=limits or Limits(), folder=folder)
    try:
        items = _open_items(unpacking)
        _check_prices(items.sample, filename)
        return PriceFile(unpacking, items)
    except BaseException:
        unpacking.close()
        raise


def _open_items(unpacking: Unpacking) -> Items:
    filename, source = unpacking.filename, unpacking.source
    if unpacking.workbook is not None:
        raise _no_prices(filename)
    sample = source.peek(SAMPLE_BYTES)
    complete = len(sample) < SAMPLE_BYTES
    converter = Utf8Converter(detect_encoding(sample, complete=complete), settled=True)
    text = converter.convert(sample, final=complete).decode(UTF8, "replace")
    if not text.strip(" \t\r\n\0"):
        raise FeedError("file_empty", f"{filename} is empty. Send a file with products.")
    place = find_products(text) if text.lstrip()[0] in "{[" else None
    in_lines = looks_like_json_lines(text, complete=complete)
    if in_lines and (place is None or place.keys != _PRODUCTS):
        return LineItems(source)
    if JSON_START.match(text):
        return DocumentItems(source)
    raise _no_prices(filename)


def _check_prices(sample: Sequence[Item], filename: str) -> None:
    """Refuse a file in whose first products no price has a place."""
    if any(key in item for item in sample for key in keys.PRICE):
        return
    if any(keys.PRICE_HISTORY in item for item in sample):
        message = (
            f"{filename} is a store archive. It was made of prices that are known already, so it "
            "is not read as a price file."
        )
        raise FeedError("store_archive", message)
    raise _no_prices(filename)


def _no_prices(filename: str) -> FeedError:
    message = (
        f"{filename} is no price file. Send JSON whose products have prices, such as lines of "
        '{"product": {"sku": "A-1", "price": 1.5}, "metadata": {"company": "coles"}}.'
    )
    return FeedError("no_prices", message)
