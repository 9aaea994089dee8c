"""Who is to be told what: events and change sets become deliveries, each once for an endpoint.

The database lets an event into an endpoint's queue once (`told_once`), so telling again whatever
was told before does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count

from pricebook.catalogue.models import Product
from pricebook.changes.models import Change, ChangeSet, Event, EventType
from pricebook.changes.outbox import tally_of_set
from pricebook.webhooks.event_types import OF_KIND
from pricebook.webhooks.models import Backlog, BulkMode, Delivery, Endpoint
from pricebook.webhooks.payloads import event_message, product_message, set_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricebook.webhooks.payloads import Message


@dataclass(slots=True)
class Told:
    """What endpoints are to be told: at once, and product by product as they take it."""

    deliveries: list[Delivery] = field(default_factory=list)
    backlogs: list[Backlog] = field(default_factory=list)

    def add(self, endpoint: Endpoint, message: Message, *, is_bulk: bool = False) -> None:
        """Let an endpoint be told of an event."""
        self.deliveries.append(delivery_of(endpoint, message, is_bulk=is_bulk))

    def queue(self) -> int:
        """Write it all; return how many deliveries and stretches of changes there were.

        What an endpoint was told before stays as it is.
        """
        Delivery.objects.bulk_create(self.deliveries, ignore_conflicts=True)
        Backlog.objects.bulk_create(self.backlogs, ignore_conflicts=True)
        return len(self.deliveries) + len(self.backlogs)


def delivery_of(endpoint: Endpoint, message: Message, *, is_bulk: bool) -> Delivery:
    """Return the delivery of an event to an endpoint, not saved yet."""
    return Delivery(
        endpoint=endpoint,
        event_id=message.event_id,
        event_type=message.event_type,
        body=message.body,
        is_bulk=is_bulk,
        happened_at=message.happened_at,
    )


def tell_of_events(events: Sequence[Event], endpoints: Sequence[Endpoint], told: Told) -> None:
    """Tell of what happened as a whole."""
    for event in events:
        message = event_message(event)
        tally = event.data.get("changes")
        changes = tally if isinstance(tally, dict) else {}
        for endpoint in endpoints:
            if endpoint.created_at <= event.at and _hears(endpoint, event.type, changes):
                told.add(endpoint, message)


def tell_of_changes(sets: Sequence[ChangeSet], endpoints: Sequence[Endpoint], told: Told) -> None:
    """Tell of what change sets did to products, one by one or all at once."""
    sizes = _sizes([each.pk for each in sets if each.job_id is None])
    single = [each for each in sets if sizes.get(each.pk) == 1]
    _tell_of_single(single, endpoints, told)
    for changeset in sets:
        if changeset.job_id is not None or sizes.get(changeset.pk, 0) > 1:
            _tell_of_bulk(changeset, endpoints, told)


def _tell_of_single(sets: Sequence[ChangeSet], endpoints: Sequence[Endpoint], told: Told) -> None:
    by_id = {each.pk: each for each in sets}
    changes = list(Change.objects.filter(changeset_id__in=by_id))
    products = Product.objects.in_bulk([change.product_id for change in changes])
    for change in sorted(changes, key=lambda each: by_id[each.changeset_id].position or 0):
        changeset = by_id[change.changeset_id]
        message = product_message(change, changeset, products.get(change.product_id))
        for endpoint in endpoints:
            if endpoint.created_at <= changeset.at and endpoint.wants(message.event_type):
                told.add(endpoint, message)


def _tell_of_bulk(changeset: ChangeSet, endpoints: Sequence[Endpoint], told: Told) -> None:
    hearing = [endpoint for endpoint in endpoints if endpoint.created_at <= changeset.at]
    for endpoint in hearing:
        if endpoint.bulk_mode != BulkMode.SUMMARY and _wants_products(endpoint):
            told.backlogs.append(
                Backlog(endpoint=endpoint, changeset_id=changeset.pk, happened_at=changeset.at)
            )
    # Of what a job did, the event of its end tells.
    if changeset.job_id is None and hearing:
        tally = tally_of_set(changeset.pk)
        message = set_message(changeset, tally)
        for endpoint in hearing:
            if _hears(endpoint, EventType.PRODUCTS_CHANGED, tally):
                told.add(endpoint, message)


def _hears(endpoint: Endpoint, event_type: str, tally: Mapping[str, int]) -> bool:
    """Say whether an endpoint is told of an event as a whole.

    Who wants to hear of products, and of bulk work in summary, hears of them so.
    """
    if endpoint.wants(event_type):
        return True
    return endpoint.bulk_mode == BulkMode.SUMMARY and any(
        tally.get(kind) and endpoint.wants(type_) for kind, type_ in OF_KIND.items()
    )


def _wants_products(endpoint: Endpoint) -> bool:
    return any(endpoint.wants(type_) for type_ in OF_KIND.values())


def _sizes(changeset_ids: Sequence[int]) -> dict[int, int]:
    """Return how many changes sets have."""
    changes = Change.objects.filter(changeset_id__in=changeset_ids).order_by()
    return dict(changes.values_list("changeset_id").annotate(count=Count("*")))
