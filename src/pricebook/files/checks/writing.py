"""Whether storage keeps what is sent to signed addresses, whole and in parts."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import BinaryIO, Final

from pricebook.files.checks.bench import Bench, Trial, checksum
from pricebook.files.checks.results import GUIDE, Failed
from pricebook.files.contract import MIN_PART_BYTES, NoSuchMultipart, Part

_READ_BYTES: Final = 1 << 20
_OTHER_STORAGE: Final = (
    f"{GUIDE} names storages that do what is needed; a proxy in front of yours may be the cause."
)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def sample(size: int) -> bytes:
    """Return bytes that no storage has kept from an earlier check."""
    return random.randbytes(size)  # noqa: S311


def check_upload(bench: Bench, trial: Trial, body: bytes) -> str:
    """Send a file to a signed address, as a browser does."""
    bench.put_well(trial.signed, body)
    return "A file sent to a signed address is taken."


def check_reading(bench: Bench, trial: Trial, body: bytes) -> str:
    """Read it back as workers do: its size, then its bytes as a stream."""
    size = bench.storage.size(trial.key)
    if size != len(body):
        found = "is not there" if size is None else f"has {size} bytes"
        sentence = f"The file of {len(body)} bytes that storage took {found}."
        raise Failed(sentence, bench.advice)
    with bench.storage.open(trial.key) as stream:
        _compare(stream, body)
    return "It is read back byte by byte."


def check_multipart(bench: Bench) -> str:
    """Send a file in two parts, join them and read the whole; give another one up."""
    pieces = [sample(MIN_PART_BYTES), sample(MIN_PART_BYTES)]
    begun = bench.begin()
    for number, piece in enumerate(pieces, 1):
        bench.put_well(bench.sign_part(begun, number, piece), piece)
    parts = bench.storage.list_parts(*begun)
    if parts != [Part(number, MIN_PART_BYTES) for number in (1, 2)]:
        sentence = f"Of the 2 parts that were sent, storage lists {len(parts)}."
        raise Failed(sentence, _OTHER_STORAGE)
    bench.storage.complete_multipart(*begun, parts)
    with bench.storage.open(begun[0]) as stream:
        _compare(stream, b"".join(pieces))
    _give_up(bench)
    return "A file sent in two parts is joined and read back; another is given up."


def _give_up(bench: Bench) -> None:
    """Abort an upload, and look for old ones, of which there are none so old."""
    begun = bench.begin()
    bench.storage.abort_multipart(*begun)
    bench.storage.forget_unfinished(_LONG_AGO)
    try:
        bench.storage.list_parts(*begun)
    except NoSuchMultipart:
        return
    sentence = "An upload in parts that was given up is still there."
    raise Failed(sentence, _OTHER_STORAGE)


def _compare(stream: BinaryIO, body: bytes) -> None:
    found = b"".join(iter(lambda: stream.read(_READ_BYTES), b""))
    if checksum(found) != checksum(body) or len(found) != len(body):
        sentence = "Other bytes are read back than those that were sent."
        raise Failed(sentence, _OTHER_STORAGE)
