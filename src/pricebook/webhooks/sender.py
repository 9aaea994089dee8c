"""The process that tells subscribers: one loop for the network, one thread for each of two works.

The relay fills the queue; the sender claims what is due, sends it and writes down what came of it.
Only the database is needed, and it alone knows what is still to be sent: a sender may die at any
moment, and what it had claimed is sent by another one, or by the next.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from pricebook.core.http import GuardedClient
from pricebook.webhooks import queue
from pricebook.webhooks.relay import relay
from pricebook.webhooks.requests import request_headers
from pricebook.webhooks.results import Result, save_results

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from uuid import UUID

    from pricebook.webhooks.queue import Claim

log = logging.getLogger(__name__)

# How often, in seconds, one looks who has nothing to do, and after how many looks in vain that is.
_IDLE_POLL: Final = 1.0
_IDLE_AFTER: Final = 20
# After an error of the database.
_PAUSE: Final = 1.0
# What is under way when the process is told to stop may take so long to end.
_GRACE: Final = 3.0
_RETURNED = TypeVar("_RETURNED")


class Sender:
    """Sends what is due, until it is told to stop."""

    def __init__(self) -> None:
        self.id = uuid4()
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._results: list[Result] = []
        self._under_way: dict[asyncio.Task[None], Claim] = {}
        self._lanes: dict[UUID, asyncio.Semaphore] = {}
        self._seen = 0.0
        # Claims in a row that found nothing.
        self._in_vain = 0

    async def run(self) -> None:
        """Relay and send until `stop` is called; then let go of what was not begun."""
        async with self._client() as self._http, _thread("sender") as self._database:
            relaying = asyncio.create_task(self._relay())
            try:
                while not self._stop.is_set():
                    claims = await self._step()
                    for claim in claims:
                        self._begin(claim)
                    self._in_vain = 0 if claims else self._in_vain + 1
                    await self._rest()
            finally:
                await self._wind_up(relaying)

    def stop(self) -> None:
        """Let `run` come to its end soon; to be called in its event loop."""
        self._stop.set()
        self._wake.set()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[GuardedClient]:
        client = GuardedClient(
            networks=settings.WEBHOOK_NETWORKS, timeout=settings.WEBHOOK_TIMEOUT.total_seconds()
        )
        try:
            yield client
        finally:
            await client.aclose()

    async def _relay(self) -> None:
        """Fill the queue whenever there is news."""
        async with _thread("relay") as thread:
            while not self._stop.is_set():
                moved = await _patiently(thread, relay)
                if moved:
                    self._wake.set()
                else:
                    await asyncio.sleep(settings.WEBHOOK_POLL.total_seconds())

    async def _step(self) -> list[Claim]:
        """Write down what came back, and claim what is due."""
        results, self._results = self._results, []
        room = self._room()

        def work() -> list[Claim]:
            self._show_life()
            save_results(self.id, results)
            return queue.claim(self.id, room)

        claims = await _patiently(self._database, work)
        if claims is None:
            # Nothing was written: the whole step is one to be done again.
            self._results = results + self._results
            return []
        return claims

    def _show_life(self) -> None:
        """Say that this sender lives, and look for those that do not; a few times in their span."""
        now = time.monotonic()
        if now - self._seen > settings.WEBHOOK_SENDER_LOST.total_seconds() / 4:
            queue.register_sender(self.id, socket.gethostname())
            if released := queue.release_lost():
                log.warning("%d deliveries of a lost sender are sent again", released)
            self._seen = now

    def _room(self) -> queue.Room:
        free = settings.WEBHOOK_SENDER_CONCURRENCY - len(self._under_way)
        slow = sum(claim.is_slow for claim in self._under_way.values())
        return queue.Room(all=free, slow=settings.WEBHOOK_SENDER_CONCURRENCY // 2 - slow)

    def _begin(self, claim: Claim) -> None:
        task = asyncio.create_task(self._send(claim))
        self._under_way[task] = claim
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        claim = self._under_way.pop(task)
        self._wake.set()
        if not task.cancelled() and task.exception():
            log.error("Delivery %d was not sent", claim.delivery_id, exc_info=task.exception())

    async def _send(self, claim: Claim) -> None:
        lane = self._lanes.setdefault(
            claim.endpoint_id, asyncio.Semaphore(settings.WEBHOOK_CONCURRENCY)
        )
        async with lane:
            body, at = claim.body.encode(), timezone.now()
            headers = request_headers(claim.secrets, event_id=claim.event_id, at=at, body=body)
            exchange = await self._http.post(claim.url, body=body, headers=headers)
        self._results.append(Result(claim.delivery_id, claim.endpoint_id, at, headers, exchange))

    async def _rest(self) -> None:
        """Wait for something to do: an answer, news of the relay, or the next look.

        When nothing has been due for a while, only retries can come to be due by themselves.
        """
        poll = settings.WEBHOOK_POLL.total_seconds()
        seconds = max(poll, _IDLE_POLL) if self._in_vain > _IDLE_AFTER else poll
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _wind_up(self, relaying: asyncio.Task[None]) -> None:
        """Let what is under way end, for a while; write it down, and let go of the rest."""
        self.stop()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE)
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(relaying, *self._under_way, return_exceptions=True)

        def work() -> None:
            save_results(self.id, self._results)
            queue.forget_sender(self.id)

        await _in_thread(self._database, work)


@asynccontextmanager
async def _thread(name: str) -> AsyncIterator[ThreadPoolExecutor]:
    """Hold a thread with a connection of its own."""
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
    try:
        yield executor
    finally:
        await _in_thread(executor, connections.close_all)
        executor.shutdown()


async def _in_thread(executor: ThreadPoolExecutor, work: Callable[[], _RETURNED]) -> _RETURNED:
    return await asyncio.get_running_loop().run_in_executor(executor, work)


async def _patiently(
    executor: ThreadPoolExecutor, work: Callable[[], _RETURNED]
) -> _RETURNED | None:
    """Work with the database; None, after a pause, when that cannot be done now."""
    try:
        return await _in_thread(executor, work)
    except (DatabaseError, InterfaceError) as error:
        log.warning("The database does not answer; it is asked again: %s", error)
        await _in_thread(executor, connections.close_all)
        await asyncio.sleep(_PAUSE)
        return None
