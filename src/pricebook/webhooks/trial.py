"""Trying an endpoint out: one signed sample, at once, with what came back (C3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils import timezone

from pricebook.core.http import post_once
from pricebook.webhooks.endpoints import EndpointGone, clean_event_types
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.fanout import delivery_of
from pricebook.webhooks.models import Attempt, DeliveryStatus, Endpoint
from pricebook.webhooks.payloads import sample_message
from pricebook.webhooks.requests import request_headers
from pricebook.webhooks.results import Result, attempt_of, save_results

if TYPE_CHECKING:
    from uuid import UUID


def send_test(*, endpoint_id: UUID, event_type: str = "") -> Attempt:
    """Send a sample of a type, or of the first one that the endpoint wants; return how it went.

    It takes less than 10 seconds, and is in the log. A disabled endpoint can be tried, too. Raises
    EndpointGone, also for one that is deleted meanwhile, and EndpointRefused for an unknown type.
    """
    endpoint = _find(endpoint_id)
    (wanted, *_) = clean_event_types([event_type] if event_type else endpoint.event_types)
    at = timezone.now()
    message_ = sample_message(wanted, CATALOGUE[wanted].example["data"], at)
    delivery = delivery_of(endpoint, message_, is_bulk=False)
    delivery.is_test = True
    # The sender sends nothing of it: it has ended until there is a result.
    delivery.status = DeliveryStatus.FAILED
    delivery.save()
    body = message_.body.encode()
    headers = request_headers(
        endpoint.secrets.in_force(at), event_id=message_.event_id, at=at, body=body
    )
    _let_go_of_database()
    exchange = post_once(
        endpoint.url,
        body=body,
        headers=headers,
        networks=settings.WEBHOOK_NETWORKS,
        timeout=settings.WEBHOOK_TEST_TIMEOUT.total_seconds(),
    )
    result = Result(delivery.pk, endpoint.pk, at, headers, exchange)
    save_results(None, [result], wait=True)
    _find(endpoint_id)
    attempt = delivery.attempts.first() or attempt_of(result)
    # As it was sent: whoever shows it asks nobody.
    attempt.delivery = delivery
    return attempt


def _find(endpoint_id: UUID) -> Endpoint:
    endpoint = Endpoint.objects.live().filter(pk=endpoint_id).first()
    if endpoint is None:
        message = "This endpoint does not exist, or it was deleted."
        raise EndpointGone(message)
    return endpoint


def _let_go_of_database() -> None:
    """Leave the connection to others: who does not answer is waited for for seconds."""
    if not connection.in_atomic_block:
        connection.close()
