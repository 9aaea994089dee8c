"""Hundreds of rows to records at once, column by column in C; odd rows go to RowRules.

This module knows no rule of its own: it recognises rows that are plainly right, and leaves every
other one to `RowRules`. A property test holds the two to the same outcome.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import itemgetter
from typing import Any, Generic, TypeVar

from pricebook.feed.attributes import parse_attributes
from pricebook.feed.currencies import read_currency
from pricebook.feed.escapes import may_hold_escapes, unescape_cell
from pricebook.feed.gtin import normalize_gtin
from pricebook.feed.links import PLAIN_LINK, parse_link
from pricebook.feed.prices import PLAIN_PRICE, without_zeros
from pricebook.feed.records import (
    MAX_BRAND,
    MAX_CATEGORY,
    MAX_DESCRIPTION,
    MAX_GTIN,
    MAX_NAME,
    MAX_SKU,
    MAX_UNIT_SIZE,
    UNSTORABLE,
    Block,
    CellFault,
    ProductRecord,
    Rejection,
    Row,
)
from pricebook.feed.validate import RowRules, sku_length

# The constructor without its Python frame: half the cost of a record.
_new: Callable[[type[ProductRecord], Iterable[Any]], ProductRecord] = tuple.__new__
_UNKNOWN: Any = object()
_MAX_SPELLINGS = 200
# One match over all cells of a column costs a fraction of one match each. The separator is in no
# cell, unless the text is unsafe.
_PLAIN_SKUS = re.compile(rf"(?:[!-~]{{1,{MAX_SKU}}}+\0)*+").fullmatch
_PLAIN_LINKS = re.compile(rf"(?:(?:{PLAIN_LINK})?+\0)*+").fullmatch

_Column = Sequence[str]
_Meaning = TypeVar("_Meaning")


@dataclass(frozen=True, slots=True)
class _Cells:
    """Hold the mapped columns of a block, and which of its rows turned out odd."""

    columns: dict[str, _Column]
    unsafe: bool
    odd: set[int]
    clear_token: str

    def mark_cleared(self, texts: _Column, joined: str) -> None:
        """Mark the rows of cells that hold the clear token; `joined` is all the cells."""
        token = self.clear_token
        # A single character is found many times as fast.
        if token and token[0] in joined and token in joined:
            self.odd.update(i for i, text in enumerate(texts) if text.strip() == token)


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
        self._plain_prices = re.compile(f"(?:{PLAIN_PRICE[rules.decimal]}\0)*+").fullmatch
        words = rules.active_words
        self._actives = _Spellings(words.as_written, words.read, but=rules.clear_token)
        self._currencies = _Spellings({"": None}, read_currency, but=rules.clear_token)

    def build(self, lines: Sequence[int], rows: list[list[str]], *, unsafe: bool) -> Block:
        """Return the rows' records and rejections.

        `unsafe` says that the text may hold NUL characters or marks of undecodable bytes.
        """
        if not rows:
            return Block([], [])
        odd: set[int] = set()
        columns = self._columns(rows, odd)
        cells = _Cells(columns, unsafe, odd, self._rules.clear_token)
        prices, currencies = self._prices(cells)
        fields = (
            lines,
            self._skus(cells),
            _texts(cells, "name", MAX_NAME),
            _texts(cells, "description", MAX_DESCRIPTION),
            prices,
            currencies,
            self._actives.read(cells, "active"),
            _texts(cells, "brand", MAX_BRAND),
            _gtins(cells),
            _texts(cells, "category", MAX_CATEGORY),
            _links(cells, "image_url"),
            _links(cells, "url"),
            _texts(cells, "unit_size", MAX_UNIT_SIZE),
            _attributes(cells),
        )
        records = list(map(_new, repeat(ProductRecord), zip(*fields, strict=False)))
        return self._settle(records, lines, rows, odd) if odd else Block(records, [])

    def _columns(self, rows: list[list[str]], odd: set[int]) -> dict[str, _Column]:
        """Return the mapped columns by their fields."""
        fitting = self._fit(rows, odd)
        columns = list(zip(*(map(self._pick, fitting) if self._pick else fitting), strict=False))
        return {field: columns[place] for field, place in self._places.items()}

    def _fit(self, rows: list[list[str]], odd: set[int]) -> list[list[str]]:
        """Return rows that reach the last mapped column; rows too wide are odd."""
        widths = set(map(len, rows))
        if max(widths) > self._width:
            odd.update(i for i, row in enumerate(rows) if any(row[self._width :]))
        if min(widths) >= self._reach:
            return rows
        blanks = [""] * self._reach
        return [row if len(row) >= self._reach else row + blanks for row in rows]

    def _skus(self, cells: _Cells) -> _Column:
        skus = cells.columns["sku"]
        joined = "\0".join(skus) + "\0"
        cells.mark_cleared(skus, joined)
        plain = not cells.unsafe and _PLAIN_SKUS(joined)
        if not plain:
            skus = list(map(str.strip, skus))
        title = self._rules.sku_title
        if title in skus:
            cells.odd.update(i for i, sku in enumerate(skus) if sku == title)
        if may_hold_escapes(joined):
            skus = list(map(unescape_cell, skus))
        if not plain:
            cells.odd.update(
                i
                for i, sku in enumerate(skus)
                if not sku or sku_length(sku) > MAX_SKU or not sku.isprintable()
            )
        return skus

    def _prices(self, cells: _Cells) -> tuple[Iterable[str | None], Iterable[str | None]]:
        """Return the prices and their currencies."""
        texts = cells.columns.get("price")
        currencies = self._currencies.read(cells, "currency")
        if texts is None:
            return repeat(None), currencies
        prices: list[str | None]
        printed: Iterable[str | None]
        joined = "\0".join(texts) + "\0"
        cells.mark_cleared(texts, joined)
        if cells.unsafe or self._rules.minor_units or not self._plain_prices(joined):
            prices = [self._price(i, text, cells.odd) for i, text in enumerate(texts)]
            printed = map(self._rules.printed_currency, texts)
        else:
            prices = self._plain(texts)
            if self._rules.file_currency is None:
                return prices, currencies
            printed = repeat(self._rules.file_currency)
        each = zip(currencies, prices, printed, strict=False)
        return prices, [currency or (price and code) for currency, price, code in each]

    def _plain(self, prices: _Column) -> list[str | None]:
        if self._rules.decimal == ",":
            prices = [price.replace(",", ".") for price in prices]
        if "" in prices:
            return [without_zeros(price) if price else None for price in prices]
        return [price if price[-1] != "0" else without_zeros(price) for price in prices]

    def _price(self, i: int, text: str, odd: set[int]) -> str | None:
        return _sound(self._rules.read_price(text), i, odd)

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


class _Spellings(Generic[_Meaning]):
    """Read a column of few different words: each spelling once; the word `but` is unknown."""

    def __init__(
        self,
        known: Mapping[str, _Meaning | None],
        read: Callable[[str], _Meaning | None],
        *,
        but: str,
    ) -> None:
        self._known = {text: meaning for text, meaning in known.items() if text != but or not but}
        self._read = read
        self._but = but

    def read(self, cells: _Cells, field: str) -> Iterable[_Meaning | None]:
        """Return what the field's column says; rows with an unknown word are odd."""
        texts = cells.columns.get(field)
        if texts is None:
            return repeat(None)
        known = self._known
        meanings = list(map(known.get, texts, repeat(_UNKNOWN)))
        if _UNKNOWN in meanings:
            for text in set(texts).difference(known):
                meaning = self._read(text)
                is_known = meaning is not None and text.strip() != self._but
                if is_known and len(known) < _MAX_SPELLINGS:
                    known[text] = meaning
            meanings = list(map(known.get, texts, repeat(_UNKNOWN)))
            cells.odd.update(i for i, meaning in enumerate(meanings) if meaning is _UNKNOWN)
        return meanings


def _texts(cells: _Cells, field: str, limit: int) -> Iterable[str | None]:
    texts = cells.columns.get(field)
    if texts is None:
        return repeat(None)
    texts = list(map(str.strip, texts))
    joined = "\0".join(texts)
    cells.mark_cleared(texts, joined)
    if may_hold_escapes(joined):
        texts = list(map(unescape_cell, texts))
    if len(joined) > limit and max(map(len, texts)) > limit:
        cells.odd.update(i for i, text in enumerate(texts) if len(text) > limit)
    if cells.unsafe:
        _mark_unstorable(texts, cells.odd)
    return [text or None for text in texts] if "" in texts else texts


def _gtins(cells: _Cells) -> Iterable[str | None]:
    texts = _texts(cells, "gtin", MAX_GTIN)
    return [text and normalize_gtin(text) for text in texts] if "gtin" in cells.columns else texts


def _links(cells: _Cells, field: str) -> Iterable[str | None]:
    texts = cells.columns.get(field)
    if texts is None:
        return repeat(None)
    joined = "\0".join(texts) + "\0"
    cells.mark_cleared(texts, joined)
    if cells.unsafe:
        _mark_unstorable(texts, cells.odd)
    elif _PLAIN_LINKS(joined):
        return [text or None for text in texts] if "" in texts else texts
    links = (parse_link(text, field) if text else None for text in map(str.strip, texts))
    return [_sound(link, i, cells.odd) for i, link in enumerate(links)]


def _attributes(cells: _Cells) -> Iterable[str | None]:
    texts = cells.columns.get("attributes")
    if texts is None:
        return repeat(None)
    cells.mark_cleared(texts, "\0".join(texts))
    found = (parse_attributes(text) if text else None for text in map(str.strip, texts))
    return [_sound(attributes, i, cells.odd) for i, attributes in enumerate(found)]


def _sound(read: str | CellFault | None, i: int, odd: set[int]) -> str | None:
    """Return what was read; the row of a fault is odd."""
    if isinstance(read, CellFault):
        odd.add(i)
        return None
    return read


def _mark_unstorable(texts: _Column, odd: set[int]) -> None:
    odd.update(compress(range(len(texts)), map(UNSTORABLE.search, texts)))
