"""Hundreds of rows to records at once, column by column in C; odd rows go to RowRules.

This module knows no rule of its own: it recognises rows that are plainly right, and leaves every
other one to `RowRules`. A property test holds the two to the same outcome.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, repeat
from operator import itemgetter
from typing import Any

from pricebook.feed.prices import PLAIN_PRICE, PriceFault, parse_price, without_zeros
from pricebook.feed.records import (
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_SKU,
    UNSTORABLE,
    Block,
    ProductRecord,
    Rejection,
    Row,
)
from pricebook.feed.validate import RowRules, sku_length

# The constructor without its Python frame: half the cost of a record.
_new: Callable[[type[ProductRecord], Iterable[Any]], ProductRecord] = tuple.__new__
_UNKNOWN: Any = object()
_MAX_SPELLINGS = 200
_PLAIN_SKUS = re.compile(rf"(?:[!-~]{{1,{MAX_SKU}}}+\0)*+").fullmatch

_Column = Sequence[str]


class BlockBuilder:
    """Build blocks from rows by the rules given."""

    def __init__(self, rules: RowRules) -> None:
        self._rules = rules
        fields = rules.mapping.fields
        self._width = len(rules.mapping.header)
        self._reach = max(fields.values()) + 1
        if self._width > 2 * len(fields):
            self._pick: Callable[[list[str]], tuple[str, ...]] | None = itemgetter(*fields.values())
            self._places = {field: place for place, field in enumerate(fields)}
        else:
            self._pick, self._places = None, dict(fields)
        self._sku_title = rules.mapping.title("sku").strip()
        self._plain_prices = re.compile(f"(?:{PLAIN_PRICE[rules.decimal]}\0)*+").fullmatch
        self._active_words = rules.active_words.as_written

    def build(self, lines: Sequence[int], rows: list[list[str]], *, unsafe: bool) -> Block:
        """Return the rows' records and rejections.

        `unsafe` says that the text may hold NUL characters or marks of undecodable bytes.
        """
        if not rows:
            return Block([], [])
        odd: set[int] = set()
        cells = self._fit(rows, odd)
        columns = list(zip(*(map(self._pick, cells) if self._pick else cells), strict=False))
        column = {field: columns[place] for field, place in self._places.items()}
        fields = (
            lines,
            self._skus(column["sku"], odd, unsafe=unsafe),
            _texts(column.get("name"), MAX_NAME, odd, unsafe=unsafe),
            _texts(column.get("description"), MAX_DESCRIPTION, odd, unsafe=unsafe),
            self._prices(column.get("price"), odd, unsafe=unsafe),
            self._actives(column.get("active"), odd),
        )
        records = list(map(_new, repeat(ProductRecord), zip(*fields, strict=False)))
        return self._settle(records, lines, rows, odd) if odd else Block(records, [])

    def _fit(self, rows: list[list[str]], odd: set[int]) -> list[list[str]]:
        """Return rows that reach the last mapped column; rows too wide are odd."""
        widths = set(map(len, rows))
        if max(widths) > self._width:
            odd.update(i for i, row in enumerate(rows) if any(row[self._width :]))
        if min(widths) >= self._reach:
            return rows
        blanks = [""] * self._reach
        return [row if len(row) >= self._reach else row + blanks for row in rows]

    def _skus(self, skus: _Column, odd: set[int], *, unsafe: bool) -> _Column:
        # One match over all cells costs a fraction of one match each. The separator is in no
        # cell, unless the text is unsafe.
        if unsafe or not _PLAIN_SKUS("\0".join(skus) + "\0"):
            skus = list(map(str.strip, skus))
            odd.update(
                i
                for i, sku in enumerate(skus)
                if not sku or sku_length(sku) > MAX_SKU or not sku.isprintable()
            )
        if self._sku_title in skus:
            odd.update(i for i, sku in enumerate(skus) if sku == self._sku_title)
        return skus

    def _prices(
        self, prices: _Column | None, odd: set[int], *, unsafe: bool
    ) -> Iterable[str | None]:
        if prices is None:
            return repeat(None)
        if unsafe or not self._plain_prices("\0".join(prices) + "\0"):
            return [self._price(i, text, odd) for i, text in enumerate(prices)]
        if self._rules.decimal == ",":
            prices = [price.replace(",", ".") for price in prices]
        if "" in prices:
            return [without_zeros(price) if price else None for price in prices]
        return [price if price[-1] != "0" else without_zeros(price) for price in prices]

    def _price(self, i: int, text: str, odd: set[int]) -> str | None:
        price = parse_price(text, self._rules.decimal)
        if isinstance(price, PriceFault):
            odd.add(i)
            return None
        return price

    def _actives(self, texts: _Column | None, odd: set[int]) -> Iterable[bool | None]:
        if texts is None:
            return repeat(None)
        words = self._active_words
        actives = list(map(words.get, texts, repeat(_UNKNOWN)))
        if _UNKNOWN in actives:
            for text in set(texts).difference(words):
                active = self._rules.active_words.read(text)
                if active is not None and len(words) < _MAX_SPELLINGS:
                    words[text] = active
            actives = list(map(words.get, texts, repeat(_UNKNOWN)))
            odd.update(i for i, active in enumerate(actives) if active is _UNKNOWN)
        return actives

    def _settle(
        self,
        records: list[ProductRecord],
        lines: Sequence[int],
        rows: list[list[str]],
        odd: set[int],
    ) -> Block:
        """Put what the rules say in the place of each odd row."""
        rejections: list[Rejection] = []
        gone: set[int] = set()
        for i in sorted(odd):
            outcome = self._rules.check(Row(lines[i], rows[i]))
            if isinstance(outcome, ProductRecord):
                records[i] = outcome
                continue
            gone.add(i)
            if outcome is not None:
                rejections.append(outcome)
        if gone:
            records = [record for i, record in enumerate(records) if i not in gone]
        return Block(records, rejections)


def _texts(
    texts: _Column | None, limit: int, odd: set[int], *, unsafe: bool
) -> Iterable[str | None]:
    if texts is None:
        return repeat(None)
    texts = list(map(str.strip, texts))
    if max(map(len, texts)) > limit:
        odd.update(i for i, text in enumerate(texts) if len(text) > limit)
    if unsafe:
        odd.update(compress(range(len(texts)), map(UNSTORABLE.search, texts)))
    return [text or None for text in texts] if "" in texts else texts
