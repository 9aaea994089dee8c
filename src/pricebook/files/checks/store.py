"""The checks that every storage has to pass, a bucket as well as a folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from pricebook.files.checks.bench import Bench
from pricebook.files.checks.enforcement import check_enforcement
from pricebook.files.checks.results import Outcome, Result, run, skipped
from pricebook.files.checks.writing import check_multipart, check_reading, check_upload, sample

_BYTES: Final = 100_000


def check_store(bench: Bench, seconds_ahead: float = 0) -> Iterator[Result]:
    """Send files to signed addresses, whole and in parts, and try what must be refused."""
    body = sample(_BYTES)
    trial = bench.sign(body)
    upload = run("upload", partial(check_upload, bench, trial, body))
    yield upload
    if upload.outcome is Outcome.PASSED:
        yield run("read", partial(check_reading, bench, trial, body))
        yield from check_enforcement(bench, seconds_ahead)
    else:
        # Where nothing is taken, a refusal says nothing.
        yield skipped("refusals", "Not tried what has to be refused, because nothing is taken.")
    yield run("multipart", partial(check_multipart, bench))


def check_clearing(bench: Bench) -> str:
    """Take away what the checks wrote."""
    bench.clear()
    return "All that was written for these checks is deleted again."
