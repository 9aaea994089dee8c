"""From what happened to the endpoints' queues: place, tell, and refill what is told bit by bit.

Each step is one transaction that writes what it did together with how far it came, so that a relay
that dies, or two at once, tell everything once. They wait until they are on disk: with them, all
that they tell of is, and no crash of the database can take back what was told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from pricebook.catalogue.models import Product
from pricebook.changes.models import Change, ChangeSet, Event
from pricebook.changes.position import place_changesets
from pricebook.webhooks.event_types import kinds_of
from pricebook.webhooks.fanout import Told, tell_of_changes, tell_of_events
from pricebook.webhooks.models import (
    Backlog,
    BulkMode,
    Cursor,
    Delivery,
    DeliveryStatus,
    Endpoint,
)
from pricebook.webhooks.payloads import batch_messages, product_message
from pricebook.webhooks.queue import has_news

if TYPE_CHECKING:
    from collections.abc import Sequence

# Change sets and events of one transaction.
_AT_ONCE: Final = 200
# An endpoint with fewer bulk deliveries waiting gets more of its backlog.
_QUEUE_LOW: Final = 500
# How many changes that is at a time: a thousand requests, or a hundred.
_SLICE: Final = {BulkMode.EACH: 1_000, BulkMode.BATCH: 10_000}


def relay() -> int:
    """Bring everything one step further; return how much there was to do, 0 for nothing."""
    if not has_news():
        return 0
    return place_changesets() + _tell_changes() + _tell_events() + _refill()


@transaction.atomic
def _tell_changes() -> int:
    """Tell of the next change sets in the order of their positions."""
    Cursor.objects.get_or_create(pk=1)
    cursor = Cursor.objects.select_for_update().get(pk=1)
    placed = ChangeSet.objects.filter(position__gt=cursor.position).order_by("position")
    sets = list(placed[:_AT_ONCE])
    if sets:
        told = Told()
        tell_of_changes(sets, list(Endpoint.objects.enabled()), told)
        told.queue()
        cursor.position = sets[-1].position or cursor.position
        cursor.save(update_fields=["position"])
    return len(sets)


@transaction.atomic
def _tell_events() -> int:
    """Tell of the next events of the outbox.

    The end of a job is told once all that it did can be read from the ledger.
    """
    unplaced = ChangeSet.objects.filter(job_id=OuterRef("job_id"), position=None)
    untold = Event.objects.filter(~Exists(unplaced), is_told=False).order_by("at")
    events = list(untold.select_for_update(skip_locked=True, of=("self",))[:_AT_ONCE])
    if events:
        told = Told()
        tell_of_events(events, list(Endpoint.objects.enabled()), told)
        told.queue()
        Event.objects.filter(pk__in=[event.pk for event in events]).update(is_told=True)
    return len(events)


def _refill() -> int:
    """Give endpoints more of what they are told product by product, as they take it."""
    waiting = Backlog.objects.order_by().values("endpoint_id")
    return sum(_refill_one(endpoint) for endpoint in Endpoint.objects.filter(pk__in=waiting))


@transaction.atomic
def _refill_one(endpoint: Endpoint) -> int:
    if endpoint.bulk_mode == BulkMode.SUMMARY:
        # Somebody has had enough of it.
        Backlog.objects.filter(endpoint=endpoint).delete()
        return 0
    if not endpoint.enabled or _is_supplied(endpoint):
        return 0
    mine = Backlog.objects.filter(endpoint=endpoint).order_by("pk")
    backlog = mine.select_for_update(skip_locked=True).first()
    if backlog is None:
        return 0
    size = _SLICE[BulkMode(endpoint.bulk_mode)]
    changes = list(
        Change.objects.filter(
            changeset_id=backlog.changeset_id,
            product_id__gt=backlog.told_through,
            kind__in=kinds_of(endpoint.event_types),
        ).order_by("product_id")[:size]
    )
    _queue_slice(endpoint, backlog, changes)
    if len(changes) < size:
        backlog.delete()
    else:
        backlog.told_through = changes[-1].product_id
        backlog.save(update_fields=["told_through"])
    return max(1, len(changes))


def _is_supplied(endpoint: Endpoint) -> bool:
    waiting = Delivery.objects.filter(
        endpoint=endpoint, is_bulk=True, status=DeliveryStatus.PENDING, sender_id=None
    )
    return waiting[:_QUEUE_LOW].count() == _QUEUE_LOW


def _queue_slice(endpoint: Endpoint, backlog: Backlog, changes: Sequence[Change]) -> None:
    changeset = ChangeSet.objects.filter(pk=backlog.changeset_id).first()
    if changeset is None:
        # Older than what the ledger keeps.
        return
    told = Told()
    if endpoint.bulk_mode == BulkMode.BATCH:
        for message in batch_messages(changes, changeset, endpoint.pk):
            told.add(endpoint, message, is_bulk=True)
    else:
        products = Product.objects.in_bulk([change.product_id for change in changes])
        for change in changes:
            message = product_message(change, changeset, products.get(change.product_id))
            told.add(endpoint, message, is_bulk=True)
    told.queue()
