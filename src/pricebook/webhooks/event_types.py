"""The names of events: ours, the older ones that are taken for them, and what bulk work tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pricebook.changes.models import EventType, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

# Older spellings (MISSION F).
ALIASES: Final[Mapping[str, EventType]] = {
    "product_imported": EventType.IMPORT_COMPLETED,
    "upload.completed": EventType.IMPORT_COMPLETED,
    "product_updated": EventType.PRODUCT_UPDATED,
    "product_deleted": EventType.PRODUCT_DELETED,
    "all_products_deleted": EventType.PRODUCTS_ALL_DELETED,
}

# What happened to a product, as its event says it. For a subscriber who was told that a product is
# gone, one that comes back is new.
OF_KIND: Final[Mapping[str, EventType]] = {
    Kind.CREATED: EventType.PRODUCT_CREATED,
    Kind.RESTORED: EventType.PRODUCT_CREATED,
    Kind.UPDATED: EventType.PRODUCT_UPDATED,
    Kind.DELETED: EventType.PRODUCT_DELETED,
}

# Many short product events in one request; nobody subscribes to it.
PRODUCTS_BATCH: Final = "products.batch"


def canonical(name: str) -> EventType | None:
    """Return the type of that name, in our spelling or an older one; None when there is none."""
    if name in ALIASES:
        return ALIASES[name]
    return EventType(name) if name in EventType.values else None


def kinds_of(event_types: list[str]) -> list[str]:
    """Return the kinds of changes that those types tell of."""
    return [kind for kind, type_ in OF_KIND.items() if type_ in event_types]
