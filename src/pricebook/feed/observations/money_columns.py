"""Columns of money: few different values, each of which is read once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

from pricebook.feed.observations import keys
from pricebook.feed.observations.cells import (
    NOTHING,
    read_lesser_amount,
    read_price,
    read_unit,
    read_unit_amount,
    read_unit_price,
    was_price,
)
from pricebook.feed.observations.fields import Fields
from pricebook.feed.observations.meanings import Meanings
from pricebook.feed.observations.problems import Problems

_UnitPrice = tuple[str | None, str | None]


class MoneyColumns:
    """Read prices; what was read is remembered from batch to batch."""

    def __init__(self) -> None:
        self._prices = Meanings(read_price)
        self._amounts = Meanings(read_lesser_amount)
        self._was = Meanings(was_price)
        self._unit_words = Meanings(read_unit_price)
        self._unit_amounts = Meanings(read_unit_amount)
        self._units = Meanings(read_unit)

    def prices(self, said: Fields, count: int, problems: Problems) -> list[str | None]:
        """Return the prices; None with a problem where there is none."""
        values = said.first_of(*keys.PRICE) or [None] * count
        return self._prices.of(values, problems, said.title(*keys.PRICE))

    def was(
        self, said: Fields, prices: Sequence[str | None], problems: Problems
    ) -> Sequence[str | None]:
        """Return what was paid before; None unless that is above the price."""
        was, saved = (said.first_of(*names) for names in (keys.WAS_PRICE, keys.SAVED))
        if was is None and saved is None:
            return [None] * len(prices)
        read = (
            repeat(None) if column is None else self._amounts.of(column, problems)
            for column in (was, saved)
        )
        return self._was.of(list(zip(prices, *read, strict=False)), problems)

    def unit_prices(self, said: Fields, count: int, problems: Problems) -> Sequence[_UnitPrice]:
        """Return unit prices and their units.

        The words that the shop prints beside the price come first. What scrapers work out of them
        is wrong by a factor of ten or a hundred in whole files.
        """
        words = said.first_of(*keys.UNIT_PRICE_WORDS)
        found = [NOTHING] * count
        if words is not None:
            found = [each or NOTHING for each in self._unit_words.of(words, problems)]
        for amounts, units in keys.UNIT_PRICES:
            missing = [row for row, each in enumerate(found) if each is NOTHING]
            if missing:
                other = self._calculated(said.only(missing), amounts, units, problems)
                for row, each in zip(missing, other, strict=False):
                    found[row] = each
        return found

    def _calculated(
        self, said: Fields, amounts: Sequence[str], units: Sequence[str], problems: Problems
    ) -> Iterable[_UnitPrice]:
        values, measures = said.first_of(*amounts), said.first_of(*units)
        if values is None:
            return ()
        prices = self._unit_amounts.of(values, problems)
        named: Iterable[str | None] = repeat(None)
        if measures is not None:
            named = self._units.of(measures, problems)
        return [
            (price, unit) if price else NOTHING for price, unit in zip(prices, named, strict=False)
        ]
