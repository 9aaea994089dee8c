"""A receiver of webhooks on a real socket, in a thread of its own: it keeps what it was sent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Received:
    """One request; `at` is the clock's time of its last byte."""

    path: str
    headers: Headers
    body: bytes
    at: float

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, and after how many seconds; one that hangs or closes never answers."""

    status: int = 204
    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0
    hangs: bool = False
    closes: bool = False


Script = Callable[[Received], Reply]


class Receiver:
    """What a receiver got so far; `reply` may be changed at any time."""

    def __init__(self) -> None:
        self.reply: Script = lambda _: Reply()
        self.requests: list[Received] = []
        self.port = 0
        self.most_at_once = 0
        self.connections = 0
        self._at_once = 0
        self._news = Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        """Return the requests once there are that many. Raises AssertionError."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.requests) >= count, seconds)
            assert came, f"{len(self.requests)} requests came, not {count}"
            return list(self.requests)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await _read(reader):
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    await self._answer_one(request, writer)
                finally:
                    self._at_once -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, request: Received, writer: asyncio.StreamWriter) -> None:
        with self._news:
            self.requests.append(request)
            self._news.notify_all()
        reply = self.reply(request)
        if reply.hangs:
            await asyncio.sleep(3_600)
        if reply.after:
            await asyncio.sleep(reply.after)
        if reply.closes:
            raise ConnectionAbortedError
        lines = [f"HTTP/1.1 {reply.status} -", f"content-length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(first.split()[1], headers, body, time.time())


@contextmanager
def run_receiver() -> Iterator[Receiver]:
    """Run a receiver on a free port of this machine while the block runs."""
    receiver = Receiver()
    ready, stop = Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
        receiver.port = server.sockets[0].getsockname()[1]
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    thread = Thread(target=lambda: asyncio.run(serve()), name="receiver", daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield receiver
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)
