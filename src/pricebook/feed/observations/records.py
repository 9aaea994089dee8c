"""What one row of a price file becomes: an observation, or a rejection with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pricebook.feed.records import Rejection

MAX_PROMOTION = 200
MAX_UNIT = 50
MAX_STORES = 10_000
"""Stores of one file; a bound of the memory, far beyond what a chain has."""


class Observation(NamedTuple):
    """Hold what a row says about one product in one store.

    `None` means that the file does not say it. A NamedTuple for the reason of ProductRecord: it is
    cheap, and COPY takes it as it is.
    """

    line: int
    """Physical line where the row begins, 1-based; rows of one line are counted on from there."""
    store: int
    """Index into the stores of the file."""
    sku: str
    """The company's own id: trimmed, never blank, spelling kept; a number becomes its digits."""
    name: str | None
    brand: str | None
    gtin: str | None
    """Canonical, and one product's everywhere; any other bar code is kept in the attributes."""
    description: str | None
    unit_size: str | None
    image_url: str | None
    url: str | None
    category: str | None
    """The path, joined by " > "."""
    price: str
    """Canonical decimal text such as "1234.5": no sign, exponent, or superfluous zero."""
    was_price: str | None
    """Above the price, else None."""
    unit_price: str | None
    """Above 0, at most 4 decimals, else None."""
    unit: str | None
    """What the unit price is for, such as "100g"; None without one."""
    promotion: str | None
    is_on_special: bool
    is_available: bool
    attributes: str | None
    """JSON object with sorted keys and no spaces, as text."""


@dataclass(frozen=True, slots=True)
class StoreRef:
    """Name a store as a file does; "" is what the file does not say."""

    company: str = ""
    store_id: str = ""
    store_name: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """Say when a store was seen, and how much of it."""

    store: StoreRef
    observed_at: datetime | None = None
    """The latest time that the file says for this store, aware, in UTC. A date is its midnight, a
    time without a zone is taken for UTC."""
    category: str = ""
    """What the file says it is limited to; "" is everything."""


@dataclass(frozen=True, slots=True)
class ObservationBlock:
    """Hold the outcome of some 2,000 consecutive rows, each part in the order of the file."""

    records: list[Observation]
    rejections: list[Rejection]
