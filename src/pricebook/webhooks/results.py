"""Writing down what came of attempts: the log, what happens next, and how the endpoint stands."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pricebook.core.db import commit_without_waiting
from pricebook.feed.records import storable
from pricebook.webhooks.models import (
    Attempt,
    Delivery,
    DeliveryStatus,
    Disabled,
    Endpoint,
    Outcome,
)
from pricebook.webhooks.queue import save_deliveries, save_endpoints
from pricebook.webhooks.requests import as_logged
from pricebook.webhooks.retries import next_try
from pricebook.webhooks.statistics import note_attempts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from pricebook.core.http import Exchange

log = logging.getLogger(__name__)

# Characters of an answer that the log keeps.
_EXCERPT: Final = 4_000
_HEADERS: Final = 40
_HEADER: Final = 500
_GONE: Final = 410
# Longer than any retry waits: an endpoint that was sent nothing for so long was not failing.
_QUIET: Final = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one request for a delivery."""

    delivery_id: int
    endpoint_id: UUID
    at: datetime
    request_headers: Mapping[str, str]
    exchange: Exchange

    @property
    def was_taken(self) -> bool:
        """Say whether the receiver has the event now."""
        return _outcome(self.exchange) == Outcome.DELIVERED


def attempt_of(result: Result) -> Attempt:
    """Return the line of the log, not saved yet."""
    exchange = result.exchange
    answer, timing = exchange.answer, exchange.timing
    return Attempt(
        delivery_id=result.delivery_id,
        endpoint_id=result.endpoint_id,
        at=result.at,
        outcome=_outcome(exchange),
        error=_sentence(exchange)[:300],
        status=None if answer is None else answer.status,
        address=exchange.address[:60],
        is_reused=exchange.is_reused,
        dns_ms=_rounded(timing.dns_ms),
        connect_ms=_rounded(timing.connect_ms),
        tls_ms=_rounded(timing.tls_ms),
        first_byte_ms=_rounded(timing.first_byte_ms),
        total_ms=round(timing.total_ms, 1),
        request_headers=as_logged(result.request_headers),
        response_headers=[] if answer is None else _headers(answer.headers),
        response_excerpt="" if answer is None else _excerpt(answer.body),
    )


def save_results(
    sender_id: UUID | None, results: Sequence[Result], *, wait: bool = False
) -> list[Result]:
    """Write down what came of attempts; return those whose endpoint somebody else holds just now.

    With `wait` all of them are written. Of a sender that was taken for dead, nothing is: others
    send what it had claimed. Without a sender nobody else can have claimed them.
    """
    if not results:
        return []
    with transaction.atomic():
        # What a crash of PostgreSQL takes back is sent again: at least once, never not at all.
        commit_without_waiting()
        endpoints = _lock_endpoints({result.endpoint_id for result in results}, wait=wait)
        deliveries = _lock_deliveries(results, sender_id, endpoints)
        ours = [result for result in results if result.delivery_id in deliveries]
        if ours:
            _save(ours, deliveries, endpoints)
    return _held_by_others([each for each in results if each.endpoint_id not in endpoints])


def _held_by_others(results: Sequence[Result]) -> list[Result]:
    """Leave out the results of endpoints that are gone for good."""
    ids = {result.endpoint_id for result in results}
    there = set(Endpoint.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else ids
    return [result for result in results if result.endpoint_id in there]


def _save(
    results: Sequence[Result],
    deliveries: Mapping[int, Delivery],
    endpoints: Mapping[UUID, Endpoint],
) -> None:
    attempts = [attempt_of(result) for result in results]
    delays: dict[int, timedelta | None] = {}
    now = timezone.now()
    for result, attempt in zip(results, attempts, strict=True):
        delivery = deliveries[result.delivery_id]
        delays[delivery.pk] = _move_on(delivery, attempt, result.exchange, now)
        _note(endpoints[result.endpoint_id], attempt, now, is_test=delivery.is_test)
    Attempt.objects.bulk_create(attempts)
    note_attempts(attempts)
    save_deliveries([deliveries[pk] for pk in delays], list(delays.values()))
    save_endpoints([endpoints[pk] for pk in {result.endpoint_id for result in results}])


def _lock_endpoints(ids: Collection[UUID], *, wait: bool) -> dict[UUID, Endpoint]:
    held = Endpoint.objects.select_for_update(no_key=True, skip_locked=not wait)
    # In order, as everybody does it who holds several.
    return {endpoint.pk: endpoint for endpoint in held.filter(pk__in=ids).order_by("pk")}


def _lock_deliveries(
    results: Sequence[Result], sender_id: UUID | None, endpoints: Collection[UUID]
) -> dict[int, Delivery]:
    """Return the deliveries that are still the sender's, of the endpoints that are held."""
    ids = [result.delivery_id for result in results if result.endpoint_id in endpoints]
    held = Delivery.objects.select_for_update(of=("self",)).filter(pk__in=ids, sender_id=sender_id)
    return {each.pk: each for each in held.defer("body").order_by("pk")}


def _move_on(
    delivery: Delivery, attempt: Attempt, exchange: Exchange, now: datetime
) -> timedelta | None:
    """Let a delivery end, or wait; return for how long it waits for its next try."""
    delivery.tries += 1
    if attempt.was_taken:
        delivery.status = DeliveryStatus.DELIVERED
        return None
    again = None
    if attempt.status != _GONE and not delivery.is_test:
        again = next_try(delivery.tries, retry_after=_retry_after(exchange), now=now)
    if again is None:
        delivery.status = DeliveryStatus.FAILED
    return again


def _note(endpoint: Endpoint, attempt: Attempt, now: datetime, *, is_test: bool) -> None:
    """Write down how an endpoint stands; disable one that is gone or has failed for days (C2).

    A test that fails is no reason for that: somebody looks on.
    """
    last = endpoint.last_attempt_at
    endpoint.last_attempt_at = attempt.at
    endpoint.last_status = attempt.status
    endpoint.last_response_ms = attempt.total_ms
    endpoint.last_error = attempt.error
    if attempt.was_taken:
        endpoint.failing_since = None
    if attempt.was_taken or is_test:
        return
    if last is None or now - last > _QUIET:
        # Nobody knows how it would have done meanwhile.
        endpoint.failing_since = attempt.at
    endpoint.failing_since = endpoint.failing_since or attempt.at
    failed_too_long = now - endpoint.failing_since > settings.WEBHOOK_DISABLED_AFTER
    if endpoint.enabled and (attempt.status == _GONE or failed_too_long):
        endpoint.enabled = False
        gone = attempt.status == _GONE
        endpoint.disabled_because = Disabled.GONE if gone else Disabled.FAILING
        endpoint.disabled_at = now
        why = endpoint.get_disabled_because_display()
        log.warning("Endpoint %s is disabled: %s. %s", endpoint.pk, why, attempt.error)


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)


def _outcome(exchange: Exchange) -> Outcome:
    if exchange.failure is not None:
        return Outcome(exchange.failure.value)
    took = exchange.answer is not None and 200 <= exchange.answer.status < 300
    return Outcome.DELIVERED if took else Outcome.REFUSED


def _sentence(exchange: Exchange) -> str:
    if exchange.answer is None or 200 <= exchange.answer.status < 300:
        return exchange.sentence
    if 300 <= exchange.answer.status < 400:
        return f"It answered {exchange.answer.status}: redirects are not followed."
    return f"It answered {exchange.answer.status}."


def _retry_after(exchange: Exchange) -> str | None:
    headers = () if exchange.answer is None else exchange.answer.headers
    return next((value for name, value in headers if name.lower() == "retry-after"), None)


def _headers(headers: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [
        [storable(name)[:_HEADER], storable(value)[:_HEADER]] for name, value in headers[:_HEADERS]
    ]


def _excerpt(body: bytes) -> str:
    return storable(body[: 4 * _EXCERPT].decode(errors="replace"))[:_EXCERPT]
