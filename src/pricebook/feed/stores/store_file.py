"""One file about stores, whatever its shape, as the stores of one company (E1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pricebook.feed.errors import FeedError
from pricebook.feed.records import CellFault, Rejection
from pricebook.feed.stores.documents import read_documents
from pricebook.feed.stores.fields import Sayings
from pricebook.feed.stores.names import company_key, display_name, store_key
from pricebook.feed.stores.records import (
    MAX_COMPANY,
    Coverage,
    StoreFile,
    StoreRecord,
)
from pricebook.feed.stores.store import read_division, read_state, read_store
from pricebook.feed.stores.texts import read_moment, text_of

MAX_FILE = 32 * 1024 * 1024
"""Bytes; a file is read as a whole. A company with 10,000 stores fills half of it."""
_MAX_DIGITS: Final = 9
_SPOKEN: Final[Mapping[str, str]] = {
    "address_line_1": "first address line",
    "address_line_2": "second address line",
    "ecommerce_url": "e-commerce URL",
    "online_shop_url": "online shop URL",
    "retailer_store_id": "retailer's store id",
    "store_id": "id",
    "store_type": "store type",
    "store_url": "store URL",
    "trading_hours": "trading hours",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """Hold what a file says beside its stores; blank or None where it does not."""

    company: str
    division: str
    state: str
    observed_at: datetime | None
    stores: int | None
    """How many there are."""


def read_store_file(content: bytes, *, filename: str) -> StoreFile:
    """Read single documents, maps and lists of them, and the listings of companies.

    A store that cannot be told from others is a rejection; anything else that cannot be read is
    left out of its record, and noted. Of a store that stands in the file twice the last one counts.
    Raises FeedError for what is no file of stores of one company, or does not name it.
    """
    if len(content) > MAX_FILE:
        message = f"{filename} is larger than {MAX_FILE // 1024 // 1024} MB. Split it."
        raise FeedError("file_too_large", message)
    raw = read_documents(content, filename=filename)
    headings = [read_heading(metadata) for metadata in raw.metadata]
    company = _company(headings, filename)
    kept: dict[str, StoreRecord] = {}
    rejections, repeated = [], []
    faults = _Faults()
    for place, store in enumerate(raw.stores, start=1):
        heading = headings[0] if raw.is_listing else read_heading(store.metadata)
        read = read_store(store, place=place, state=heading.state, division=heading.division)
        if isinstance(read.outcome, Rejection):
            rejections.append(read.outcome)
            continue
        key = store_key(read.outcome.store_id)
        if kept.pop(key, None):
            repeated.append(read.outcome.store_id)
        kept[key] = read.outcome
        faults.add(read.outcome, read.left_out)
    records = tuple(kept.values())
    notes = [*_notes_of_repeated(repeated), *faults.notes()]
    covers = None
    if raw.is_listing:
        covers, why_not = _coverage(headings[0], records, len(raw.stores), len(rejections))
        notes += why_not
    moments = [heading.observed_at for heading in headings if heading.observed_at]
    if not moments:
        notes.append("The file does not say when its stores were seen, or not as a date.")
    return StoreFile(
        company=company,
        observed_at=max(moments, default=None),
        covers=covers,
        records=records,
        rejections=tuple(rejections),
        notes=tuple(notes),
    )


def read_heading(metadata: Mapping[str, object]) -> Heading:
    """Return what stands beside a store or a list of stores."""
    sayings = Sayings(metadata)
    number = sayings.take("number_of_stores", text_of(_MAX_DIGITS))
    moments = sayings.take_answers("observed_at", read_moment)
    return Heading(
        company=display_name(sayings.take("company", _read_company)),
        division=display_name(sayings.take("division", read_division)),
        state=sayings.take("state", read_state),
        observed_at=max(moments, default=None),
        stores=int(number) if number.isascii() and number.isdigit() else None,
    )


class _Faults:
    """Count what was left out, by field and reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, CellFault]] = Counter()
        self._first: dict[tuple[str, CellFault], str] = {}

    def add(self, record: StoreRecord, left_out: Mapping[str, CellFault]) -> None:
        for reason in left_out.items():
            self._counts[reason] += 1
            self._first.setdefault(reason, record.store_id)

    def notes(self) -> Iterable[str]:
        for (field, fault), count in self._counts.items():
            of = f"store {self._first[field, fault]}"
            if count > 1:
                of = f"{count:,} stores, first of {of},"
            spoken = _SPOKEN.get(field, field)
            yield f"The {spoken} of {of} could not be used in full. {fault.message}"


def _read_company(value: object) -> str | CellFault | None:
    text = read_division(value)
    return text if not isinstance(text, str) else text_of(MAX_COMPANY)(text)


def _company(headings: Sequence[Heading], filename: str) -> str:
    named: dict[str, str] = {}
    for heading in headings:
        if heading.company:
            named.setdefault(company_key(heading.company), heading.company)
    if not named:
        message = (
            f"{filename} does not say whose stores these are. Write the company's name into "
            "metadata.company."
        )
        raise FeedError("no_company", message)
    if len(named) > 1:
        names = ", ".join(sorted(named.values())[:5])
        message = f"{filename} holds stores of several companies: {names}. Send a file for each."
        raise FeedError("several_companies", message)
    return next(iter(named.values()))


def _coverage(
    heading: Heading, records: Sequence[StoreRecord], listed: int, rejected: int
) -> tuple[Coverage | None, list[str]]:
    """Return of which stores a listing is the full list, and what people should know of that.

    It covers no more than its stores have in common: a file with Liquorland's stores in Tasmania
    says nothing of Coles' supermarkets there, even where it does not name the division.
    """
    said = heading.stores
    notes = []
    if said is not None and said != listed:
        notes.append(f"The file says that it has {said:,} stores, and has {listed:,}.")
    if rejected or not records or listed < (said or 0):
        notes.append("It is not taken for a full list: no store is missing for not being in it.")
        return None, notes
    division = _common([each.division for each in records]) or heading.division
    state = heading.state or _common([each.state for each in records])
    return Coverage(division, state), notes


def _common(names: Iterable[str]) -> str:
    """Return the only name of several, but for blanks; "" if there are more."""
    named = {company_key(name): name for name in names if name}
    return next(iter(named.values())) if len(named) == 1 else ""


def _notes_of_repeated(repeated: Sequence[str]) -> list[str]:
    if not repeated:
        return []
    stores = len(set(map(store_key, repeated)))
    which = f"Store {repeated[0]} is" if stores == 1 else f"{stores:,} stores are"
    return [f"{which} in the file more than once. The last one counts."]
