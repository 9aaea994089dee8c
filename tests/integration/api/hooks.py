"""Endpoints, deliveries and attempts for tests of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from pricebook.changes.models import EventType
from pricebook.webhooks.endpoints import EndpointValues, create_endpoint
from pricebook.webhooks.models import Attempt, Delivery, Endpoint, Outcome
from pricebook.webhooks.statistics import note_attempts

if TYPE_CHECKING:
    from pricebook.accounts.models import User

URL = "https://hooks.example.com/pricebook"


def an_endpoint(*types: str, url: str = URL, actor: User | None = None, **values: Any) -> Endpoint:
    """Add an endpoint that hears of imports unless said otherwise."""
    wanted = types or (EventType.IMPORT_COMPLETED.value,)
    given = EndpointValues(url=url, event_types=wanted, **values)
    return create_endpoint(values=given, actor=actor).endpoint


def a_delivery(endpoint: Endpoint, event_id: str = "evt_1", **values: Any) -> Delivery:
    """Put an event into the log of an endpoint."""
    whole = {
        "event_type": EventType.IMPORT_COMPLETED,
        "body": f'{{"id":"{event_id}"}}',
        "happened_at": timezone.now(),
        **values,
    }
    return Delivery.objects.create(endpoint=endpoint, event_id=event_id, **whole)


def an_attempt(delivery: Delivery, **values: Any) -> Attempt:
    """Put an attempt into the log, one that was taken unless said otherwise."""
    whole = {
        "outcome": Outcome.DELIVERED,
        "status": 200,
        "total_ms": 12.5,
        "endpoint_id": delivery.endpoint_id,
        **values,
    }
    attempt = Attempt.objects.create(delivery=delivery, **whole)
    note_attempts([attempt])
    return attempt
