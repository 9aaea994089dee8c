"""The signed addresses of the local storage, served: an ASGI layer in front of Django (A2).

Django keeps a whole body before any view runs; here the signature is checked first, and the bytes
go to the disk as they come, no more of them than were signed for.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, BinaryIO, Final

from django.conf import settings

from pricebook.files.contract import Content, NoSuchMultipart
from pricebook.files.space import StorageFull, is_full
from pricebook.files.storage import local_storage
from pricebook.files.tickets import PREFIX, Ticket, TicketRefused, check_ticket

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)

# Whoever sends nothing for so long has gone.
_SILENCE_SECONDS: Final = 60
# What is collected before it is written: uvicorn hands over 64 KiB at a time.
_WRITE_BYTES: Final = 1 << 20


class Refused(Exception):
    """The request cannot be taken; the sentence is for its sender."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class SenderGone(Exception):
    """Nobody is there to be answered."""


class StorageGate:
    """Takes PUTs to the local storage; passes everything else on."""

    def __init__(self, behind: Application) -> None:
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        is_ours = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        if not is_ours or settings.BUCKET is not None:
            await self._pass_on(scope, receive, send)
            return
        try:
            await _store(scope, receive)
        except Refused as refusal:
            await _answer(send, refusal.status, str(refusal))
        except SenderGone:
            return
        else:
            await _answer(send, HTTPStatus.OK)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the site answer, and in its place when the disk has no room for the body.

        Django spools a large body before anything of it can catch an error.
        """
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._behind(scope, receive, send_on)
        except OSError as error:
            if begun or not is_full(error):
                raise
            log.warning("A body could not be spooled: %s", error)
            await _answer(send, HTTPStatus.INSUFFICIENT_STORAGE, str(StorageFull()))


async def _store(scope: Scope, receive: Receive) -> None:
    """Take in what a signed address allows. Raises Refused and SenderGone."""
    if scope["method"] != "PUT":
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "This address takes a PUT.")
    ticket = _ticket(scope)
    local = local_storage()
    # Around the stack: a draft that is closed writes what it holds, and that can fail as well.
    try:
        with ExitStack() as stack:
            stream = stack.enter_context(local.receive(ticket))
            await _copy(receive, stream, ticket.content)
            # It waits for the disk, which would hold up everybody else.
            await asyncio.to_thread(stack.pop_all().close)
    except FileExistsError:
        message = "The file is there already: every address is used once."
        raise Refused(HTTPStatus.PRECONDITION_FAILED, message) from None
    except OSError as error:
        log.exception("A file could not be stored")
        message = "The file could not be stored: there may be no room. Try again later."
        raise Refused(HTTPStatus.INSUFFICIENT_STORAGE, message) from error
    except NoSuchMultipart:
        message = "This upload has ended: it is complete, or was given up."
        raise Refused(HTTPStatus.NOT_FOUND, message) from None


def _ticket(scope: Scope) -> Ticket:
    """Return what the address allows, once its headers say the same. Raises Refused."""
    key = scope["path"].removeprefix(PREFIX)
    try:
        ticket = check_ticket(key, scope["query_string"].decode("latin-1"))
    except TicketRefused as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from None
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    wanted = {**ticket.headers, "Content-Length": str(ticket.content.size)}
    for name, value in wanted.items():
        found = given.get(name.lower())
        if found != value:
            said = "none" if found is None else repr(found[:100])
            message = f"The address is signed for {name} {value!r}, and this request has {said}."
            raise Refused(HTTPStatus.FORBIDDEN, message)
    return ticket


async def _copy(receive: Receive, stream: BinaryIO, content: Content) -> None:
    """Write the body to the stream and check its size and checksum."""
    size, checksum, waiting = 0, 0, bytearray()
    more = True
    while more:
        try:
            message = await asyncio.wait_for(receive(), _SILENCE_SECONDS)
        except TimeoutError:
            sentence = f"Nothing came for {_SILENCE_SECONDS} seconds. Send it again."
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, sentence) from None
        if message["type"] == "http.disconnect":
            raise SenderGone
        waiting += message.get("body", b"")
        more = message.get("more_body", False)
        size += len(message.get("body", b""))
        if size > content.size:
            # A body in chunks may go on for ever, whatever its Content-Length says.
            sentence = f"The body has more than {content.size} bytes."
            raise Refused(HTTPStatus.BAD_REQUEST, sentence)
        if len(waiting) >= _WRITE_BYTES or not more:
            checksum = await asyncio.to_thread(_write, stream, waiting, checksum)
            waiting = bytearray()
    if size != content.size:
        sentence = f"The body has {size} bytes, not {content.size}."
        raise Refused(HTTPStatus.BAD_REQUEST, sentence)
    if content.crc32 not in ("", base64.b64encode(checksum.to_bytes(4)).decode()):
        sentence = "The bytes do not have the checksum that was signed. Send them again."
        raise Refused(HTTPStatus.BAD_REQUEST, sentence)


def _write(stream: BinaryIO, block: bytearray, checksum: int) -> int:
    stream.write(block)
    return zlib.crc32(block, checksum)


async def _answer(send: Send, status: HTTPStatus, sentence: str = "") -> None:
    """Answer, with a problem document (RFC 9457) when something is wrong."""
    headers, body = [(b"cache-control", b"no-store")], b""
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"PUT"))
    if sentence:
        problem = {"type": "about:blank", "title": status.phrase, "status": status.value}
        body = json.dumps({**problem, "detail": sentence}).encode()
        headers.append((b"content-type", b"application/problem+json"))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
