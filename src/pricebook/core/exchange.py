"""A request to a foreign host, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """Why there is no answer."""

    FORBIDDEN = "forbidden"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"


class Failed(Exception):
    """There is no answer; the text is a sentence for people."""

    def __init__(self, failure: Failure, sentence: str) -> None:
        super().__init__(sentence)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered: at most 64 KiB of the body, and whether more of it was cut off."""

    status: int
    # Names in lower case, in the order they came; one may come twice.
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time went, in milliseconds; None for what was not done, or not finished.

    `first_byte_ms` counts from the moment the request was sent.
    """

    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it: either an answer, of whatever status, or a failure."""

    # The address that was connected to; blank when none was.
    address: str
    is_reused: bool
    timing: Timing
    answer: Answer | None
    failure: Failure | None
    # For people; blank when there is an answer.
    sentence: str
