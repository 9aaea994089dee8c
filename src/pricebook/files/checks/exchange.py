"""Requests as a browser sends them: no library of S3 between us and what storage answers."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
)

_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 30
_PATIENCE: Final = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)


class Unreachable(Exception):
    """No answer came; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether the request was taken."""
        return self.status == HTTPStatus.OK

    @property
    def is_refusal(self) -> bool:
        """Whether the request was understood and refused."""
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def summary(self) -> str:
        """Return the status and S3's code, such as "403 SignatureDoesNotMatch"."""
        return f"{self.status} {self.element('Code')}".strip()

    def element(self, name: str) -> str:
        """Return the text of an element of S3's XML, "" when it has none of that name."""
        found = re.search(rf"<{name}>([^<]*)</{name}>".encode(), self.body)
        return found[1].decode(errors="replace") if found else ""


def send(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request. Raises Unreachable; its text never has the address's signature."""
    try:
        # No retries and no redirects: the first answer is what a browser would have to live with.
        # A connection of its own: one that is kept may be closed while a check waits.
        with urllib3.PoolManager(retries=False, timeout=_PATIENCE) as pool:
            answer = pool.request(method, url, body=body, headers=headers, redirect=False)
    except HTTPError as error:
        raise Unreachable(_reason(error, urlsplit(url).netloc)) from error
    return Answer(answer.status, answer.headers, answer.data)


def _reason(error: HTTPError, host: str) -> str:
    if isinstance(error, NameResolutionError):
        return f"There is no machine of the name {host}."
    if isinstance(error, NewConnectionError):
        return f"Nobody listens at {host}."
    if isinstance(error, ConnectTimeoutError):
        return f"{host} does not answer within {_CONNECT_SECONDS} seconds."
    if isinstance(error, SSLError):
        return f"No TLS with {host}: {_tls_reason(error)}."
    return f"The connection to {host} broke ({type(error).__name__})."


def _tls_reason(error: SSLError) -> str:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return cause.reason.lower().replace("_", " ")
    return str(cause)
