"""The checks of the local storage: its folder, and the site that takes what is sent there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.conf import settings

from pricebook.files.checks.bench import Bench
from pricebook.files.checks.exchange import Unreachable
from pricebook.files.checks.results import AFTER_FAILURE, Failed, Outcome, Result, run, skipped
from pricebook.files.checks.store import check_clearing, check_store
from pricebook.files.checks.writing import sample
from pricebook.files.contract import Content
from pricebook.files.local import LocalStorage
from pricebook.files.tickets import Ticket

_BYTES: Final = 1_000
_ADVICE: Final = "Run this command with the PRICEBOOK_HOME and the SECRET_KEY of the site."
# Listening on all addresses: the first of them is this machine's own.
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def check_folder() -> Iterator[Result]:
    """Run all checks of the local storage; some need the site to be running."""
    folder = Path(settings.FILES_ROOT)
    local = LocalStorage(folder)
    site = site_address()
    bench = Bench(local, _ADVICE, site)
    try:
        writing = run("folder", partial(_check_writing, bench, local, folder))
        yield writing
        if writing.outcome is Outcome.PASSED:
            yield run("space", partial(_check_space, folder))
            yield from _check_site(bench, site)
        else:
            yield skipped("rest", AFTER_FAILURE)
    finally:
        # What could not be written cannot be deleted either.
        with suppress(OSError):
            bench.clear()


def site_address() -> str:
    """Return the address at which the site listens, as this machine reaches it."""
    host = _ANY_ADDRESS.get(settings.HOST, settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def _check_site(bench: Bench, site: str) -> Iterator[Result]:
    try:
        answer = bench.send("GET", "/storage/check")
    except Unreachable:
        sentence = f"Not tried: the site does not run at {site}. Start it and check again."
        yield skipped("site", sentence)
        return
    gate = run("site", partial(_check_gate, site, answer.status))
    yield gate
    if gate.outcome is Outcome.PASSED:
        yield from check_store(bench)
        yield run("clear", partial(check_clearing, bench))


def _check_gate(site: str, status: int) -> str:
    if status != HTTPStatus.METHOD_NOT_ALLOWED:
        sentence = f"What answers at {site} does not take files ({status})."
        change = "Set HOST and PORT to where the site listens, and restart it when it is older."
        raise Failed(sentence, change)
    return f"The site at {site} takes files."


def _check_writing(bench: Bench, local: LocalStorage, folder: Path) -> str:
    """Write a file as the site does, which needs a file system with hard links."""
    body = sample(_BYTES)
    try:
        with local.receive(Ticket(bench.new_key(), Content(len(body)))) as stream:
            stream.write(body)
    except OSError as error:
        sentence = f"The folder {folder} cannot be written to: {error.strerror}."
        change = (
            "Give it to the user that runs Pricebook, or set PRICEBOOK_HOME to another folder;"
            " its file system has to know hard links."
        )
        raise Failed(sentence, change) from error
    return f"Files go to the folder {folder}."


def _check_space(folder: Path) -> str:
    """Compare what is free with the largest file that is taken in."""
    free, wanted = shutil.disk_usage(folder).free, settings.IMPORT_MAX_BYTES
    if free < wanted:
        sentence = f"{folder} has {free:,} bytes left; one file may have {wanted:,}."
        change = "Make room, or set PRICEBOOK_IMPORT_MAX_BYTES lower."
        raise Failed(sentence, change)
    return f"{free // 10**9:,} GB are free there."
