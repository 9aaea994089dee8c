"""Price files that are JSON documents: a list, products with metadata, or several such texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pricebook.feed.observations.items import Item, ItemBatch, part, product_of
from pricebook.feed.readers.json_document import (
    Element,
    elements,
    look_at_document,
    texts,
)
from pricebook.feed.readers.json_text import JsonText
from pricebook.feed.readers.json_values import NOT_AN_OBJECT, reject, scan_measures
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.records import Rejection
from pricebook.feed.source import PIECE_BYTES, Source
from pricebook.feed.table import BATCH_ROWS, Reading

_METADATA = "metadata"
_BATCH_BYTES = 256 * 1024


@dataclass(slots=True)
class _Growing:
    """Collect the products of a batch one by one."""

    lines: list[int] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    broken: list[Rejection] = field(default_factory=list)

    def done(self, said: Item | None, behind: Item | None = None) -> ItemBatch:
        """Return the batch, whose products have the metadata that was said before them."""
        products, metadata, _ = part(self.items, said)
        return ItemBatch(
            self.lines, products, metadata, self.broken, unsafe=True, said_behind=behind
        )


class DocumentItems:
    """The products of one JSON document, or of several one behind another."""

    def __init__(self, source: Source) -> None:
        self._converter, place, objects = look_at_document(source, "")
        self._place = replace(place, aside=_METADATA) if place else None
        self.sample: Sequence[Item] = list(map(product_of, objects))
        self._source = source

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return Reading("json", self._converter.encoding)

    def batches(self) -> Iterator[ItemBatch]:
        """Yield every product once, some 2,000 or 256 KiB at a time.

        Metadata is that of the products behind it, unless the file begins with products: then it
        is that of those before it.
        """
        if self._place is None:
            return
        batch, said, last, began = _Growing(), None, 0, self._source.bytes_read
        comes_behind: bool | None = None
        for element in elements(JsonText(self._pieces(), scan_measures), self._place):
            if element.key == _METADATA and isinstance(element.value, dict):
                comes_behind = bool(last) if comes_behind is None else comes_behind
                yield batch.done(said, element.value if comes_behind else None)
                batch, said = _Growing(), None if comes_behind else element.value
                continue
            last = max(last + 1, element.line)
            _add(element, last, batch)
            taken = self._source.bytes_read - began
            if len(batch.lines) >= BATCH_ROWS or taken >= _BATCH_BYTES:
                yield batch.done(said)
                batch, began = _Growing(), self._source.bytes_read
        yield batch.done(said)

    def _pieces(self) -> Iterator[str]:
        chunks = iter(partial(self._source.read, PIECE_BYTES), b"")
        return texts(chunks, self._converter, whole=True)


def _add(element: Element, line: int, batch: _Growing) -> None:
    value = element.value
    if isinstance(value, dict):
        batch.lines.append(line)
        batch.items.append(value)
    else:
        fault = value if isinstance(value, Fault) else NOT_AN_OBJECT
        batch.broken.append(reject(line, fault, element.shown))
