"""Which stores a price file is about, and when each was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from pricebook.feed.observations import keys
from pricebook.feed.observations.cells import as_text
from pricebook.feed.observations.fields import Fields
from pricebook.feed.observations.items import Item
from pricebook.feed.observations.records import MAX_STORES, Seen, StoreRef
from pricebook.feed.records import storable

NO_ROOM = -1
"""The index of a store too many."""

_MAX_TEXT = 200
_MAX_CATEGORIES = 20


class StoreBook:
    """Number the stores of a file as they turn up."""

    def __init__(self) -> None:
        self._refs: list[StoreRef] = []
        self._observed: list[datetime | None] = []
        self._categories: list[dict[str, None]] = []
        self._places: dict[StoreRef, int] = {}

    @property
    def seen(self) -> list[Seen]:
        """The stores so far, in the order of their indexes."""
        each = zip(self._refs, self._observed, self._categories, strict=True)
        return [Seen(ref, at, ", ".join(filter(None, categories))) for ref, at, categories in each]

    def number(self, metadata: Sequence[Item | None], products: Fields) -> Sequence[int]:
        """Return the index of each product's store, NO_ROOM for a store too many."""
        places: list[int] = []
        timeless: list[int] = []
        for start, end in pairwise([*_starts(metadata), len(metadata)]):
            said = metadata[start] or {}
            place = self._place_of(said)
            places += [place] * (end - start)
            at = read_time(_said(said, keys.TIME))
            if at is None:
                timeless.extend(range(start, end))
            else:
                self._observe(place, at)
        if timeless and (times := products.first_of(*keys.TIME)) is not None:
            for place, text in {(places[row], as_text(times[row])) for row in timeless}:
                self._observe(place, read_time(text))
        return places

    def settle(self, metadata: Item) -> None:
        """Give the products that came without a store the one that is named behind them."""
        place = self._places.pop(StoreRef(), None)
        if place is None:
            return
        self._refs[place] = _ref_of(metadata)
        self._categories[place] = {_short(_said(metadata, keys.LIMITED_TO)): None}
        self._observe(place, read_time(_said(metadata, keys.TIME)))

    def _place_of(self, metadata: Item) -> int:
        """Return the index of a store, a new one if it was not seen before."""
        ref = _ref_of(metadata)
        place = self._places.get(ref)
        if place is None:
            if len(self._refs) == MAX_STORES:
                return NO_ROOM
            place = self._places[ref] = len(self._refs)
            self._refs.append(ref)
            self._observed.append(None)
            self._categories.append({})
        if len(self._categories[place]) < _MAX_CATEGORIES:
            self._categories[place][_short(_said(metadata, keys.LIMITED_TO))] = None
        return place

    def _observe(self, place: int, at: datetime | None) -> None:
        if at is None or place == NO_ROOM:
            return
        latest = self._observed[place]
        self._observed[place] = at if latest is None else max(at, latest)


def _starts(metadata: Sequence[Item | None]) -> Sequence[int]:
    """Return where metadata begins that is not that of the product before."""
    try:
        return [0, *(i for i, (one, two) in enumerate(pairwise(metadata), 1) if one != two)]
    except RecursionError:
        return range(len(metadata))


def read_time(text: str) -> datetime | None:
    """Return an ISO 8601 date or time, aware and in UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _ref_of(metadata: Item) -> StoreRef:
    return StoreRef(*(_short(_said(metadata, names)) for names in keys.STORE))


def _said(metadata: Item, names: Sequence[str]) -> str:
    """Return what is said under the first of some keys that says anything."""
    return next(filter(None, (as_text(metadata.get(name)) for name in names)), "")


def _short(text: str) -> str:
    return storable(text[:_MAX_TEXT]).strip()
