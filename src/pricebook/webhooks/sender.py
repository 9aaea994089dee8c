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
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connections

from pricebook.core.http import GuardedClient
from pricebook.webhooks import queue
from pricebook.webhooks.flights import Flights
from pricebook.webhooks.relay import relay
from pricebook.webhooks.results import save_results

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from uuid import UUID

    from pricebook.webhooks.queue import Claim
    from pricebook.webhooks.results import Result

log = logging.getLogger(__name__)

# How often, in seconds, one looks who has nothing to do, and after how many looks in vain that is.
_IDLE_POLL: Final = 1.0
_IDLE_AFTER: Final = 20
# After an error; twice as long after each further one.
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
# What is under way when the process is told to stop may take so long to end.
_GRACE: Final = 3.0
_Returned = TypeVar("_Returned")


class Sender:
    """Sends what is due, until it is told to stop."""

    def __init__(self) -> None:
        self.id = uuid4()
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()
        self._flights = Flights(self._wake)
        self._seen = float("-inf")
        # Looks in a row that found nothing.
        self._in_vain = 0

    async def run(self) -> None:
        """Relay and send until `stop` is called; then let go of what was not begun."""
        log.info("Sender %s tells subscribers", self.id)
        async with self._client() as client, _thread("sender") as database:
            relaying = asyncio.create_task(self._relay())
            try:
                while not self._stop.is_set():
                    for claim in await self._step(database):
                        self._flights.begin(claim, client)
                    await self._rest()
            finally:
                await self._wind_up(relaying, database)

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
        pause = _PAUSE
        async with _thread("relay") as thread:
            while not self._stop.is_set():
                try:
                    moved = await _in_thread(thread, relay)
                    pause = _PAUSE
                except Exception as error:
                    # Whatever it is: what is queued is still sent, and the next look may be better.
                    _complain("Subscribers cannot be told what is new", error)
                    await _in_thread(thread, connections.close_all)
                    await self._pause(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
                if moved:
                    self._wake.set()
                else:
                    await asyncio.sleep(settings.WEBHOOK_POLL.total_seconds())

    async def _step(self, database: ThreadPoolExecutor) -> list[Claim]:
        """Write down what came back, and claim what is due; nothing when that cannot be done."""
        results, room = self._flights.take_results(), self._flights.room()
        known = {*self._flights.known(), *(result.delivery_id for result in results)}
        called_off = self._flights.take_called_off()

        def work() -> tuple[list[Result], list[Claim]]:
            if called_off:
                queue.let_go(self.id, called_off)
            self._show_life(known)
            left = _save(self.id, results)
            return left, queue.claim(self.id, room)

        try:
            left, claims = await _in_thread(database, work)
        except DatabaseError as error:
            _complain("The database cannot be used", error)
            await _in_thread(database, connections.close_all)
            # They may be written already: then they are nobody's any more, and the next try
            # writes nothing. What was claimed is let go, see `_show_life`.
            self._flights.keep_results(results)
            self._seen = float("-inf")
            await self._pause(_PAUSE)
            return []
        self._flights.keep_results(left)
        return claims

    def _show_life(self, known: set[int]) -> None:
        """Say that this sender lives, and look for what nobody sends; a few times in its span."""
        now = time.monotonic()
        if now - self._seen < settings.WEBHOOK_SENDER_LOST.total_seconds() / 4:
            return
        queue.register_sender(self.id, socket.gethostname())
        if released := queue.release_lost():
            log.warning("%d deliveries of a lost sender are sent again", released)
        if released := queue.release(self.id, but=known):
            log.warning("%d claims whose answer was lost are made again", released)
        self._seen = now

    async def _rest(self) -> None:
        """Wait for something to do: an answer, news of the relay, or the next look.

        When nothing has been due for a while, only retries can come to be due by themselves.
        """
        poll = settings.WEBHOOK_POLL.total_seconds()
        seconds = max(poll, _IDLE_POLL) if self._in_vain > _IDLE_AFTER else poll
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            self._in_vain = 0 if self._flights.any() else self._in_vain + 1
            return
        self._in_vain = 0
        self._wake.clear()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not for longer than until the end."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _wind_up(self, relaying: asyncio.Task[None], database: ThreadPoolExecutor) -> None:
        """Let what is under way end, for a while; write it down, and let go of the rest."""
        self.stop()
        await self._flights.land(_GRACE)
        await asyncio.gather(relaying, return_exceptions=True)
        results = self._flights.take_results()

        def work() -> None:
            _save(self.id, results)
            queue.forget_sender(self.id)

        await _in_thread(database, work)
        log.info("Sender %s has ended", self.id)


def _save(sender_id: UUID, results: Sequence[Result]) -> list[Result]:
    """Write results down; return those that have to wait.

    One that cannot be written down is no reason to send the others again.
    """
    try:
        return save_results(sender_id, results)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(results) == 1:
            _complain(f"Of delivery {results[0].delivery_id} nothing can be written down", error)
            queue.put_off(results[0].delivery_id)
            return []
    return [left for result in results for left in _save(sender_id, [result])]


def _complain(what: str, error: Exception) -> None:
    if isinstance(error, (OperationalError, InterfaceError)):
        log.warning("%s; it is tried again: %s", what, error)
    else:
        log.error("%s; it is tried again", what, exc_info=error)


@asynccontextmanager
async def _thread(name: str) -> AsyncIterator[ThreadPoolExecutor]:
    """Hold a thread with a connection of its own."""
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
    try:
        yield executor
    finally:
        await _in_thread(executor, connections.close_all)
        executor.shutdown()


async def _in_thread(executor: ThreadPoolExecutor, work: Callable[[], _Returned]) -> _Returned:
    return await asyncio.get_running_loop().run_in_executor(executor, work)
