"""What every event says: a description, a JSON Schema and an example of each type (C1).

Served at /api/webhooks/events/, described in the OpenAPI document, and shown in
docs/reference/events.md; the tests hold what is sent to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pricebook.changes.models import EventType, Kind
from pricebook.webhooks import event_schemas
from pricebook.webhooks.event_types import ALIASES, PRODUCTS_BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricebook.webhooks.event_schemas import Schema


@dataclass(frozen=True, slots=True)
class EventEntry:
    """One type of events: its words, the schema of the whole body, and a body for example."""

    type: str
    summary: str
    description: str
    schema: Schema
    example: Mapping[str, Any]

    @property
    def can_be_subscribed(self) -> bool:
        """Say whether an endpoint can name it; batches come by an endpoint's bulk mode."""
        return self.type in EventType.values

    @property
    def aliases(self) -> list[str]:
        """Return the older names that are taken for it."""
        return [name for name, meant in ALIASES.items() if meant == self.type]


_HAPPENED: Final = "2026-11-21T09:30:00.125000Z"
_JOB_ID: Final = "0b9f3c52-6f1e-4d0a-9d5b-3f2b8c7e1a44"
_UNDO_ID: Final = "7d3c1f0e-52a8-4b6f-8e19-c40d2a9b6f31"
_BASE: Final = "https://pricebook.example.com"
_EXAMPLE_PRODUCT: Final[Mapping[str, Any]] = {
    "id": 17,
    "sku": "APPLE-1KG",
    "name": "Apples, 1 kg",
    "description": "",
    "price": "2.50",
    "currency": "EUR",
    "active": True,
    "brand": "Orchard",
    "gtin": "4006381333931",
    "has_invalid_gtin": False,
    "category": "Fruit",
    "image_url": "",
    "url": "https://shop.example.com/apples",
    "unit_size": "1 kg",
    "attributes": {"origin": "Tyrol"},
    "created_at": "2026-10-01T08:00:00Z",
    "updated_at": _HAPPENED,
    "version": 812,
}
_SOME: Final = {"created": 120, "updated": 4_880, "deleted": 0, "restored": 2}
_NONE: Final = {kind.value: 0 for kind in Kind}


def _example_of_product(kind: Kind, **fields: tuple[object, object]) -> dict[str, Any]:
    return {
        "product": dict(_EXAMPLE_PRODUCT),
        "change": {
            "kind": kind.value,
            "product_id": _EXAMPLE_PRODUCT["id"],
            "sku": _EXAMPLE_PRODUCT["sku"],
            "fields": {
                name: {"before": before, "after": after} for name, (before, after) in fields.items()
            },
            "version": 812,
            "job_id": None,
            "actor_id": 3,
        },
    }


def _changed(
    action: str, job: str, changes: Mapping[str, int], *, undoes: str | None = None
) -> dict[str, Any]:
    return {
        "action": action,
        "changes": dict(changes),
        "job_id": job,
        "undoes": undoes,
        "changes_url": f"{_BASE}/api/changes/?job={job}",
    }


def _import(status: str, changes: Mapping[str, int], **values: Any) -> dict[str, Any]:
    whole = {
        "id": _JOB_ID,
        "status": status,
        "file": "north.csv",
        "source": "North",
        "mode": "upsert",
        "total_rows": 5_010,
        "created_rows": changes["created"] + changes["restored"],
        "updated_rows": changes["updated"],
        "unchanged_rows": 0,
        "duplicate_rows": 0,
        "skipped_rows": 0,
        "failed_rows": 8,
        "deactivated_products": 0,
        "error": "",
        "created_by": "anna",
        "created_at": "2026-11-21T09:29:12.004000Z",
        "finished_at": _HAPPENED,
        "url": f"{_BASE}/api/imports/{_JOB_ID}/",
        "rejects_url": f"{_BASE}/api/imports/{_JOB_ID}/rejects.csv",
    }
    return {
        "import": {**whole, **values},
        "changes": dict(changes),
        "changes_url": f"{_BASE}/api/changes/?job={_JOB_ID}",
    }


def _entry(
    type_: str, event_id: str, description: str, schema: Schema, data: Mapping[str, Any]
) -> EventEntry:
    summary = EventType(type_).label if type_ in EventType.values else _BATCH_LABEL
    return EventEntry(
        type=type_,
        summary=f"{summary}.",
        description=description,
        schema=event_schemas.envelope(type_, schema),
        example={"id": event_id, "type": type_, "timestamp": _HAPPENED, "data": data},
    )


_BATCH_LABEL: Final = "Many products were changed at once: up to 100 of them"
_AS_A_WHOLE: Final = "evt_3c1d0a4e9b7f4f0a8c62d15e7b90a6f3"
_NEW: Final = _example_of_product(Kind.CREATED)
_REPRICED: Final = _example_of_product(Kind.UPDATED, price=("2.2", "2.5"))
_GONE: Final = _example_of_product(Kind.DELETED)
_BATCHED: Final[Mapping[str, Any]] = {
    "events": [
        {"type": "product.created", "product_id": 18, "sku": "PEAR-1KG"},
        {"type": "product.updated", "product_id": 17, "sku": "APPLE-1KG"},
    ],
    "version": 813,
    "job_id": _JOB_ID,
    "changes_url": f"{_BASE}/api/changes/?changeset=813",
}
_EMPTIED: Final = {**_NONE, "deleted": 5_122}

CATALOGUE: Final[Mapping[str, EventEntry]] = {
    entry.type: entry
    for entry in (
        _entry(
            EventType.PRODUCT_CREATED,
            "evt_812_17",
            "`change.kind` is `restored` for one that had been deleted.",
            event_schemas.of_product(Kind.CREATED, Kind.RESTORED),
            _NEW,
        ),
        _entry(
            EventType.PRODUCT_UPDATED,
            "evt_812_17",
            "`change.fields` has what changed, before and after; prices without idle zeros.",
            event_schemas.of_product(Kind.UPDATED),
            _REPRICED,
        ),
        _entry(
            EventType.PRODUCT_DELETED,
            "evt_812_17",
            "`product` is what was deleted.",
            event_schemas.of_product(Kind.DELETED),
            _GONE,
        ),
        _entry(
            EventType.PRODUCTS_CHANGED,
            _AS_A_WHOLE,
            "A bulk edit, a bulk delete or an undo has ended; one event, however many products. "
            "`job_id` is null for some few products that were edited together.",
            event_schemas.CHANGED,
            _changed("undo", _UNDO_ID, {**_NONE, "updated": 4_880}, undoes=_JOB_ID),
        ),
        _entry(
            EventType.PRODUCTS_ALL_DELETED,
            _AS_A_WHOLE,
            "The book was emptied; one event. It can be undone, and `products.changed` tells so.",
            event_schemas.CHANGED,
            _changed("delete", _UNDO_ID, _EMPTIED),
        ),
        _entry(
            EventType.IMPORT_COMPLETED,
            _AS_A_WHOLE,
            "One event, however many rows; what became of them is counted, and `changes_url` "
            "leads to every single one.",
            event_schemas.OF_IMPORT,
            _import("completed", _SOME),
        ),
        _entry(
            EventType.IMPORT_FAILED,
            _AS_A_WHOLE,
            "`error` says why. What it had written before stays, and is counted in `changes`.",
            event_schemas.OF_IMPORT,
            _import("failed", _NONE, error="The file has no column for the SKU."),
        ),
        _entry(
            EventType.IMPORT_CANCELLED,
            _AS_A_WHOLE,
            "What it had written before stays, and is counted in `changes`.",
            event_schemas.OF_IMPORT,
            _import("cancelled", _NONE),
        ),
        _entry(
            EventType.IMPORT_NEEDS_REVIEW,
            _AS_A_WHOLE,
            "A preview was asked for, or the file looks wrong. It has changed nothing yet.",
            event_schemas.OF_IMPORT,
            _import("needs_review", _NONE, created_rows=0, updated_rows=0, finished_at=None),
        ),
        _entry(
            PRODUCTS_BATCH,
            "evt_813_5d3f9a01_17",
            "Sent to endpoints whose bulk mode is `batch`, in place of single product events: "
            "short ones, up to 100 a request and less than 20 kB. Nobody subscribes to it.",
            event_schemas.BATCH,
            _BATCHED,
        ),
    )
}
"""Every type that is sent, by name."""
