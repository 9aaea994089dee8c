"""Signed addresses of the local storage: what may be sent there, until when, and how it is proved.

The counterpart of AWS Signature Version 4 in a query: whatever the address says is covered by its
signature, an HMAC-SHA-256 under SECRET_KEY.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from django.utils.crypto import constant_time_compare, salted_hmac

from pricebook.files.contract import CHECKSUM_HEADER, Content, SignedPut

PREFIX: Final = "/storage/"
_SALT: Final = "pricebook.files.tickets"


class TicketRefused(Exception):
    """The address was not signed by us, was changed, or has expired; the text says which."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one file, or one part of a multipart upload."""

    key: str
    content: Content
    multipart: str = ""
    # 0: the whole file.
    number: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that the request has to have."""
        chosen = {"Content-Type": self.content.type, CHECKSUM_HEADER: self.content.crc32}
        return {name: value for name, value in chosen.items() if value}


def sign_ticket(ticket: Ticket, lifetime: timedelta) -> SignedPut:
    """Return the address, relative to this product's own, that proves the ticket."""
    expires = int(time.time() + lifetime.total_seconds())
    told = _told(ticket, expires)
    expires_at = datetime.fromtimestamp(expires, UTC)
    query = urlencode({**told, "signature": _signature(ticket.key, told)})
    return SignedPut(f"{PREFIX}{quote(ticket.key)}?{query}", ticket.headers, expires_at)


def check_ticket(key: str, query: str) -> Ticket:
    """Read what `sign_ticket` returned. Raises TicketRefused."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    signature = given.pop("signature", "")
    if not constant_time_compare(signature, _signature(key, given)):
        message = "The address is not one that was signed here, or it was changed."
        raise TicketRefused(message)
    if time.time() >= int(given["expires"]):
        message = "The address has expired; ask for another one."
        raise TicketRefused(message)
    content = Content(int(given["size"]), given["type"], given["crc32"])
    return Ticket(key, content, given["multipart"], int(given["number"]))


def _told(ticket: Ticket, expires: int) -> dict[str, str]:
    """Return all that the address says beside the key."""
    return {
        "expires": str(expires),
        "size": str(ticket.content.size),
        "type": ticket.content.type,
        "crc32": ticket.content.crc32,
        "multipart": ticket.multipart,
        "number": str(ticket.number),
    }


def _signature(key: str, told: Mapping[str, str]) -> str:
    said = urlencode([("key", key), *sorted(told.items())])
    return salted_hmac(_SALT, said, algorithm="sha256").hexdigest()
