"""A receiver that costs little: it counts, and notes when each event came."""

from __future__ import annotations

import asyncio
import time
from threading import Condition, Event, Thread
from typing import Final

_ANSWER: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiver:
    """What came in on one port of this machine; a silent one takes requests and never answers."""

    def __init__(self, *, silent: bool = False) -> None:
        self.silent = silent
        self.count = 0
        self.times: list[float] = []
        self.port = 0
        self._news = Condition()
        started = Event()
        Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True).start()
        started.wait()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    def note(self) -> None:
        """Count a request."""
        with self._news:
            self.count += 1
            self.times.append(time.time())
            self._news.notify_all()

    def wait_for(self, count: int, seconds: float) -> None:
        """Return once there were so many requests. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self.count >= count, seconds):
                message = f"{self.count:,} requests came in {seconds:.0f} s, not {count:,}"
                raise TimeoutError(message)

    async def _serve(self, started: Event) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await server.serve_forever()


class _Connection(asyncio.Protocol):
    """One connection: requests with a Content-Length, one after the other."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.index(b"content-length:") + len(b"content-length:")
            size = int(head[at:].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + size:
                return
            self._buffer = self._buffer[end + 4 + size :]
            self._receiver.note()
            if self._transport is not None and not self._receiver.silent:
                self._transport.write(_ANSWER)
