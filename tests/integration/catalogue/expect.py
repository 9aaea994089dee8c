"""What the tests of the catalogue look at after each write."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, transaction

from pricebook.catalogue.models import Product
from pricebook.changes.ledger import Growth
from pricebook.changes.models import Change
from pricebook.changes.totals import count_products

if TYPE_CHECKING:
    from collections.abc import Callable

Outcome = TypeVar("Outcome")
Logged = tuple[str, str, dict[str, list[object]] | None]


def logged() -> list[Logged]:
    """Return (SKU, kind, fields) of every change, the oldest first."""
    changes = Change.objects.order_by("changeset_id", "product_id")
    return [(change.sku, change.kind, change.fields) for change in changes]


def expect_true_totals() -> None:
    """Check the totals against a count of the products themselves."""
    living = Product.objects.live()
    assert count_products() == Growth(living.count(), living.filter(active=True).count())


def race(first: Callable[[], object], second: Callable[[], Outcome]) -> Outcome:
    """Do both at once; `first` commits while `second`, over a connection of its own, waits for it.

    Return, or raise, what `second` does.
    """

    def elsewhere() -> Outcome:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as thread:
        with transaction.atomic():
            first()
            outcome = thread.submit(elsewhere)
            _wait_until_somebody_waits_for_a_lock()
        return outcome.result(timeout=10)


def _wait_until_somebody_waits_for_a_lock() -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            # Within a transaction PostgreSQL shows the first look at the activity again.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
