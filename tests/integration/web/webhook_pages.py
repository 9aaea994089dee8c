"""Endpoints with something to show, and how their pages are read."""

from __future__ import annotations

import itertools
import re
from uuid import UUID

from django.utils import timezone

from pricebook.accounts.models import User
from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint
from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus, Endpoint, Outcome
from pricebook.webhooks.statistics import note_attempts

URL = "https://hooks.example.com/pricebook"
LIST = "/webhooks/"
_NUMBERS = itertools.count(1)


def an_endpoint(
    description: str = "Warehouse", url: str = URL, actor: User | None = None, **fields: object
) -> Endpoint:
    """Add an endpoint the way the product does, and then set fields of it."""
    values = EndpointValues(
        url=url, description=description, event_types=(EventType.PRODUCT_UPDATED,)
    )
    endpoint = create_endpoint(values=values, actor=actor).endpoint
    if fields:
        Endpoint.objects.filter(pk=endpoint.pk).update(**fields)
    endpoint.refresh_from_db()
    return endpoint


def a_delivery(endpoint: Endpoint, **fields: object) -> Delivery:
    """Put a delivery into the log of an endpoint; it was taken, if nothing else is said."""
    values: dict[str, object] = {
        "event_id": f"evt-{next(_NUMBERS)}",
        "event_type": EventType.PRODUCT_UPDATED,
        "body": '{"type":"product.updated","data":{"name":"Café"}}',
        "status": DeliveryStatus.DELIVERED,
        "tries": 1,
        "happened_at": timezone.now(),
    }
    return Delivery.objects.create(endpoint=endpoint, **(values | fields))


def an_attempt(delivery: Delivery, **fields: object) -> Attempt:
    """Add an attempt to a delivery: 200 in 40 ms, if nothing else is said."""
    values: dict[str, object] = {
        "outcome": Outcome.DELIVERED,
        "status": 200,
        "address": "203.0.113.7",
        "dns_ms": 2.0,
        "connect_ms": 8.0,
        "tls_ms": 10.0,
        "first_byte_ms": 15.0,
        "total_ms": 40.0,
    }
    attempt = Attempt.objects.create(
        delivery=delivery, endpoint_id=delivery.endpoint_id, **(values | fields)
    )
    note_attempts([attempt])
    return attempt


def of(endpoint: Endpoint | UUID, part: str = "") -> str:
    """Return the address of an endpoint's page, or of a part of it."""
    return f"{LIST}{endpoint.pk if isinstance(endpoint, Endpoint) else endpoint}/{part}"


def words_of(html: str) -> str:
    """Return what a person reads, without the marks around it."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def row_of(html: str, name: str) -> str:
    """Return what a person reads in the row of a table that has that word."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    return next(words_of(row) for row in rows if name in row)
