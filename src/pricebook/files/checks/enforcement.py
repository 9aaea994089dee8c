"""Whether storage refuses what was not signed for (ABUSE 12).

There are stand-ins for S3 that take any request. With one of them every promise about uploads is
void, and nothing in daily use would show it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from pricebook.files.checks.bench import MEDIA_TYPE, Bench
from pricebook.files.checks.exchange import Answer
from pricebook.files.checks.results import GUIDE, Failed, Result, run
from pricebook.files.checks.writing import sample

_BYTES: Final = 1_000
_BRIEF: Final = timedelta(seconds=1)
_CHANGE: Final = f"Do not use this storage as it is set up now: {GUIDE}, “Security”."


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that has to be refused, and what it means when it is not."""

    name: str
    what: str
    danger: str
    make: Callable[[Bench], Answer]


def check_enforcement(bench: Bench, seconds_ahead: float = 0) -> Iterator[Result]:
    """Try what nobody may do; `seconds_ahead` is by how much our clock is before storage's."""
    expired = Attempt(
        "expired",
        "An address that has expired",
        "addresses that leak can be used for ever",
        partial(_expired, seconds_ahead=seconds_ahead),
    )
    for attempt in (*_ATTEMPTS, expired):
        yield run(f"refuses-{attempt.name}", partial(_check, attempt, bench))


def _check(attempt: Attempt, bench: Bench) -> str:
    answer = attempt.make(bench)
    if answer.is_refusal:
        return f"{attempt.what} is refused ({answer.summary})."
    if answer.is_ok:
        sentence = f"{attempt.what} is taken: {attempt.danger}."
        raise Failed(sentence, _CHANGE)
    sentence = f"{attempt.what} is answered with {answer.summary}, which is no refusal."
    raise Failed(sentence, _CHANGE)


def _changed_signature(bench: Bench) -> Answer:
    body = sample(_BYTES)
    trial = bench.sign(body)
    url = re.sub("(?i)(signature=)(.)", _other_digit, trial.signed.url)
    return bench.send("PUT", url, body, trial.signed.headers)


def _other_digit(found: re.Match[str]) -> str:
    return found[1] + ("1" if found[2] == "0" else "0")


def _without_signature(bench: Bench) -> Answer:
    body = sample(_BYTES)
    trial = bench.sign(body)
    return bench.send("PUT", _bare(trial.signed.url), body, trial.signed.headers)


def _read_without_signature(bench: Bench) -> Answer:
    body = sample(_BYTES)
    signed = bench.sign(body).signed
    bench.put_well(signed, body)
    return bench.send("GET", _bare(signed.url))


def _one_byte_more(bench: Bench) -> Answer:
    body = sample(_BYTES)
    return bench.put(bench.sign(body).signed, body + b"x")


def _other_type(bench: Bench) -> Answer:
    body = sample(_BYTES)
    return bench.put(bench.sign(body).signed, body, {"Content-Type": "text/html"})


def _other_bytes(bench: Bench) -> Answer:
    return bench.put(bench.sign(sample(_BYTES)).signed, sample(_BYTES))


def _again(bench: Bench) -> Answer:
    body = sample(_BYTES)
    signed = bench.sign(body).signed
    bench.put_well(signed, body)
    return bench.put(signed, body)


def _expired(bench: Bench, *, seconds_ahead: float) -> Answer:
    body = sample(_BYTES)
    signed = bench.sign(body, _BRIEF).signed
    # A second more, because both sides count whole ones.
    time.sleep(_BRIEF.total_seconds() + max(seconds_ahead, 0) + 1)
    return bench.put(signed, body)


def _bare(url: str) -> str:
    return url.partition("?")[0]


_ATTEMPTS: Final = (
    Attempt(
        "changed-signature",
        "An address whose signature was changed",
        "signatures are not checked, and anybody can write what he likes",
        _changed_signature,
    ),
    Attempt(
        "anonymous-write",
        "A PUT without a signature",
        "anybody can write what he likes",
        _without_signature,
    ),
    Attempt(
        "anonymous-read",
        "A GET without a signature",
        "anybody who learns a key can read the file",
        _read_without_signature,
    ),
    Attempt(
        "other-size",
        "A file with one byte more than was signed for",
        "people can send files of any size",
        _one_byte_more,
    ),
    Attempt(
        "other-type",
        f"Another content type than the {MEDIA_TYPE} that was signed for",
        "people can store pages that a browser would run",
        _other_type,
    ),
    Attempt(
        "other-bytes",
        "A file with another checksum than was signed for",
        "files that were damaged on their way are stored unnoticed",
        _other_bytes,
    ),
    Attempt(
        "replay",
        "The second use of an address",
        "whoever has the address can replace a file that is being imported",
        _again,
    ),
)
