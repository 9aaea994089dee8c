"""The products of a batch to observations, column by column in C where the values are plain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from heapq import merge
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any

from pricebook.feed.observations import cells, keys
from pricebook.feed.observations.fields import Fields
from pricebook.feed.observations.items import ItemBatch
from pricebook.feed.observations.meanings import Meanings
from pricebook.feed.observations.money_columns import MoneyColumns
from pricebook.feed.observations.problems import Problems
from pricebook.feed.observations.records import Observation, ObservationBlock
from pricebook.feed.observations.stores import NO_ROOM, StoreBook
from pricebook.feed.observations.text_columns import TextColumns
from pricebook.feed.records import MAX_DESCRIPTION, MAX_NAME, CellFault, Rejection

_TOO_MANY_STORES = CellFault(
    "too_many_stores", "This file is about more stores than any chain has. Send it in parts."
)
# The constructor without its Python frame: half the cost of an observation.
_new: Callable[[type[Observation], Iterable[Any]], Observation] = tuple.__new__
_line = attrgetter("line")


class ObservationBuilder:
    """Build blocks of observations; what values mean is remembered from batch to batch."""

    def __init__(self, stores: StoreBook) -> None:
        self._stores = stores
        self._money = MoneyColumns()
        self._brands = Meanings(cells.read_brand)
        self._sizes = Meanings(cells.read_unit_size)
        self._categories = Meanings(cells.read_category)
        self._promotions = Meanings(cells.read_promotion)

    def build(self, batch: ItemBatch) -> ObservationBlock:
        """Return the observations and rejections of a batch; every product is one of them."""
        count = len(batch.products)
        if not count:
            return ObservationBlock([], list(batch.broken))
        said, problems = Fields(batch.products), Problems()
        text = TextColumns(said, count, problems, unsafe=batch.unsafe)
        skus = text.skus()
        prices = self._money.prices(said, count, problems)
        was = self._money.was(said, prices, problems)
        unit_prices = self._money.unit_prices(said, count, problems)
        gtins, bar_codes = text.gtins()
        fields = (
            batch.lines,
            self._store_column(batch, said, problems),
            skus,
            text.texts("name", keys.NAME, MAX_NAME),
            self._column(self._brands, said, keys.BRAND, problems),
            gtins,
            text.texts("description", keys.DESCRIPTION, MAX_DESCRIPTION),
            self._column(self._sizes, said, keys.UNIT_SIZE, problems),
            text.links("image_url", keys.IMAGE),
            text.links("url", keys.URL),
            self._category_column(said, problems),
            prices,
            was,
            map(itemgetter(0), unit_prices),
            map(itemgetter(1), unit_prices),
            self._column(self._promotions, said, keys.PROMOTION, problems),
            _flags(said, keys.SPECIAL, (price is not None for price in was)),
            _flags(said, keys.AVAILABLE, repeat(True, count)),
            text.attributes(bar_codes),
        )
        records = list(map(_new, repeat(Observation), zip(*fields, strict=False)))
        return _settle(records, batch, problems)

    def _store_column(self, batch: ItemBatch, said: Fields, problems: Problems) -> Sequence[int]:
        stores = self._stores.number(batch.metadata, said)
        if NO_ROOM in stores:
            for row, store in enumerate(stores):
                if store == NO_ROOM:
                    problems.add(row, None, _TOO_MANY_STORES, "")
        return stores

    def _column(
        self,
        meanings: Meanings[str | None],
        said: Fields,
        names: Sequence[str],
        problems: Problems,
    ) -> Iterable[str | None]:
        values = said.first_of(*names)
        return repeat(None) if values is None else meanings.of(values, problems, said.title(*names))

    def _category_column(self, said: Fields, problems: Problems) -> Iterable[str | None]:
        values = said.first_of(*keys.CATEGORY)
        if values is None:
            return repeat(None)
        # Lists cannot be looked up.
        paths = [tuple(value) if isinstance(value, list) else value for value in values]
        return self._categories.of(paths, problems, said.title(*keys.CATEGORY))


def _flags(said: Fields, names: Sequence[str], otherwise: Iterable[bool]) -> Iterable[bool]:
    """Return what is said, else what is to be assumed."""
    values = said.first_of(*names)
    if values is None:
        return otherwise
    if set(map(type, values)) == {bool}:
        return values  # type: ignore[return-value]
    flags = zip(map(cells.read_flag, values), otherwise, strict=True)
    return [assumed if flag is None else flag for flag, assumed in flags]


def _settle(records: list[Observation], batch: ItemBatch, problems: Problems) -> ObservationBlock:
    """Keep what has no problem, and reject the rest."""
    rows = problems.of_rows
    if not rows:
        return ObservationBlock(records, list(batch.broken))
    rejections = [
        Rejection.of(record.line, [_shown(batch, row)], *rows[row], sku=record.sku or "")
        for row, record in enumerate(records)
        if row in rows
    ]
    kept = [record for row, record in enumerate(records) if row not in rows]
    return ObservationBlock(kept, list(merge(rejections, batch.broken, key=_line)))


def _shown(batch: ItemBatch, row: int) -> str:
    """Return the row as a line of JSON, so that a file of rejected rows is a price file again."""
    item = {"product": batch.products[row], "metadata": batch.metadata[row]}
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return ""
