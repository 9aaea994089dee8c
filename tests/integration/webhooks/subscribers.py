"""Endpoints and what waits for them, for the tests of webhooks."""

from __future__ import annotations

import json
from typing import Any

from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint
from pricebook.webhooks.models import BulkMode, Delivery, Endpoint
from pricebook.webhooks.relay import relay

PRODUCT_EVENTS = (
    EventType.PRODUCT_CREATED,
    EventType.PRODUCT_UPDATED,
    EventType.PRODUCT_DELETED,
)


def an_endpoint(
    *types: EventType,
    url: str = "https://hooks.example.com/in",
    mode: BulkMode = BulkMode.SUMMARY,
    rate: int | None = None,
) -> Endpoint:
    """Subscribe to those types, or to all of them, without a limit unless one is given."""
    values = EndpointValues(
        url=url, event_types=tuple(types or EventType), bulk_mode=mode, rate_limit=rate
    )
    return create_endpoint(values=values, actor=None).endpoint


def relay_all() -> None:
    """Relay until there is nothing left to do."""
    while relay():
        pass


def told(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return what an endpoint is told, in the order in which it was queued."""
    bodies = (
        Delivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("body", flat=True)
    )
    return [json.loads(body) for body in bodies]


def types_told(endpoint: Endpoint) -> list[str]:
    """Return the types of what an endpoint is told, in the order in which it was queued."""
    return [event["type"] for event in told(endpoint)]
