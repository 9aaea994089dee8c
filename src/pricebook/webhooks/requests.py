"""What a request to an endpoint carries besides its body."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from pricebook.webhooks.signing import signature_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

# Of a signature, so much tells one from another.
_SHOWN: Final = 6
_USER_AGENT: Final = f"Pricebook/{version('pricebook')}"


def request_headers(
    secrets: Iterable[str], *, event_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers of one attempt, at that time, signed with each of the secrets."""
    signature = signature_headers(
        secrets, event_id=event_id, timestamp=int(at.timestamp()), body=body
    )
    return {
        "content-type": "application/json; charset=utf-8",
        "user-agent": _USER_AGENT,
        **signature,
    }


def as_logged(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a request as the log keeps them.

    Signatures are shortened: with a whole one, whoever reads the log could send the request again.
    """
    return {
        name: _shortened(value) if name == "webhook-signature" else value
        for name, value in headers.items()
    }


def _shortened(signatures: str) -> str:
    versioned = (each.partition(",") for each in signatures.split())
    return " ".join(f"{version},{value[:_SHOWN]}…" for version, _, value in versioned)
