"""The rules for one store: a record, or a rejection with every reason at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pricebook.feed.columns import fold
from pricebook.feed.readers.json_values import Number
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.records import CellFault, Problem, Rejection, is_storable
from pricebook.feed.stores.attributes import write_attributes
from pricebook.feed.stores.documents import RawStore
from pricebook.feed.stores.fields import Sayings
from pricebook.feed.stores.hours import read_facilities, read_hours
from pricebook.feed.stores.names import (
    AUSTRALIAN_POSTCODE,
    display_name,
    is_australian,
    state_code,
    store_key,
)
from pricebook.feed.stores.records import (
    MAX_ADDRESS_LINE,
    MAX_DIVISION,
    MAX_PHONE,
    MAX_POSTCODE,
    MAX_STATE,
    MAX_STORE_ID,
    MAX_STORE_NAME,
    MAX_STORE_TYPE,
    MAX_SUBURB,
    StoreRecord,
)
from pricebook.feed.stores.texts import (
    Reader,
    bounded_lines,
    degrees_up_to,
    lines_of,
    read_email,
    read_link,
    said,
    text_of,
)

_YES: Final = frozenset(["true", "1", "yes", "y", "active", "trading", "operating"])
_NO: Final = frozenset(
    [
        *("false", "0", "no", "n", "inactive", "nottrading", "permanentlyclosed"),
        *("closedpermanently", "temporarilyclosed", "closeddown", "comingsoon"),
    ]
)
"""That a store is open or closed is not among the words: it may mean this hour only."""
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")
_HALF_PAIR: Final = CellFault(
    "coordinates_incomplete", "Latitude and longitude are of use together only."
)
_NO_PLACE: Final = CellFault("coordinates_unknown", "Latitude and longitude are both 0, at sea.")


@dataclass(frozen=True, slots=True)
class ReadStore:
    """Hold what became of one store."""

    outcome: StoreRecord | Rejection
    left_out: Mapping[str, CellFault]
    """Field → why it was left out of the record."""


def read_store(raw: RawStore, *, place: int, state: str, division: str) -> ReadStore:
    """Apply the rules to one store. Only what says which store it is can cost a store its record.

    `state` and `division` are what the file says of all its stores; "" if nothing.
    """
    if isinstance(raw.value, Fault):
        return _rejected(raw, raw.key, raw.value.code, raw.value.message)
    sayings = Sayings(raw.value)
    store_id = _store_id(sayings, raw.key)
    fault = _fault_of_id(store_id)
    if fault:
        return _rejected(raw, store_id, fault.code, fault.message)
    said_state = sayings.take("state", read_state) or state
    latitude, longitude = _coordinates(sayings)
    line_1, line_2 = _address_lines(sayings)
    record = StoreRecord(
        place=place,
        store_id=store_id,
        name=sayings.take("name", text_of(MAX_STORE_NAME)),
        division=display_name(sayings.take("division", read_division)) or division,
        is_active=_is_active(sayings),
        email=sayings.take("email", read_email),
        phone=sayings.take("phone", text_of(MAX_PHONE)),
        address_line_1=line_1,
        address_line_2=line_2,
        suburb=sayings.take("suburb", text_of(MAX_SUBURB)),
        state=said_state,
        postcode=sayings.take("postcode", _postcode_in(said_state)),
        latitude=latitude,
        longitude=longitude,
        trading_hours=_lines(
            sayings,
            "trading_hours",
            read_hours(sayings.take_value("trading_hours"), sayings.take_value("days")),
        ),
        facilities=_lines(sayings, "facilities", read_facilities(sayings.take_value("facilities"))),
        store_url=sayings.take("store_url", read_link),
        online_shop_url=sayings.take("online_shop_url", read_link),
        ecommerce_url=sayings.take("ecommerce_url", read_link),
        retailer_store_id=sayings.take("retailer_store_id", text_of(MAX_STORE_ID)),
        store_type=sayings.take("store_type", text_of(MAX_STORE_TYPE)),
        attributes=_attributes(sayings),
    )
    return ReadStore(record, sayings.left_out)


def _rejected(raw: RawStore, store_id: str, code: str, message: str) -> ReadStore:
    problem = Problem.of(None, code, message, store_id or raw.shown)
    return ReadStore(Rejection.of(raw.line, [raw.shown], problem, sku=store_id[:MAX_STORE_ID]), {})


def _store_id(sayings: Sayings, key: str) -> str:
    """Return the id as far as it can be read; the map's key stands for one that is not said."""
    found = sayings.take("store_id", _raw_text)
    return found or key.strip()


def _fault_of_id(store_id: str) -> CellFault | None:
    if not store_id:
        return CellFault("store_id_missing", "The store's id is missing. Every store needs one.")
    length = max(len(store_id), len(store_key(store_id)))
    if length > MAX_STORE_ID:
        message = f"The store's id has {length:,} characters; at most {MAX_STORE_ID} are allowed."
        return CellFault("store_id_too_long", message)
    if not is_storable(store_id) or _CONTROL.search(store_id):
        message = "The store's id contains a line break or another character that no id has."
        return CellFault("control_character", message)
    return None


def _raw_text(value: object) -> str | CellFault | None:
    """Return an id as it is: what is wrong with it is the store's fault."""
    if isinstance(value, str) and not isinstance(value, Number) and not is_storable(value):
        return value.strip()
    return said(value) or None


def read_division(value: object) -> str | CellFault | None:
    """Return a division's name as it is written: a text, or an object that has one."""
    if isinstance(value, dict):
        value = next((value[key] for key in value if fold(key) in ("name", "displayname")), None)
    return text_of(MAX_DIVISION)(value) if value is not None else None


def read_state(value: object) -> str | CellFault | None:
    """Return a state's short code, or its name where no code is known."""
    text = text_of(MAX_STATE)(value)
    return state_code(text) if isinstance(text, str) else text


def _postcode_in(state: str) -> Reader:
    def read(value: object) -> str | CellFault | None:
        text = text_of(MAX_POSTCODE)(value)
        if isinstance(text, str) and isinstance(value, Number) and is_australian(state):
            return text.zfill(AUSTRALIAN_POSTCODE)
        return text

    return read


def _is_active(sayings: Sayings) -> bool | None:
    """Tell whether a store trades: one "no" is enough."""
    answers = set(sayings.take_answers("trading", _answer))
    return None if not answers else False not in answers


def _answer(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    text = said(value)
    word = "" if isinstance(text, CellFault) else fold(text)
    return True if word in _YES else False if word in _NO else None


def _address_lines(sayings: Sayings) -> tuple[str, str]:
    """Return the two lines of an address; what is behind the first line break is the second."""
    more: list[str] = []
    read_line = text_of(MAX_ADDRESS_LINE)

    def read_first(value: object) -> str | CellFault | None:
        text = said(value)
        if isinstance(text, CellFault):
            return text
        lines = list(filter(None, lines_of(text)))
        more[:] = lines[1:]
        return read_line(lines[0]) if lines else None

    first = sayings.take("address_line_1", read_first)
    second = sayings.take("address_line_2", read_line)
    return first, second or str(read_line(", ".join(more)) or "")


def _coordinates(sayings: Sayings) -> tuple[str | None, str | None]:
    latitude = sayings.take("latitude", degrees_up_to(90))
    longitude = sayings.take("longitude", degrees_up_to(180))
    if not latitude or not longitude:
        if latitude or longitude:
            sayings.left_out.setdefault("latitude" if latitude else "longitude", _HALF_PAIR)
        return None, None
    if latitude == longitude == "0":
        sayings.left_out["latitude"] = _NO_PLACE
        return None, None
    return latitude, longitude


def _lines(sayings: Sayings, field: str, lines: list[str]) -> tuple[str, ...]:
    bounded, fault = bounded_lines(lines)
    if fault:
        sayings.left_out[field] = fault
    return bounded


def _attributes(sayings: Sayings) -> str:
    text, fault = write_attributes(sayings.rest())
    if fault:
        sayings.left_out["attributes"] = fault
    return text
