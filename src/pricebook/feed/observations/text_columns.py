"""Columns in which nearly every value is another one: SKUs, texts, addresses, bar codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import repeat

import orjson

from pricebook.feed.gtin import identifies_product, normalize_gtin
from pricebook.feed.links import PLAIN_LINK, parse_link
from pricebook.feed.observations import keys
from pricebook.feed.observations.cells import NO_TEXT, NUL, as_text, read_sku, text_fault
from pricebook.feed.observations.fields import Column, Fields
from pricebook.feed.observations.problems import Problems
from pricebook.feed.records import MAX_ATTRIBUTES, MAX_GTIN, MAX_SKU, CellFault, is_storable

_TOO_LONG = CellFault(
    "attributes_too_long",
    f"The attributes have more than {MAX_ATTRIBUTES:,} characters of JSON. Shorten them.",
)
# One match over all values of a column costs a fraction of one match each. The separator is in no
# value, unless the text is unsafe.
_PLAIN_SKUS = re.compile(rf"(?:[!-~]{{1,{MAX_SKU}}}+\0)*+").fullmatch
_PLAIN_LINKS = re.compile(rf"(?:(?:{PLAIN_LINK})?+\0)*+").fullmatch
# Addresses that leave it to the browser how wide a picture is, and what it is called.
_TEMPLATE = (("/{slug}", ""), ("{width}", "500"))


class TextColumns:
    """Read the columns of one batch; `unsafe` says that it may hold NULs and lone surrogates."""

    def __init__(self, said: Fields, count: int, problems: Problems, *, unsafe: bool) -> None:
        self._said = said
        self._count = count
        self._problems = problems
        self._unsafe = unsafe

    def skus(self) -> list[str | None]:
        """Return the SKUs; None with a problem where there is none."""
        values = self._said.first_of(*keys.SKU) or [None] * self._count
        kinds = set(map(type, values))
        if kinds == {int}:
            return list(map(str, values))
        if kinds == {str} and not self._unsafe and _PLAIN_SKUS("\0".join(_texts(values)) + "\0"):
            return list(_texts(values))
        return self._problems.taken_from(map(read_sku, values), self._said.title(*keys.SKU), values)

    def texts(self, field: str, names: Sequence[str], limit: int) -> Iterable[str | None]:
        """Return trimmed texts of so many characters, None for blank ones."""
        values = self._said.first_of(*names)
        if values is None:
            return repeat(None)
        texts = list(map(str.strip, _texts(values)))
        if self._unsafe or max(map(len, texts), default=0) > limit:
            faults = (text_fault(text, limit, field) for text in texts)
            self._problems.taken_from(faults, self._said.title(*names), texts)
        return [text or None for text in texts] if "" in texts else texts

    def links(self, field: str, names: Sequence[str]) -> Iterable[str | None]:
        """Return addresses; one that is none costs nothing but itself."""
        values = self._said.first_of(*names)
        if values is None:
            return repeat(None)
        texts = _texts(values)
        joined = "\0".join(texts) + "\0"
        if not self._unsafe:
            if "{" in joined:
                for mark, filled in _TEMPLATE:
                    joined = joined.replace(mark, filled)
                texts = joined.split("\0")[:-1]
            if _PLAIN_LINKS(joined):
                return [text or None for text in texts] if "" in texts else texts
        return [_link(text, field) if text else None for text in map(str.strip, texts)]

    def gtins(self) -> tuple[Iterable[str | None], dict[int, str]]:
        """Return the GTINs that are one product's everywhere, and other bar codes by row."""
        values = self._said.first_of(*keys.GTIN)
        if values is None:
            return repeat(None), {}
        found: list[str | None] = []
        others: dict[int, str] = {}
        for row, text in enumerate(_texts(values)):
            gtin = normalize_gtin(text) if text else ""
            if gtin and not identifies_product(gtin):
                if len(gtin) <= MAX_GTIN and is_storable(gtin):
                    others[row] = gtin
                gtin = ""
            found.append(gtin or None)
        return found, others

    def attributes(self, bar_codes: dict[int, str]) -> Iterable[str | None]:
        """Return the attributes worth keeping, those bar codes included, as canonical JSON."""
        rows: dict[int, dict[str, object]] = {}
        for name in keys.ATTRIBUTES:
            for row, value in enumerate(self._said.column(name) or ()):
                if _is_kept(value):
                    rows.setdefault(row, {})[name] = value
        for row, code in bar_codes.items():
            rows.setdefault(row, {})[keys.BAR_CODE] = code
        if not rows:
            return repeat(None)
        return [self._attributes(row, rows.get(row)) for row in range(self._count)]

    def _attributes(self, row: int, kept: dict[str, object] | None) -> str | None:
        if kept is None:
            return None
        try:
            text = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode()
        except orjson.JSONEncodeError:  # of lone surrogates
            self._problems.add(row, None, NO_TEXT, "")
            return None
        if len(text) > MAX_ATTRIBUTES:
            self._problems.add(row, None, _TOO_LONG, text)
        elif self._unsafe and "\\u0000" in text:
            self._problems.add(row, None, NUL, text)
        return text


def _texts(values: Column) -> Sequence[str]:
    """Return the values as texts, "" for None."""
    if all(map(_is_text, values)):
        return values  # type: ignore[return-value]
    return [value if isinstance(value, str) else as_text(value) for value in values]


def _is_text(value: object) -> bool:
    return type(value) is str


def _link(text: str, field: str) -> str | None:
    for mark, filled in _TEMPLATE:
        text = text.replace(mark, filled)
    link = parse_link(text, field) if is_storable(text) else None
    return link if isinstance(link, str) else None


def _is_kept(value: object) -> bool:
    """Tell whether a value is a scalar, or a list of scalars, that says something."""
    if isinstance(value, list):
        return bool(value) and not any(isinstance(each, list | dict) for each in value)
    return value is not None and value != "" and not isinstance(value, dict)
