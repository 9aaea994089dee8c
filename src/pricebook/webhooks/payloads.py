"""What is sent: the body of each event, and the id by which a receiver knows it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pricebook.catalogue.represent import moment, represent_product
from pricebook.changes.models import EventType
from pricebook.changes.outbox import changes_url
from pricebook.webhooks.event_types import OF_KIND, PRODUCTS_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from pricebook.catalogue.models import Product
    from pricebook.changes.models import Change, ChangeSet, Event

MOST_IN_BATCH: Final = 100
# Of the whole body (C4: less than 20 kB).
_BATCH_BYTES: Final = 19_000


@dataclass(frozen=True, slots=True)
class Message:
    """An event as it is sent; `body` is the exact text that is signed."""

    event_id: str
    event_type: str
    happened_at: datetime
    body: str


def product_message(change: Change, changeset: ChangeSet, product: Product | None) -> Message:
    """Return the event of one product; `product` is None when it was purged meanwhile."""
    fields = (change.fields or {}).items()
    data = {
        "product": product and {**represent_product(product), "version": product.changed_in},
        "change": {
            "kind": change.kind,
            "product_id": change.product_id,
            "sku": change.sku,
            "fields": {
                name: {"before": before, "after": after}
                for name, (before, after) in fields
                if name != "deleted_at"
            },
            "version": changeset.pk,
            "job_id": _text(changeset.job_id),
            "actor_id": changeset.actor_id,
        },
    }
    event_id = f"evt_{changeset.pk}_{change.product_id}"
    return _message(event_id, OF_KIND[change.kind], changeset.at, data)


def batch_messages(
    changes: Sequence[Change], changeset: ChangeSet, endpoint_id: UUID
) -> Iterator[Message]:
    """Yield the short events of many products, up to 100 a message and none over 20 kB."""
    batch: list[dict[str, object]] = []
    size, first = 0, 0
    for change in changes:
        event = {
            "type": OF_KIND[change.kind],
            "product_id": change.product_id,
            "sku": change.sku,
        }
        length = len(_json(event).encode()) + 1
        if batch and (len(batch) == MOST_IN_BATCH or size + length > _BATCH_BYTES):
            yield _batch(batch, changeset, endpoint_id, first)
            batch, size = [], 0
        if not batch:
            first = change.product_id
        batch.append(event)
        size += length
    if batch:
        yield _batch(batch, changeset, endpoint_id, first)


def _batch(
    events: list[dict[str, object]], changeset: ChangeSet, endpoint_id: UUID, first: int
) -> Message:
    data = {
        "events": events,
        "version": changeset.pk,
        "job_id": _text(changeset.job_id),
        "changes_url": changes_url(changeset=changeset.pk),
    }
    # What is in a batch depends on what the endpoint wants to hear.
    event_id = f"evt_{changeset.pk}_{endpoint_id.hex[:8]}_{first}"
    return _message(event_id, PRODUCTS_BATCH, changeset.at, data)


def set_message(changeset: ChangeSet, tally: Mapping[str, int]) -> Message:
    """Return the summary of many changes that were one write, without a job."""
    data = {
        "action": "edit",
        "changes": dict(tally),
        "job_id": None,
        "undoes": None,
        "changes_url": changes_url(changeset=changeset.pk),
    }
    return _message(f"evt_{changeset.pk}", EventType.PRODUCTS_CHANGED, changeset.at, data)


def event_message(event: Event) -> Message:
    """Return what the outbox holds as it is sent."""
    return _message(f"evt_{event.pk.hex}", event.type, event.at, event.data)


def sample_message(event_type: str, data: Mapping[str, object], at: datetime) -> Message:
    """Return an event that did not happen, for trying an endpoint out; it says so itself."""
    event_id = f"evt_test_{uuid4().hex}"
    envelope = _envelope(event_id, event_type, at, data)
    return Message(event_id, event_type, at, _json({**envelope, "test": True}))


def _message(event_id: str, event_type: str, at: datetime, data: Mapping[str, Any]) -> Message:
    envelope = _envelope(event_id, event_type, at, data)
    return Message(event_id, str(event_type), at, _json(envelope))


def _envelope(
    event_id: str, event_type: str, at: datetime, data: Mapping[str, Any]
) -> dict[str, object]:
    return {"id": event_id, "type": str(event_type), "timestamp": moment(at), "data": data}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(job_id: UUID | None) -> str | None:
    return None if job_id is None else str(job_id)
