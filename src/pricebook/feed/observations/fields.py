"""The objects of a batch, key by key: whole columns are looked at in C."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

from pricebook.feed.observations.items import Item

Column = Sequence[object]
"""One value for each object, None where it has none."""

BLANK: tuple[object, ...] = (None, "", [])
"""Values that say nothing."""


class Fields:
    """Give the values that objects have under given keys."""

    def __init__(self, objects: Sequence[Item]) -> None:
        self._objects = objects
        self._keys = frozenset(chain.from_iterable(set(map(tuple, objects))))

    def title(self, *keys: str) -> str:
        """Return the first of the keys that an object has, else the first."""
        return next((key for key in keys if key in self._keys), keys[0])

    def column(self, key: str) -> Column | None:
        """Return the values of a key; None where no object says anything under it."""
        if key not in self._keys:
            return None
        values = list(map(dict.get, self._objects, repeat(key)))
        return None if values[0] is None and values.count(None) == len(values) else values

    def first_of(self, *keys: str) -> Column | None:
        """Return for each object what it says under the first of the keys that it uses."""
        found: Column | None = None
        for key in keys:
            if key in self._keys:
                found = first_said(found, self.column(key))
        return found

    def only(self, rows: Sequence[int]) -> Fields:
        """Return those of some objects."""
        return Fields([self._objects[row] for row in rows])


def first_said(first: Column | None, second: Column | None) -> Column | None:
    """Return the first column, with what the second says where the first says nothing."""
    if first is None or second is None:
        return second if first is None else first
    pairs = zip(first, second, strict=True)
    return [other if value in BLANK else value for value, other in pairs]
