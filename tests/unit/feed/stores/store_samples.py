"""Files about stores, made for the tests."""

from __future__ import annotations

import json

from pricebook.feed.stores.records import StoreFile, StoreRecord
from pricebook.feed.stores.store_file import read_store_file

HEADING = {"company": "corner shops", "state": "QLD", "scraped_at": "2026-05-04T01:02:03+10:00"}


def read(document: object, filename: str = "stores.json") -> StoreFile:
    text = document if isinstance(document, str) else json.dumps(document)
    return read_store_file(text.encode(), filename=filename)


def document(
    store_id: object, *, company: str = "Corner Shops", **said: object
) -> dict[str, object]:
    return {"metadata": {"company": company}, "store_data": {"store_id": store_id, **said}}


def listing(*stores: object, **heading: object) -> dict[str, object]:
    return {"metadata": HEADING | heading, "stores": list(stores)}


def only(**said: object) -> StoreRecord:
    """Return the record of a store of which this is said."""
    return of_listing(said)


def of_listing(raw: dict[str, object]) -> StoreRecord:
    (record,) = read(listing({"store_id": "7"} | raw)).records
    return record
