"""What must be true after every storm: each endpoint heard what the ledger holds, and it alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import LiteralString

from tests.integration.crash.editors import LIFE, Editors
from tests.integration.crash.listeners import Listener
from tests.integration.crash.stack import Stack

# Every change of the ledger, as the event that tells of it.
_CHANGES = """
    SELECT s.id, s.job_id IS NOT NULL, c.product_id, CASE c.kind
        WHEN 'updated' THEN 'product.updated'
        WHEN 'deleted' THEN 'product.deleted'
        ELSE 'product.created' END
    FROM changes_changeset s JOIN changes_change c ON c.changeset_id = s.id
"""
_IMPORT_EVENTS = "SELECT 'evt_' || replace(id::text, '-', '') FROM changes_event"
_EDITED = """
    SELECT sku, array_agg(kind ORDER BY changeset_id) FROM changes_change
    WHERE sku LIKE 'Edited-%%' GROUP BY sku
"""
_TOLD = "SELECT event_id, body FROM webhooks_delivery WHERE endpoint_id = %(endpoint)s"
# Whatever would be left, and each must be 0.
_LEFT: dict[str, LiteralString] = {
    "a job that did not complete": "SELECT count(*) FROM jobs_job WHERE status <> 'completed'",
    "a delivery that is not delivered, or that a sender holds": """
        SELECT count(*) FROM webhooks_delivery
        WHERE status <> 'delivered' OR sender_id IS NOT NULL""",
    "a delivery of which the log does not say exactly once that it was taken": """
        SELECT count(*) FROM webhooks_delivery d WHERE 1 <> (
            SELECT count(*) FROM webhooks_attempt a
            WHERE a.delivery_id = d.id AND a.outcome = 'delivered')""",
    "a stretch of changes in the backlog": """
        SELECT count(*) FROM webhooks_backlog WHERE ended_at IS NULL
    """,
    "an event of the outbox": "SELECT count(*) FROM changes_event WHERE NOT is_told",
    "a change set without its position": """
        SELECT count(*) FROM changes_changeset WHERE position IS NULL""",
}


def expect_all_told(
    stack: Stack, listeners: Sequence[Listener], editors: Editors, imported: int
) -> None:
    """Hold the ledger against what was done, and what was heard against the ledger."""
    assert {what: stack.number(sql) for what, sql in _LEFT.items()} == dict.fromkeys(_LEFT, 0)
    kinds = [edit.kind for edit in LIFE]
    assert dict(stack.look(_EDITED)) == dict.fromkeys(editors.skus, kinds)
    assert stack.number("SELECT count(*) FROM changes_change") == imported + editors.edits
    for listener in listeners:
        assert listener.faults == [], listener.mode
        told = {event_id: body.encode() for event_id, body in stack.look(_TOLD, _of(listener))}
        assert listener.heard == told, listener.mode
        expect_the_ledger(stack, listener)


def expect_the_ledger(stack: Stack, listener: Listener) -> None:
    """An endpoint heard of every change that it wants to hear of, in its mode, and of no other."""
    single: set[tuple[int, int]] = set()
    bulk: set[tuple[int, int]] = set()
    for changeset, is_bulk, product, type_ in stack.look(_CHANGES):
        if type_ in listener.types:
            (bulk if is_bulk else single).add((changeset, product))
    expected = {f"evt_{changeset}_{product}" for changeset, product in single}
    if listener.mode == "each":
        expected |= {f"evt_{changeset}_{product}" for changeset, product in bulk}
    if listener.mode == "summary":
        expected |= {event_id for (event_id,) in stack.look(_IMPORT_EVENTS)}
    if listener.mode == "batch":
        batches = listener.heard.keys() - expected
        assert _in_batches(listener, batches) == Counter(bulk)
        expected |= batches
    assert listener.heard.keys() == expected


def _in_batches(listener: Listener, ids: set[str]) -> Counter[tuple[int, int]]:
    """Return how often each change was told of in batches."""
    told: Counter[tuple[int, int]] = Counter()
    for event_id in ids:
        event = json.loads(listener.heard[event_id])
        assert event["type"] == "products.batch"
        data = event["data"]
        told.update((data["version"], each["product_id"]) for each in data["events"])
    return told


def _of(listener: Listener) -> dict[str, object]:
    return {"endpoint": listener.endpoint}
