"""The storages that the contract is tested with, and where one of them is weaker than S3."""

from __future__ import annotations

import threading
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin
from zlib import crc32

import urllib3
import uvicorn
from django.test import override_settings

from pricebook.files.contract import Content
from pricebook.files.local import LocalStorage
from pricebook.files.s3 import S3Storage
from tests.integration.config.watch import eventually

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from pricebook.files.bucket import Bucket
    from pricebook.files.contract import SignedPut, Storage
    from pricebook.files.gate import Message, Receive, Scope, Send
    from tests.servers.swift import SwiftServer

HOUR = timedelta(hours=1)
MIB = 1 << 20
# The smallest part that S3 joins with others.
PART = 5 * MIB


@dataclass(frozen=True, slots=True)
class Weaknesses:
    """What a storage lets pass, or answers otherwise, than S3; see tests/servers/swift.py."""

    # A part may be sent after its upload was completed; S3 says 404.
    takes_late_parts: bool = False
    # An upload that was completed may be completed again, with the same parts.
    completes_again: bool = False
    # Statuses, other than 403, of requests with half a signature or none.
    nameless: frozenset[int] = frozenset()


class Store(Protocol):
    """A storage under test, seen from both of its sides."""

    @property
    def storage(self) -> Storage:
        """Return what the product sees of it."""

    @property
    def base(self) -> str:
        """Return what relative addresses are relative to."""

    @property
    def weaknesses(self) -> Weaknesses:
        """Return where it is weaker than S3."""

    def contents(self) -> list[str]:
        """Return the names of all that lies there as a file, or on its way to one."""

    def sign_as_stranger(self, key: str, content: Content) -> SignedPut:
        """Sign with a secret that is not the storage's."""


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A folder whose addresses are served by the gate."""

    folder: Path
    base: str
    weaknesses: Weaknesses = Weaknesses()

    @property
    def storage(self) -> Storage:
        return LocalStorage(self.folder)

    def contents(self) -> list[str]:
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path) for path in found if path.parts[0] != "multipart")

    def sign_as_stranger(self, key: str, content: Content) -> SignedPut:
        with override_settings(SECRET_KEY="the key of somebody else"):
            return self.storage.sign_put(key, content, HOUR)


@dataclass(frozen=True, slots=True)
class SwiftStore:
    """A bucket of a real S3 API."""

    server: SwiftServer
    bucket: Bucket
    storage: Storage
    weaknesses: Weaknesses = Weaknesses(
        takes_late_parts=True, completes_again=True, nameless=frozenset({400, 401, 405})
    )

    @property
    def base(self) -> str:
        return self.server.endpoint_url

    def contents(self) -> list[str]:
        found = self.server.client().list_objects_v2(Bucket=self.bucket.name)
        return [each["Key"] for each in found.get("Contents", [])]

    def sign_as_stranger(self, key: str, content: Content) -> SignedPut:
        bucket = replace(self.bucket, secret_access_key="the key of somebody else")
        return S3Storage(bucket).sign_put(key, content, HOUR)


@dataclass(frozen=True, slots=True)
class Request:
    """What a sender sends."""

    url: str
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes]
    method: str = "PUT"

    def send(self) -> int:
        """Return the status of the answer."""
        answer = urllib3.request(
            self.method, self.url, body=self.body, headers=dict(self.headers), retries=False
        )
        return answer.status


def request_for(store: Store, address: SignedPut, body: bytes | Iterable[bytes]) -> Request:
    """Return the request that an address asks for."""
    return Request(urljoin(store.base, address.url), address.headers, body)


def checksum(content: bytes) -> str:
    """Return a CRC-32 as S3 wants it."""
    return b64encode(crc32(content).to_bytes(4, "big")).decode()


def told(content: bytes, media_type: str = "") -> Content:
    """Return what an address binds when the sender says all of it."""
    return Content(len(content), media_type, checksum(content))


def put(store: Store, key: str, content: bytes) -> int:
    """Send a whole file and return the status of the answer."""
    address = store.storage.sign_put(key, told(content, "text/csv"), HOUR)
    return request_for(store, address, content).send()


def put_part(store: Store, key: str, multipart: str, number: int, content: bytes) -> int:
    """Send a part and return the status of the answer."""
    address = store.storage.sign_part(key, multipart, number, told(content), HOUR)
    return request_for(store, address, content).send()


def read(store: Store, key: str) -> bytes:
    """Return a whole file."""
    with store.storage.open(key) as stream:
        return stream.read()


async def not_found(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer 404: the application behind the gate."""
    start: Message = {"type": "http.response.start", "status": 404, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b""})


@contextmanager
def served(app: Callable[..., object], listener: socket.socket) -> Iterator[None]:
    """Serve an application in a thread, at a socket that listens nowhere yet."""
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert eventually(lambda: server.started)
        yield
    finally:
        server.should_exit = True
        thread.join()
