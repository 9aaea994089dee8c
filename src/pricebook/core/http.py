"""Posting to URLs that users typed: the guarded client (C6).

A name is looked up once. Every address it has must be allowed, or no socket is opened; the
connection goes to one of those very addresses, so a name that changes its answer gains nothing.
Redirects are answers like any other, proxy variables are not read, and one deadline covers
everything from the look-up to the last byte.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence

import h11

from pricebook.core.addresses import Network, Target, UrlRefused, check_url
from pricebook.core.connections import Broken, ClosedUnanswered, Connection
from pricebook.core.dialling import Dialler, Resolver, system_resolver
from pricebook.core.exchange import Answer, Exchange, Failed, Failure, Timing
from pricebook.core.pool import IdleConnections

__all__ = ["Answer", "Exchange", "Failure", "GuardedClient", "Resolver", "Timing", "post_once"]


class _Trip:
    """What is known of one request while it is under way."""

    def __init__(self, timeout: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = self._lap = self._loop.time()
        self.timeout = timeout
        self.address = ""
        self.connection: Connection | None = None
        self.is_reused = False
        self.dns_ms: float | None = None
        self.connect_ms: float | None = None
        self.tls_ms: float | None = None

    @property
    def until(self) -> float:
        """Return the deadline, in the loop's time."""
        return self._started + self.timeout

    def lap(self) -> float:
        """Return the milliseconds since the last call."""
        before, self._lap = self._lap, self._loop.time()
        return (self._lap - before) * 1_000

    def goes_by(self, connection: Connection, *, is_reused: bool) -> None:
        """Note that the request is sent now, and on which connection."""
        self.lap()
        self.address = str(connection.address)
        self.connection, self.is_reused = connection, is_reused

    def starts_again(self) -> None:
        """Forget the connection that turned out to be closed."""
        self.lap()
        self.address, self.connection, self.is_reused = "", None, False

    def answered(self, answer: Answer) -> Exchange:
        """Return the whole with an answer."""
        return Exchange(self.address, self.is_reused, self._timing(), answer, None, "")

    def failed(self, failure: Failure, sentence: str) -> Exchange:
        """Return the whole without one."""
        return Exchange(self.address, self.is_reused, self._timing(), None, failure, sentence)

    def overdue(self, target: Target) -> str:
        """Say what there was no time for."""
        if self.connection is None:
            if self.address:
                what = "did not agree on TLS"
            elif self.dns_ms is None and target.address is None:
                what = "was not looked up"
            else:
                what = "was not reached"
            return f"{target.host} {what} within {self.timeout:g} seconds."
        if self.connection.answered_at is None:
            return f"No answer within {self.timeout:g} seconds."
        status = f" (status {self.connection.status})" if self.connection.status else ""
        return f"The answer{status} was not complete within {self.timeout:g} seconds."

    def _timing(self) -> Timing:
        answered_at = self.connection.answered_at if self.connection else None
        return Timing(
            dns_ms=self.dns_ms,
            connect_ms=self.connect_ms,
            tls_ms=self.tls_ms,
            first_byte_ms=None if answered_at is None else (answered_at - self._lap) * 1_000,
            total_ms=(self._loop.time() - self._started) * 1_000,
        )


class GuardedClient:
    """Sends requests to foreign hosts; belongs to the event loop that it is used in.

    `networks` are allowed besides the public addresses; `timeout` is the time of one whole request,
    in seconds. Connections are kept for the next request to the same scheme, host and port.
    """

    def __init__(
        self,
        *,
        networks: Sequence[Network],
        timeout: float,
        resolve: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._networks = tuple(networks)
        self._timeout = timeout
        self._dialler = Dialler(networks=self._networks, resolve=resolve, tls=tls)
        self._idle = IdleConnections()

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Exchange:
        """Send a body; never raises for what the URL, the network or the peer does.

        A kept connection that closes without an answer is replaced once, for its peer may have
        closed it before. The peer may also have read the request: receivers must know what they
        have taken by an id in it (the header webhook-id).
        """
        trip = _Trip(self._timeout)
        try:
            target = check_url(url, networks=self._networks)
        except UrlRefused as error:
            return trip.failed(Failure.FORBIDDEN, str(error))
        request = _request(target, body, headers)
        try:
            async with asyncio.timeout(self._timeout):
                return trip.answered(await self._send(trip, target, request, body))
        except TimeoutError:
            return trip.failed(Failure.TIMED_OUT, trip.overdue(target))
        except Broken as error:
            return trip.failed(Failure.BROKEN, f"{target.host} {error}")
        except Failed as error:
            return trip.failed(error.failure, str(error))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._dialler.aclose()

    async def _send(self, trip: _Trip, target: Target, request: h11.Request, body: bytes) -> Answer:
        if kept := self._idle.take(target.origin):
            trip.goes_by(kept, is_reused=True)
            try:
                return await self._exchange(kept, target, request, body)
            except ClosedUnanswered:
                trip.starts_again()
        connection = await self._dial(trip, target)
        trip.goes_by(connection, is_reused=False)
        return await self._exchange(connection, target, request, body)

    async def _dial(self, trip: _Trip, target: Target) -> Connection:
        addresses = await self._dialler.find(target)
        if target.address is None:
            trip.dns_ms = trip.lap()
        plain, address = await self._dialler.connect(target, addresses, until=trip.until)
        trip.connect_ms, trip.address = trip.lap(), str(address)
        connection = await self._dialler.speak(target, plain, address)
        if target.scheme == "https":
            trip.tls_ms = trip.lap()
        return connection

    async def _exchange(
        self, connection: Connection, target: Target, request: h11.Request, body: bytes
    ) -> Answer:
        try:
            answer = await connection.post(request, body)
        except BaseException:
            connection.abort()
            raise
        self._idle.keep(target.origin, connection)
        return answer


def post_once(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    networks: Sequence[Network],
    timeout: float,
) -> Exchange:
    """Send a body from code that is not asynchronous; the same as `GuardedClient.post`."""

    async def post() -> Exchange:
        client = GuardedClient(networks=networks, timeout=timeout)
        try:
            return await client.post(url, body=body, headers=headers)
        finally:
            await client.aclose()

    return asyncio.run(post())


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> h11.Request:
    return h11.Request(
        method="POST",
        target=target.path_and_query,
        headers=[
            ("Host", target.host_header),
            ("Accept-Encoding", "identity"),
            ("Content-Length", str(len(body))),
            *headers.items(),
        ],
    )
