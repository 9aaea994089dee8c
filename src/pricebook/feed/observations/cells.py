"""What single values of price files mean."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from pricebook.feed.observations.fields import BLANK
from pricebook.feed.observations.records import MAX_PROMOTION, MAX_UNIT
from pricebook.feed.prices import INVALID, parse_price, without_zeros
from pricebook.feed.records import (
    MAX_BRAND,
    MAX_CATEGORY,
    MAX_PRICE_DECIMALS,
    MAX_PRICE_WHOLE_DIGITS,
    MAX_SKU,
    MAX_UNIT_SIZE,
    CellFault,
    is_storable,
)
from pricebook.feed.validate import sku_length

SKU_MISSING: Final = CellFault("sku_missing", "The SKU is blank. Every product needs one.")
PRICE_MISSING: Final = CellFault(
    "price_missing", "There is no price here, so nothing was observed. Leave such products out."
)
NUL: Final = CellFault("control_character", "This text contains a NUL character. Remove it.")
NO_TEXT: Final = CellFault(
    "invalid_encoding", "This contains bytes that are no text in the file's encoding. Retype it."
)
_SKU_CONTROL: Final = CellFault(
    "control_character", "The SKU contains a line break or another control character. Remove it."
)
_SKU_INVALID: Final = CellFault(
    "sku_invalid", "This is no SKU. Write it as a text, or as a number without decimals."
)
NOTHING: Final[tuple[str | None, str | None]] = (None, None)
"""Neither unit price nor unit."""

_NAMING = ("name", "value", "url")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_DIGITS = 15
"""Decimal digits that an IEEE double keeps, so that 19.990000000000002 is 19.99."""
_MAX_EXACT = 2**53
_MAX_LAYERS = 3
_TRUE = frozenset(
    [
        *("true", "1", "yes", "y", "instock", "in stock", "in_stock", "available", "onlineonly"),
        *("limitedavailability", "instoreonly", "preorder", "presale", "backorder"),
    ]
)
_FALSE = frozenset(
    [
        *("false", "0", "no", "n", "outofstock", "out of stock", "out_of_stock", "unavailable"),
        *("soldout", "sold out", "discontinued", "not available"),
    ]
)
_PER = re.compile(
    r"[^0-9\-−]{0,5}(?P<price>[0-9][0-9.,]*)\s*(?:per\b|/)\s*(?P<unit>.+)", re.IGNORECASE
)
_UNIT = re.compile(r"(?P<count>[0-9]+(?:\.[0-9]+)?)?\s*(?P<name>[^\W\d_][\w .-]*)")
_UNIT_WORDS = {"each": "ea", "litre": "l", "liter": "l", "gram": "g", "metre": "m"}


def as_text(value: object) -> str:
    """Return a value as trimmed text, "" where it is none.

    Of a list the first value counts, of an object its name, value or url.
    """
    for _ in range(_MAX_LAYERS):
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = next(filter(None, map(value.get, _NAMING)), None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value) if isinstance(value, int) else _plain(value)


def text_fault(text: str, limit: int, field: str) -> CellFault | None:
    """Return what is wrong with a text for a field of so many characters."""
    if len(text) > limit:
        message = f"This has {len(text):,} characters; at most {limit:,} are allowed."
        return CellFault(f"{field}_too_long", message)
    if is_storable(text):
        return None
    return NUL if "\0" in text else NO_TEXT


def read_sku(value: object) -> str | CellFault:
    """Return the company's id of a product, or the fault."""
    if value in BLANK:
        return SKU_MISSING
    if isinstance(value, bool | list | dict):
        return _SKU_INVALID
    if isinstance(value, float) and not (value.is_integer() and abs(value) < _MAX_EXACT):
        return _SKU_INVALID
    sku = as_text(value)
    if not sku:
        return SKU_MISSING
    if sku_length(sku) > MAX_SKU:
        return text_fault("x" * sku_length(sku), MAX_SKU, "sku") or SKU_MISSING
    if not is_storable(sku.replace("\0", "")):
        return NO_TEXT
    return sku if not _CONTROL.search(sku) else _SKU_CONTROL


def read_brand(value: object) -> str | CellFault | None:
    """Return a brand, None for none, or the fault."""
    return _read_text(as_text(value), MAX_BRAND, "brand")


def read_unit_size(value: object) -> str | CellFault | None:
    """Return the size of a pack, None for none, or the fault."""
    return _read_text(as_text(value), MAX_UNIT_SIZE, "unit_size")


def read_promotion(value: object) -> str | CellFault | None:
    """Return the words of a promotion, as many as there is room for; None for none."""
    return _read_text(as_text(value)[:MAX_PROMOTION], MAX_PROMOTION, "promotion")


def read_category(value: object) -> str | CellFault | None:
    """Return the path of a category, joined by " > "; None for none, or the fault."""
    steps = map(as_text, value) if isinstance(value, list | tuple) else [as_text(value)]
    return _read_text(" > ".join(filter(None, steps)), MAX_CATEGORY, "category")


def read_amount(value: object) -> str | CellFault | None:
    """Return an amount of money as canonical decimal text, None for none, or the fault.

    A number is read to the 15 digits that survive in a double (RFC 8259, section 6).
    """
    if value in BLANK:
        return None
    if isinstance(value, bool | list | dict):
        return INVALID
    return parse_price(as_text(value), ".")


def read_price(value: object) -> str | CellFault:
    """Return the price of an observation, or the fault: without one, nothing was observed."""
    amount = read_amount(value)
    return PRICE_MISSING if amount is None else amount


def read_lesser_amount(value: object) -> str | None:
    """Return an amount that does not decide over its row: None for one that is none."""
    amount = read_amount(value)
    return amount if isinstance(amount, str) else None


def read_flag(value: object) -> bool | None:
    """Return what a word such as "InStock" or "https://schema.org/OutOfStock" says, if anything."""
    if isinstance(value, bool):
        return value
    word = as_text(value).rpartition("/")[2].lower()
    return True if word in _TRUE else False if word in _FALSE else None


def was_price(amounts: tuple[str | None, str | None, str | None]) -> str | None:
    """Return the former price of (price, was, saved), None unless it is above the price.

    Where only the saving is said, it is the price and what is saved.
    """
    price, was, saved = amounts
    if price is None or (was is None and saved is None):
        return None
    former = Decimal(was) if was is not None else Decimal(price) + Decimal(saved or 0)
    if former <= Decimal(price) or former >= 10**MAX_PRICE_WHOLE_DIGITS:
        return None
    return without_zeros(f"{former:f}")


def read_unit_price(text: object) -> tuple[str | None, str | None]:
    """Return the unit price and its unit of words such as "$2.75 per 100 g", else NOTHING."""
    match = _PER.fullmatch(as_text(text))
    price = read_unit_amount(match["price"]) if match else None
    return (price, read_unit(match["unit"])) if match and price else NOTHING


def read_unit_amount(value: object) -> str | None:
    """Return a unit price above 0; as a quotient it is rounded to 4 decimals."""
    if isinstance(value, float):
        value = _plain(round(value, MAX_PRICE_DECIMALS))
    price = read_lesser_amount(value)
    return None if price == "0" else price


def read_unit(value: object) -> str | None:
    """Return a unit in one spelling: "100g" for "100.0 G", "1ea" for "1 each"."""
    text = as_text(value)
    return _unit(text) if len(text) <= MAX_UNIT else None


@lru_cache(maxsize=1000)
def _unit(text: str) -> str | None:
    match = _UNIT.fullmatch(text)
    if match is None:
        return None
    name = match["name"].lower()
    return without_zeros(match["count"] or "") + _UNIT_WORDS.get(name, name)


def _read_text(text: str, limit: int, field: str) -> str | CellFault | None:
    return text_fault(text, limit, field) or text or None


def _plain(value: float) -> str:
    text = f"{value:.{_DIGITS}g}"
    return f"{Decimal(text):f}" if "e" in text else text
