"""Where the checks try things: they write under keys of their own, and take all of it away."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pricebook.files.checks.exchange import Answer, send
from pricebook.files.checks.results import Failed
from pricebook.files.contract import Content, SignedPut, Storage, StorageUnavailable
from pricebook.files.keys import new_key

MEDIA_TYPE: Final = "text/csv"
# An operator who finds one that stayed behind sees where it comes from.
_SUFFIX: Final = ".check"
_LIFETIME: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trial:
    """A signed address and the key to which it leads."""

    key: str
    signed: SignedPut


class Bench:
    """A storage with what was written to it.

    `advice` is what to change when it refuses what it should take; `site` stands before relative
    addresses.
    """

    def __init__(self, storage: Storage, advice: str, site: str = "") -> None:
        self.storage = storage
        self.advice = advice
        self._site = site
        self._keys: list[str] = []
        self._multiparts: list[tuple[str, str]] = []

    def sign(self, body: bytes, lifetime: timedelta = _LIFETIME) -> Trial:
        """Sign an address for a new key and exactly these bytes."""
        key = self.new_key()
        content = Content(len(body), MEDIA_TYPE, checksum(body))
        return Trial(key, self.storage.sign_put(key, content, lifetime))

    def begin(self) -> tuple[str, str]:
        """Begin an upload in parts and return its key and id."""
        key = self.new_key()
        begun = key, self.storage.begin_multipart(key, MEDIA_TYPE)
        self._multiparts.append(begun)
        return begun

    def sign_part(self, begun: tuple[str, str], number: int, body: bytes) -> SignedPut:
        """Sign the address of a part that has exactly these bytes."""
        content = Content(len(body), crc32=checksum(body))
        return self.storage.sign_part(*begun, number, content, _LIFETIME)

    def put(
        self, signed: SignedPut, body: bytes, changed: Mapping[str, str] | None = None
    ) -> Answer:
        """Send bytes to a signed address, with its headers or some of them changed."""
        return self.send("PUT", signed.url, body, {**signed.headers, **(changed or {})})

    def put_well(self, signed: SignedPut, body: bytes) -> None:
        """Send bytes to an address that was signed for them. Raises Failed when it is refused."""
        answer = self.put(signed, body)
        if not answer.is_ok:
            sentence = f"Storage refuses a signed PUT ({answer.summary})."
            raise Failed(sentence, self.advice)

    def send(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; a relative address is one of the site. Raises Unreachable."""
        address = self._site + url if url.startswith("/") else url
        return send(method, address, body=body, headers=headers)

    def clear(self) -> None:
        """Take away all that was written. Raises StorageUnavailable."""
        while self._keys:
            self.storage.delete(self._keys.pop())
        while self._multiparts:
            with suppress(StorageUnavailable):
                self.storage.abort_multipart(*self._multiparts.pop())

    def new_key(self) -> str:
        """Return a key of which `clear` knows."""
        key = new_key(_SUFFIX)
        self._keys.append(key)
        return key


def checksum(body: bytes) -> str:
    """Return the CRC-32 as S3 writes it."""
    return base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()
