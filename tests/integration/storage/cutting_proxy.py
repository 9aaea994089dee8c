"""A bad network: passes HTTP on to a server, and cuts answers off where it was told to."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase

_BLOCK = 1 << 16


@dataclass
class Request:
    """A request for bytes that came by, and how many of them were handed over."""

    headers: dict[str, str]
    passed: int = 0

    @property
    def place(self) -> int:
        """Return the first byte that was asked for; all from there on have to be."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers["range"])
        assert found, self.headers
        return int(found[1])


@dataclass
class CuttingProxy:
    """What the network did, and will do."""

    target: str
    # After how many bytes of the body the next answers to GET end; None: never.
    cuts: list[int | None] = field(default_factory=list)
    # Cut by a reset, which takes away what has come and was not read yet.
    resets: bool = False
    requests: list[Request] = field(default_factory=list)
    url: str = ""


class _Handler(StreamRequestHandler):
    """One connection; requests have no body."""

    proxy: CuttingProxy

    def handle(self) -> None:
        where = urlsplit(self.proxy.target)
        with suppress(OSError), socket.create_connection((where.hostname, where.port)) as server:
            answers = server.makefile("rb")
            while head := _head(self.rfile):
                server.sendall(head)
                if not self._answer(head, answers):
                    break

    def _answer(self, head: bytes, answers: BinaryIO) -> bool:
        """Pass an answer on; say whether the connection goes on."""
        answer = _head(answers)
        self.wfile.write(answer)
        if not answer or not head.startswith(b"GET"):
            return bool(answer)
        length = int(_headers(answer)["content-length"])
        cut = self.proxy.cuts.pop(0) if self.proxy.cuts else None
        request = Request(_headers(head))
        self.proxy.requests.append(request)
        left = length if cut is None else min(cut, length)
        while left:
            block = answers.read(min(left, _BLOCK))
            if not block:
                return False
            self.wfile.write(block)
            request.passed += len(block)
            left -= len(block)
        if cut is not None and self.proxy.resets:
            # Closing resets the connection.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return cut is None


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        # A shutdown would come before the reset.
        self.close_request(request)


def _head(stream: BufferedIOBase | BinaryIO) -> bytes:
    """Read to the blank line; return b"" when the stream ends before it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return b""
        head += line
    return head


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.split(":", 1) for line in lines if line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


@contextmanager
def cutting_proxy(target: str) -> Iterator[CuttingProxy]:
    """Run a network in front of a server."""
    proxy = CuttingProxy(target)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    with _Server(("127.0.0.1", 0), handler) as server:
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
