"""What one row of a product file becomes: a record, or a rejection with its reasons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

MAX_SKU = 100
MAX_NAME = 500
MAX_DESCRIPTION = 100_000
MAX_PRICE_WHOLE_DIGITS = 10
MAX_PRICE_DECIMALS = 4
MAX_BRAND = 200
MAX_GTIN = 50
MAX_CATEGORY = 500
MAX_URL = 2000
MAX_UNIT_SIZE = 100
MAX_ATTRIBUTES = 20_000
"""Characters of the JSON text."""
MAX_SHOWN = 200

CLEARED_PRICE = "NaN"
"""The price of a product that is to have none. PostgreSQL's numeric has this value and no price is
it, so the merge can tell it from NULL, which keeps the stored price (A15)."""

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""What PostgreSQL's text cannot hold: NUL, and the surrogates that stand for undecodable bytes."""


class ProductRecord(NamedTuple):
    """Hold what a row says about one product (B1).

    `None` means blank: keep the stored value. What a clear token empties is "" in a text,
    CLEARED_PRICE, or "{}" in the attributes (A15).
    A NamedTuple on purpose: a quarter of a frozen dataclass's price, and COPY takes it as it is,
    so the order of the fields is that of the staging table's columns.
    """

    line: int
    """Physical line of the row's first character, 1-based."""
    sku: str
    """Trimmed, never blank, spelling kept."""
    name: str | None = None
    description: str | None = None
    price: str | None = None
    """Canonical decimal text such as "1234.5": no sign, exponent, or superfluous zero."""
    currency: str | None = None
    """ISO 4217 code in capitals."""
    active: bool | None = None
    brand: str | None = None
    gtin: str | None = None
    """Canonical where the check digit is right (see `gtin.py`), else as in the file."""
    category: str | None = None
    image_url: str | None = None
    """Absolute http or https address without spaces."""
    url: str | None = None
    """Absolute http or https address without spaces."""
    unit_size: str | None = None
    attributes: str | None = None
    """JSON object with sorted keys and no spaces, as text."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Name one thing that is wrong with a row."""

    column: str | None
    """The column's header as in the file; None when the row as a whole is meant."""
    code: str
    """Stable, snake_case."""
    message: str
    value: str
    """The offending value, at most 200 characters of it."""

    @classmethod
    def of(cls, column: str | None, code: str, message: str, value: str) -> "Problem":
        """Make a problem whose value is storable and short."""
        return cls(column, code, message, storable(value[:MAX_SHOWN]))


@dataclass(frozen=True, slots=True)
class Rejection:
    """Keep a row that could not become a record, with every reason (A9)."""

    line: int
    values: tuple[str, ...]
    """The row's cells as read; characters that no database holds are shown as U+FFFD."""
    problems: tuple[Problem, ...]
    """At least one."""
    sku: str = ""
    """The product that the row is about, as far as that can be read."""

    @classmethod
    def of(cls, line: int, values: Iterable[str], *problems: Problem, sku: str = "") -> "Rejection":
        """Make a rejection whose values are storable."""
        return cls(line, tuple(map(storable, values)), problems, storable(sku))


class CellFault(NamedTuple):
    """Say why a cell does not hold what its column should."""

    code: str
    message: str


class Row(NamedTuple):
    """Hold one row of cells as a reader found it."""

    line: int
    values: list[str]


@dataclass(frozen=True, slots=True)
class Block:
    """Hold the outcome of some 2,000 consecutive rows, each part in the order of the file."""

    records: list[ProductRecord]
    rejections: list[Rejection]


def storable(text: str) -> str:
    """Replace each character that PostgreSQL cannot hold by U+FFFD."""
    return text if is_storable(text) else UNSTORABLE.sub("\ufffd", text)


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold a text."""
    return "\0" not in text and (text.isascii() or UNSTORABLE.search(text) is None)
