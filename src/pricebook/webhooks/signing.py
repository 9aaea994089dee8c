"""Signatures as Standard Webhooks says them (the specification, "Signature scheme")."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PREFIX: Final = "whsec_"
# In bytes; the specification wants 24 to 64.
_LENGTH: Final = 32
_SHORTEST, _LONGEST = 24, 64


def new_secret() -> str:
    """Return a random secret."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_LENGTH)).decode()


def is_secret(text: str) -> bool:
    """Say whether a text can be a secret: `whsec_` and the base64 of 24 to 64 bytes."""
    if not text.startswith(_PREFIX):
        return False
    try:
        return _SHORTEST <= len(_key(text)) <= _LONGEST
    except (binascii.Error, ValueError):
        return False


def signature_headers(
    present_secrets: Iterable[str], *, event_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the three headers of a request; one signature for each secret that is in force.

    `timestamp` is in seconds since 1970, of this attempt; `body` the exact bytes that are sent.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_sign(secret, signed) for secret in present_secrets),
    }


def _sign(secret: str, signed: bytes) -> str:
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
