"""The objects of a price file in batches: the product, and what is said about it beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple, Protocol

from pricebook.feed.records import Rejection
from pricebook.feed.table import Reading

Item = dict[str, object]


@dataclass(frozen=True, slots=True)
class ItemBatch:
    """Hold consecutive products, the place where each begins, and what is no object."""

    lines: Sequence[int]
    products: Sequence[Item]
    metadata: Sequence[Item | None]
    """Of each product; None where nothing was said yet."""
    broken: Sequence[Rejection]
    unsafe: bool
    """Texts may hold NUL characters or lone surrogates."""
    said_behind: Item | None = None
    """Metadata that came behind the products it is about."""


class Items(Protocol):
    """A price file as products, whatever its format."""

    @property
    def sample(self) -> Sequence[Item]:
        """The first products, as many as were looked at."""

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""

    def batches(self) -> Iterator[ItemBatch]:
        """Yield every product once."""


class Parts(NamedTuple):
    """Hold the products of some objects, and the metadata of each."""

    products: list[Item]
    metadata: list[Item | None]
    last: Item | None
    """The metadata that goes on for the objects to come."""


def product_of(item: Item) -> Item:
    """Return the product that an object wraps, else the object itself."""
    product = item.get("product")
    return product if isinstance(product, dict) else item


def part(items: Sequence[Item], before: Item | None) -> Parts:
    """Tell products from metadata; an object without any has that of the object before it."""
    products: list[object] = list(map(dict.get, items, repeat("product")))
    metadata: list[object] = list(map(dict.get, items, repeat("metadata")))
    kinds = set(map(type, products)), set(map(type, metadata))
    if kinds == ({dict}, {dict}):
        return Parts(products, metadata, metadata[-1])  # type: ignore[arg-type]
    said: list[Item | None] = []
    for own in metadata:
        before = own if isinstance(own, dict) else before
        said.append(before)
    return Parts(list(map(product_of, items)), said, before)
