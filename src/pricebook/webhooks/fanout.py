"""Who is to be told what: events and change sets become deliveries, each once for an endpoint.

The database lets an event into an endpoint's queue once (`told_once`), so telling again whatever
was told before does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Count

from pricebook.catalogue.models import Product
from pricebook.changes.models import Change, ChangeSet, Event, EventType
from pricebook.changes.outbox import tally_of_set
from pricebook.webhooks.event_types import OF_KIND
from pricebook.webhooks.models import Backlog, BulkMode, Delivery, Endpoint
from pricebook.webhooks.payloads import event_message, product_message, set_message
from pricebook.webhooks.queue import insert_backlogs, insert_deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricebook.webhooks.payloads import Message

# Characters of bodies, and rows, that one statement takes along; a description alone may have
# 100,000, and every endpoint gets a copy.
_STATEMENT: Final = 4_000_000
_STATEMENT_ROWS: Final = 1_000
# What one transaction takes along before the rest is left to the next one.
_TRANSACTION: Final = 64_000_000


class Told:
    """What endpoints are told, at once or bit by bit; written as it grows.

    What an endpoint was told before stays as it is.
    """

    def __init__(self) -> None:
        # How many deliveries and stretches of changes were new.
        self.new = 0
        self._deliveries: list[Delivery] = []
        self._waiting = self._written = 0

    @property
    def is_full(self) -> bool:
        """Say whether a transaction has enough of it."""
        return self._written + self._waiting > _TRANSACTION

    def add(self, endpoint: Endpoint, message: Message, *, is_bulk: bool = False) -> None:
        """Let an endpoint be told of an event."""
        self._deliveries.append(delivery_of(endpoint, message, is_bulk=is_bulk))
        self._waiting += len(message.body)
        if self._waiting > _STATEMENT or len(self._deliveries) == _STATEMENT_ROWS:
            self.write()

    def begin(self, endpoints: Sequence[Endpoint], changeset: ChangeSet) -> None:
        """Let endpoints be told of a bulk set bit by bit."""
        self.new += insert_backlogs(
            [
                Backlog(endpoint=endpoint, changeset_id=changeset.pk, happened_at=changeset.at)
                for endpoint in endpoints
            ]
        )

    def write(self) -> None:
        """Write what was not written yet."""
        if self._deliveries:
            self.new += insert_deliveries(self._deliveries)
        self._written += self._waiting
        self._deliveries, self._waiting = [], 0


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
    told.write()


def tell_of_changes(sets: Sequence[ChangeSet], endpoints: Sequence[Endpoint], told: Told) -> int:
    """Tell of what change sets did to products, in their order, one by one or all at once.

    Returns of how many: fewer than all when that is enough for a transaction.
    """
    sizes = _sizes([each.pk for each in sets if each.job_id is None])
    single = [pk for pk, size in sizes.items() if size == 1]
    changes = {each.changeset_id: each for each in Change.objects.filter(changeset_id__in=single)}
    products = Product.objects.in_bulk([change.product_id for change in changes.values()])
    count = 0
    for changeset in sets:
        hearing = [each for each in endpoints if each.begins_after < (changeset.position or 0)]
        change = changes.get(changeset.pk)
        if change is not None:
            _tell_of_single(change, changeset, products.get(change.product_id), hearing, told)
        elif changeset.job_id is not None or changeset.pk in sizes:
            _tell_of_bulk(changeset, hearing, told)
        count += 1
        if told.is_full:
            break
    told.write()
    return count


def _tell_of_single(
    change: Change,
    changeset: ChangeSet,
    product: Product | None,
    endpoints: Sequence[Endpoint],
    told: Told,
) -> None:
    wanting = [endpoint for endpoint in endpoints if endpoint.wants(OF_KIND[change.kind])]
    if wanting:
        message = product_message(change, changeset, product)
        for endpoint in wanting:
            told.add(endpoint, message)


def _tell_of_bulk(changeset: ChangeSet, endpoints: Sequence[Endpoint], told: Told) -> None:
    bit_by_bit = [
        endpoint
        for endpoint in endpoints
        if endpoint.bulk_mode != BulkMode.SUMMARY and _wants_products(endpoint)
    ]
    if bit_by_bit:
        told.begin(bit_by_bit, changeset)
    # Of what a job did, the event of its end tells.
    if changeset.job_id is None and endpoints:
        tally = tally_of_set(changeset.pk)
        message = set_message(changeset, tally)
        for endpoint in endpoints:
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
    """Return how many changes sets have; none for those without."""
    changes = Change.objects.filter(changeset_id__in=changeset_ids).order_by()
    return dict(changes.values_list("changeset_id").annotate(count=Count("*")))
