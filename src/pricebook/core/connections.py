"""One HTTP/1.1 connection of the guarded client: to one address, one request at a time.

What comes in is foreign, so everything is bounded: the head, the body and the wire's bytes. Bodies
are kept as they come; nothing is ever decompressed.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final, cast

import h11

from pricebook.core.addresses import Address
from pricebook.core.exchange import Answer

MAX_HEAD: Final = 16 << 10
MAX_BODY: Final = 64 << 10
# What is read at all, before the status is known and after: interim answers and bodies of tiny
# chunks are small, but cost time.
_MAX_WIRE_BEFORE: Final = 2 * MAX_HEAD
_MAX_WIRE: Final = MAX_HEAD + MAX_BODY
# h11 limits only a head that is not complete yet, so it is fed in pieces.
_PIECE: Final = 4 << 10


class Broken(Exception):
    """The connection ended, or said what is not HTTP; its text goes on after the peer's name."""


class ClosedUnanswered(Broken):
    """The peer closed before a single byte of an answer."""


class Connection(asyncio.Protocol):
    """A connection and the answer that is under way on it; it is in `siblings` while it is open."""

    def __init__(self, address: Address, siblings: set[Connection]) -> None:
        self.address = address
        # The loop's time of the first byte of the present answer; its status once that is known.
        self.answered_at: float | None = None
        self.status: int | None = None
        self._siblings = siblings
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        # None between two requests.
        self._answer: asyncio.Future[Answer] | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()
        self._wire = 0

    @property
    def is_reusable(self) -> bool:
        """Say whether another request may be sent on it."""
        is_open = self._transport is not None and not self._transport.is_closing()
        return is_open and self._answer is None

    async def post(self, request: h11.Request, body: bytes) -> Answer:
        """Send a request and return its answer. Raises Broken."""
        if self._transport is None or not self.is_reusable:
            message = "closed the connection without an answer."
            raise ClosedUnanswered(message)
        self.answered_at = self.status = None
        self._headers, self._body, self._wire = (), bytearray(), 0
        self._answer = self._loop.create_future()
        # Waiting until all is written would miss the answer of one who refuses it half way.
        self._transport.write(
            b"".join(
                self._http.send(event) or b""
                for event in (request, h11.Data(data=body), h11.EndOfMessage())
            )
        )
        answer = await self._answer
        is_done = self._http.our_state is self._http.their_state is h11.DONE
        is_all_sent = self._transport.get_write_buffer_size() == 0
        if is_done and is_all_sent and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
            self._answer = None
        return answer

    def abort(self) -> None:
        """Close it at once, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin (asyncio.Protocol)."""
        self._transport = cast("asyncio.Transport", transport)
        self._siblings.add(self)

    def data_received(self, data: bytes) -> None:
        """Take some bytes of the answer (asyncio.Protocol)."""
        if self._answer is None or self._answer.done():
            # Nobody asked: what comes next could not be told from the answer to the next request.
            self.abort()
            return
        if self.answered_at is None:
            self.answered_at = self._loop.time()
        for start in range(0, len(data), _PIECE):
            self._read(data[start : start + _PIECE])

    def eof_received(self) -> None:
        """Take the end of what the peer sends (asyncio.Protocol); the transport closes itself."""
        if self._answer and not self._answer.done() and self.answered_at is not None:
            # It may be the end of a body that said no length.
            self._read(b"")
        self._give_up("closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """End (asyncio.Protocol)."""
        self._give_up("broke off the connection" if exc else "closed the connection")
        self._siblings.discard(self)

    def _give_up(self, how: str) -> None:
        if self._answer is None or self._answer.done():
            return
        if self.answered_at is None:
            self._answer.set_exception(ClosedUnanswered(f"{how} without an answer."))
        else:
            self._answer.set_exception(Broken(f"{how} before its answer was complete."))

    def _read(self, data: bytes) -> None:
        """Take bytes; none are the end."""
        assert self._answer is not None  # noqa: S101
        if self._answer.done():
            # Bytes behind the answer, as in `data_received`.
            self.abort()
            return
        self._wire += len(data)
        try:
            self._http.receive_data(data)
            while not self._answer.done():
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                self._take(event)
        except h11.RemoteProtocolError as error:
            if data:
                self._answer.set_exception(Broken(_complaint(error)))
        if self._wire > (_MAX_WIRE_BEFORE if self.status is None else _MAX_WIRE):
            self._settle(is_cut=True)

    def _take(self, event: object) -> None:
        if isinstance(event, h11.Response):
            self.status = event.status_code
            self._headers = tuple(
                (name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers
            )
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > MAX_BODY:
                self._settle(is_cut=True)
        elif isinstance(event, h11.EndOfMessage):
            self._settle(is_cut=False)

    def _settle(self, *, is_cut: bool) -> None:
        assert self._answer is not None  # noqa: S101
        if self._answer.done():
            return
        if self.status is None:
            self._answer.set_exception(Broken("sent interim answers without an end."))
            return
        body = bytes(self._body[:MAX_BODY])
        self._answer.set_result(Answer(self.status, self._headers, body, is_cut))


def _complaint(error: h11.RemoteProtocolError) -> str:
    if error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return f"answered with more than {MAX_HEAD >> 10} KiB of headers."
    return "answered with something that is not HTTP."
