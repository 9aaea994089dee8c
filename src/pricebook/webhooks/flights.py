"""The requests that are under way: how many, since when, and what came of them."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from pricebook.webhooks.queue import Room
from pricebook.webhooks.requests import request_headers
from pricebook.webhooks.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from pricebook.core.http import GuardedClient
    from pricebook.webhooks.queue import Claim

log = logging.getLogger(__name__)

# After so many seconds a request is one of the slow ones, whatever its endpoint was known for.
_SLOW_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Flight:
    """A claimed delivery; `began` is None while it waits for those before it."""

    claim: Claim
    began: float | None = None

    def is_slow(self, now: float) -> bool:
        """Say whether it takes room from the slow ones."""
        return self.claim.is_slow or (self.began is not None and now - self.began > _SLOW_SECONDS)


class Flights:
    """All requests of one sender; an endpoint gets a few of them at a time."""

    def __init__(self, wake: asyncio.Event) -> None:
        self._wake = wake
        self._flights: dict[asyncio.Task[None], _Flight] = {}
        self._lanes: dict[UUID, asyncio.Semaphore] = {}
        self._results: list[Result] = []
        self._called_off: list[int] = []

    def any(self) -> bool:
        """Say whether anything is under way, or waits to be written down."""
        return bool(self._flights or self._results)

    def known(self) -> Iterator[int]:
        """Yield the deliveries that are under way."""
        return (flight.claim.delivery_id for flight in self._flights.values())

    def room(self) -> Room:
        """Return how many more requests can begin.

        Slow ones do not count against the others, unless there are twice as many in all as there
        should be: so a few that begin to hang stop nobody.
        """
        most, now = settings.WEBHOOK_SENDER_CONCURRENCY, time.monotonic()
        slow = sum(flight.is_slow(now) for flight in self._flights.values())
        waiting = sum(flight.began is None for flight in self._flights.values())
        quick = len(self._flights) - slow
        return Room(
            all=min(most - quick, 2 * most - len(self._flights)),
            slow=most // 2 - slow,
            ahead=most // 4 - waiting,
        )

    def begin(self, claim: Claim, client: GuardedClient) -> None:
        """Send a delivery, as soon as its endpoint's turn has come.

        One that is under way was claimed anew after a crash of PostgreSQL.
        """
        if claim.delivery_id in self.known():
            return
        flight = _Flight(claim)
        task = asyncio.create_task(self._send(flight, client))
        self._flights[task] = flight
        task.add_done_callback(self._end)

    def take_results(self) -> list[Result]:
        """Return what came back since the last time."""
        results, self._results = self._results, []
        return results

    def take_called_off(self) -> list[int]:
        """Return the deliveries that were called off since the last time."""
        called_off, self._called_off = self._called_off, []
        return called_off

    def keep_results(self, results: Sequence[Result]) -> None:
        """Take results back that could not be written down."""
        self._results = [*results, *self._results]

    async def land(self, seconds: float) -> None:
        """Let what is under way end for that long; then break it off."""
        for task, flight in self._flights.items():
            if flight.began is None:
                task.cancel()
        if self._flights:
            await asyncio.wait(self._flights, timeout=seconds)
        for task in list(self._flights):
            task.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)

    async def _send(self, flight: _Flight, client: GuardedClient) -> None:
        claim = flight.claim
        lane = self._lanes.setdefault(
            claim.endpoint_id, asyncio.Semaphore(settings.WEBHOOK_CONCURRENCY)
        )
        async with lane:
            flight.began = time.monotonic()
            body, at = claim.body.encode(), timezone.now()
            headers = request_headers(claim.secrets, event_id=claim.event_id, at=at, body=body)
            exchange = await client.post(claim.url, body=body, headers=headers)
        result = Result(claim.delivery_id, claim.endpoint_id, at, headers, exchange)
        self._results.append(result)
        if not result.was_taken:
            self._call_off(claim.endpoint_id)

    def _call_off(self, endpoint_id: UUID) -> None:
        """Send nothing that was claimed ahead to an endpoint that has begun to fail."""
        for task, flight in self._flights.items():
            if flight.began is None and flight.claim.endpoint_id == endpoint_id:
                task.cancel()

    def _end(self, task: asyncio.Task[None]) -> None:
        flight = self._flights.pop(task)
        claim = flight.claim
        if flight.began is None:
            self._called_off.append(claim.delivery_id)
        if not any(each.claim.endpoint_id == claim.endpoint_id for each in self._flights.values()):
            self._lanes.pop(claim.endpoint_id, None)
        self._wake.set()
        if not task.cancelled() and task.exception():
            log.error("Delivery %d was not sent", claim.delivery_id, exc_info=task.exception())
