"""Requests byte by byte, for senders who do not behave."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS = 20


class Wire:
    """A connection to a server."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(data)

    def put(self, target: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Send the head of a PUT, and what there is of the body."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.send(f"PUT {target} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode("latin-1") + body)

    def status(self) -> int:
        """Return the status of the next answer, and read its body."""
        line = self._answers.readline()
        length = 0
        while (header := self._answers.readline().lower()) not in (b"\r\n", b""):
            if header.startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        self._answers.read(length)
        return int(line.split()[1]) if line else 0


@contextmanager
def wire(base: str) -> Iterator[Wire]:
    """Connect to a server."""
    where = urlsplit(base)
    assert where.hostname
    assert where.port
    with socket.create_connection((where.hostname, where.port), timeout=_SECONDS) as connection:
        found = Wire(connection)
        try:
            yield found
        finally:
            found._answers.close()
