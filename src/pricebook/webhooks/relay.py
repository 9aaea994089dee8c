"""From what happened to the endpoints' queues: place, tell, and refill what is told bit by bit.

Each step is one transaction that writes what it did together with how far it came, so that a relay
that dies, or two at once, tell everything once. They wait until they are on disk: with them, all
that they tell of is, and no crash of the database can take back what was told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

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
# How many changes that is at a time: so many requests, or a hundredth of it. Single edits wait as
# long as that takes.
_SLICE: Final = {BulkMode.EACH: 200, BulkMode.BATCH: 2_000}


def relay() -> int:
    """Bring everything one step further; return how much there was to do, 0 for nothing."""
    if not has_news():
        return 0
    return place_changesets() + _tell_changes() + _tell_events() + _refill_next()


def hold_cursor() -> Cursor:
    """Return up to where subscribers have been told, held until the transaction ends.

    Whoever tells holds it: what one has looked at, no other tells meanwhile.
    """
    Cursor.objects.get_or_create(pk=1)
    return Cursor.objects.select_for_update().get(pk=1)


@transaction.atomic
def _tell_changes() -> int:
    """Tell of the next change sets in the order of their positions."""
    cursor = hold_cursor()
    placed = ChangeSet.objects.filter(position__gt=cursor.position).order_by("position")
    sets = list(placed[:_AT_ONCE])
    if not sets:
        return 0
    count = tell_of_changes(sets, list(Endpoint.objects.enabled()), Told())
    cursor.position = sets[count - 1].position or cursor.position
    cursor.save(update_fields=["position"])
    return count


@transaction.atomic
def _tell_events() -> int:
    """Tell of the next events of the outbox.

    The end of a job is told once all that it did can be read from the ledger.
    """
    hold_cursor()
    unplaced = ChangeSet.objects.filter(job_id=OuterRef("job_id"), position=None)
    untold = Event.objects.filter(~Exists(unplaced), is_told=False).order_by("at")
    events = list(untold[:_AT_ONCE])
    if events:
        tell_of_events(events, list(Endpoint.objects.enabled()), Told())
        Event.objects.filter(pk__in=[event.pk for event in events]).update(is_told=True)
    return len(events)


@transaction.atomic
def _refill_next() -> int:
    """Give one endpoint more of what it is told product by product; they take turns.

    What is new is looked for again before the next one.
    """
    waiting = Backlog.objects.filter(ended_at=None, endpoint__in=Endpoint.objects.enabled())
    first = waiting.order_by("endpoint_id", "pk").distinct("endpoint_id")
    for backlog in sorted(first.select_related("endpoint"), key=lambda each: each.told_at):
        if not _is_supplied(backlog.endpoint):
            return _refill(backlog)
    return 0


def _refill(waiting: Backlog) -> int:
    held = Backlog.objects.select_for_update(skip_locked=True, of=("self",))
    backlog = held.filter(pk=waiting.pk, told_through=waiting.told_through, ended_at=None).first()
    if backlog is None:
        return 0
    endpoint = waiting.endpoint
    changes: list[Change] = []
    # Who changed to summary has had enough of it.
    if endpoint.bulk_mode != BulkMode.SUMMARY:
        size = _SLICE[BulkMode(endpoint.bulk_mode)]
        changes = _next_changes(backlog, endpoint, size)
        _queue_slice(endpoint, backlog, changes)
        backlog.told_through = changes[-1].product_id if changes else backlog.told_through
    if endpoint.bulk_mode == BulkMode.SUMMARY or len(changes) < size:
        backlog.ended_at = timezone.now()
    backlog.told_at = timezone.now()
    backlog.save(update_fields=["told_through", "told_at", "ended_at"])
    return 1


def _next_changes(backlog: Backlog, endpoint: Endpoint, size: int) -> list[Change]:
    found = Change.objects.filter(
        changeset_id=backlog.changeset_id,
        product_id__gt=backlog.told_through,
        kind__in=kinds_of(endpoint.event_types),
    )
    return list(found.order_by("product_id")[:size])


def _is_supplied(endpoint: Endpoint) -> bool:
    if endpoint.bulk_mode == BulkMode.SUMMARY:
        return False
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
    told.write()
