"""What a file about stores becomes: its records, and what could not be read of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pricebook.feed.records import Rejection

MAX_COMPANY = 100
MAX_STORE_ID = 100
MAX_STORE_NAME = 200
MAX_DIVISION = 100
MAX_EMAIL = 254
MAX_PHONE = 50
MAX_ADDRESS_LINE = 200
MAX_SUBURB = 100
MAX_STATE = 50
MAX_POSTCODE = 20
MAX_STORE_TYPE = 100
MAX_LINES = 100
"""Of trading hours, and of facilities."""
MAX_LINE = 200


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """Hold what a file says about one store (E1). A blank or None means that it does not say."""

    place: int
    """Its number in the file, 1-based; rejected ones count."""
    store_id: str
    """The company's own; trimmed, never blank, spelling kept (see `names.store_key`)."""
    name: str
    division: str
    """In its display form (see `names.display_name`)."""
    is_active: bool | None
    """Whether it trades at all; that it is closed at this hour says nothing."""
    email: str
    phone: str
    address_line_1: str
    address_line_2: str
    suburb: str
    state: str
    """Its short code in capitals where that is known, else as written."""
    postcode: str
    latitude: str | None
    """Degrees as canonical decimal text, at most six decimals; never without `longitude`."""
    longitude: str | None
    trading_hours: tuple[str, ...]
    """Such as "Monday: 7:00 AM - 9:00 PM", from Monday on where weekdays are named."""
    facilities: tuple[str, ...]
    """Sorted, so that another order is no change."""
    store_url: str
    online_shop_url: str
    ecommerce_url: str
    retailer_store_id: str
    store_type: str
    attributes: str
    """JSON object of what else is said and worth keeping: keys in snake_case and sorted, no
    spaces, at most MAX_ATTRIBUTES characters."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Say of which stores a file is the full list: what it does not name is not there any more."""

    division: str
    """In its display form; "" for all of the company."""
    state: str
    """As in StoreRecord; "" for all."""


@dataclass(frozen=True, slots=True)
class StoreFile:
    """Hold what one file says about the stores of one company."""

    company: str
    """In its display form."""
    observed_at: datetime | None
    """UTC; the latest of the file where its documents were seen at different times."""
    covers: Coverage | None
    """None where nothing follows for stores that the file does not name."""
    records: tuple[StoreRecord, ...]
    """In the order of the file; no store twice."""
    rejections: tuple[Rejection, ...]
    notes: tuple[str, ...]
    """Sentences for people: what was left out, what does not add up."""
