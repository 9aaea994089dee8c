"""Receivers for the guarded client on real sockets: each behaves as the test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final

from pricebook.core.addresses import Address, Network
from pricebook.core.exchange import Exchange
from pricebook.core.http import GuardedClient

HOST: Final = "hooks.example.com"
LOOPBACK: Final = (ip_network("127.0.0.0/8"),)
TAKEN: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Names:
    """A resolver that gives its answers one after the other, the last one for ever."""

    answers: Sequence[Sequence[str] | OSError]
    asked: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> list[Address]:
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(name)
        if isinstance(answer, OSError):
            raise answer
        return [ip_address(text) for text in answer]


@dataclass
class Peer:
    """A server on 127.0.0.1, and what it saw."""

    port: int = 0
    connections: int = 0


@asynccontextmanager
async def peer(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Run a server that behaves so on each of its connections."""
    seen = Peer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        task = asyncio.current_task()
        assert task
        serving.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await behave(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.transport.abort()

    serving: set[asyncio.Task[None]] = set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    seen.port = server.sockets[0].getsockname()[1]
    async with server:
        yield seen
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)
    # The loop closes their sockets in its next round.
    await asyncio.sleep(0)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Return a whole request as it came."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


def answering(*answers: bytes, requests: list[bytes] | None = None) -> Behaviour:
    """Answer the requests of a connection one by one, then close it."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            request = await read_request(reader)
            if requests is not None:
                requests.append(request)
            writer.write(answer)
            await writer.drain()
        await reader.read()

    return behave


def closing_after(sent: bytes) -> Behaviour:
    """Read a request, send these bytes and close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(sent)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return behave


def repeating(start: bytes, piece: bytes, *, pause: float = 0) -> Behaviour:
    """Read a request, send `start` and then `piece` for ever."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


def client(
    *,
    names: Callable[[str], Sequence[Address]] | None = None,
    networks: Sequence[Network] = LOOPBACK,
    timeout: float = 5,
    tls: ssl.SSLContext | None = None,
) -> GuardedClient:
    """Return a client for which every name leads to 127.0.0.1, and that may go there."""
    resolve = names or Names([["127.0.0.1"]])
    return GuardedClient(networks=networks, timeout=timeout, resolve=resolve, tls=tls)


def post_to(behave: Behaviour, *, times: int = 1, timeout: float = 5) -> list[Exchange]:
    """Post so many times, one after the other, to a peer that behaves so."""

    async def run() -> list[Exchange]:
        guarded = client(timeout=timeout)
        async with peer(behave) as seen:
            url = f"http://{HOST}:{seen.port}/in"
            made = [await guarded.post(url, body=b"{}", headers={}) for _ in range(times)]
            await guarded.aclose()
            return made

    return asyncio.run(run())
