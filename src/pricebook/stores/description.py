"""What is known of a store once a file has described it: the newest counts, blanks say nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from pricebook.feed.stores.records import StoreRecord
    from pricebook.stores.models import Division, Store

_TEXTS: Final = (
    "store_id", "name", "email", "phone", "address_line_1", "address_line_2", "suburb", "state",
    "postcode", "store_url", "online_shop_url", "ecommerce_url", "retailer_store_id", "store_type",
)  # fmt: skip
DESCRIBED: Final = (
    *_TEXTS, "division", "is_trading", "latitude", "longitude", "trading_hours", "facilities",
    "attributes",
)  # fmt: skip
"""The fields that files say."""


def describe(
    store: Store, record: StoreRecord, *, division: Division | None, observed_at: datetime | None
) -> bool:
    """Write what a file says into a store that is not saved yet; say whether it is another now.

    What the file leaves blank stays. A file that is older than what is known, or does not say of
    when it is, changes nothing and fills what is blank. `described_at` alone is no change.
    """
    before = {name: getattr(store, name) for name in DESCRIBED}
    is_newer = store.described_at is None or (
        observed_at is not None and observed_at >= store.described_at
    )
    said = _sayings(record, division)
    older, newer = (before, said) if is_newer else (said, before)
    after = {name: older[name] if _is_blank(newer[name]) else newer[name] for name in DESCRIBED}
    # Each attribute is a field of its own.
    after["attributes"] = older["attributes"] | newer["attributes"]
    if newer["address_line_1"] not in ("", older["address_line_1"]):
        # The second line of another address would belong to neither.
        after["address_line_2"] = newer["address_line_2"]
    for name, value in after.items():
        setattr(store, name, value)
    if is_newer:
        store.described_at = observed_at or store.described_at
    return after != before


def _sayings(record: StoreRecord, division: Division | None) -> dict[str, Any]:
    return {
        **{name: getattr(record, name) for name in _TEXTS},
        "division": division,
        "is_trading": record.is_active,
        "latitude": _degrees(record.latitude),
        "longitude": _degrees(record.longitude),
        "trading_hours": list(record.trading_hours),
        "facilities": list(record.facilities),
        "attributes": json.loads(record.attributes),
    }


def _degrees(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _is_blank(value: object) -> bool:
    return value is None or value in ("", [])
