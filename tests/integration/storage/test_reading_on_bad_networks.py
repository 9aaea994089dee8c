"""Connections to a bucket that break while a file is read, and a storage that stays away (A2)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pytest

from pricebook.files import pieces
from pricebook.files.contract import Storage, StorageUnavailable
from pricebook.files.keys import new_key
from pricebook.files.s3 import S3Storage
from tests.integration.storage.cutting_proxy import CuttingProxy, cutting_proxy
from tests.integration.storage.stores import MIB

if TYPE_CHECKING:
    from tests.integration.storage.stores import SwiftStore

CONTENT = random.Random(2).randbytes(9 * MIB + 5)
# What was under way when a connection broke is at most what the stream asks for at once.
LOST = pieces._BUFFER


@contextmanager
def no_pauses() -> Iterator[list[float]]:
    """Leave out the pauses, all of them, and return them."""
    made: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", made.append)
        yield made


def read_on(stream: BinaryIO, size: int = 100_003) -> bytes:
    """Read to the end as an import does, a little at a time."""
    with no_pauses():
        return b"".join(iter(lambda: stream.read(size), b""))


@pytest.fixture
def key(swift_store: SwiftStore) -> str:
    found = new_key()
    with swift_store.storage.write(found) as stream:
        stream.write(CONTENT)
    return found


@pytest.fixture
def network(swift_store: SwiftStore) -> Iterator[CuttingProxy]:
    with cutting_proxy(swift_store.base) as proxy:
        yield proxy


@pytest.fixture
def far(swift_store: SwiftStore, network: CuttingProxy) -> Storage:
    """Return the storage as it is seen through the network."""
    return S3Storage(replace(swift_store.bucket, endpoint_url=network.url))


CUTS: list[list[int | None]] = [
    [],
    [3 * MIB],
    [3 * MIB, 2 * MIB + 1, 2 * MIB - 1],
    [0, 0, 3 * MIB + 7, 0, 0, 4 * MIB, 0],
    [len(CONTENT) - 1],
    [len(CONTENT)],
]


@pytest.mark.parametrize("cuts", CUTS, ids=str)
def test_a_stream_goes_on_where_it_broke(
    far: Storage, network: CuttingProxy, key: str, cuts: list[int | None]
) -> None:
    network.cuts = list(cuts)
    with far.open(key) as stream:
        assert read_on(stream) == CONTENT
    assert len(network.requests) == len(cuts) + (cuts != [len(CONTENT)])
    check_requests(network)
    for before, after in zip(network.requests, network.requests[1:], strict=False):
        # Nothing that had been handed over is asked for again.
        assert before.place + before.passed - after.place < LOST


def check_requests(network: CuttingProxy) -> None:
    """Assert that each request goes on where the bytes before ended, in the same object."""
    assert network.requests[0].place == 0
    etags = {request.headers["if-match"] for request in network.requests}
    assert len(etags) == 1
    assert etags.pop().strip('"')
    for before, after in zip(network.requests, network.requests[1:], strict=False):
        assert before.place <= after.place <= before.place + before.passed


def test_a_reset_connection_costs_no_byte(far: Storage, network: CuttingProxy, key: str) -> None:
    network.cuts, network.resets = [0, 3 * MIB + 7, 2 * MIB, 4 * MIB - 1], True
    with far.open(key) as stream:
        assert read_on(stream) == CONTENT
    assert len(network.requests) == 5
    check_requests(network)


def test_a_network_that_carries_little_at_a_time_is_enough(
    far: Storage, network: CuttingProxy, key: str
) -> None:
    # Each time less than what the stream asks for, and more often than it would bear in vain.
    network.cuts = [LOST // 4] * 9
    with far.open(key) as stream:
        assert read_on(stream) == CONTENT
    check_requests(network)


def test_a_storage_that_stays_away_is_said_so(
    swift_store: SwiftStore, far: Storage, network: CuttingProxy, key: str
) -> None:
    with far.open(key) as stream:
        assert stream.read(5) == CONTENT[:5]
        network.cuts = [0] * 100
        swift_store.server.stop()
        try:
            with (
                no_pauses() as pauses,
                pytest.raises(StorageUnavailable, match="could not be read after 8 attempts"),
            ):
                stream.read()
        finally:
            swift_store.server.start()
    # None of them is boto's own.
    assert len(pauses) == 7
    assert sum(pauses) < 30


def test_a_storage_that_comes_back_is_read_on(swift_store: SwiftStore, key: str) -> None:
    real, paused = time.sleep, 0
    with swift_store.storage.open(key) as stream, pytest.MonkeyPatch.context() as patch:
        collected = stream.read(5)
        swift_store.server.stop()

        def come_back_in_the_third(_seconds: float) -> None:
            nonlocal paused
            paused += 1
            if paused == 3:
                patch.setattr(time, "sleep", real)
                swift_store.server.start()

        patch.setattr(time, "sleep", come_back_in_the_third)
        collected += stream.read()
    assert collected == CONTENT
    assert paused == 3


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 10, 3])
def test_two_files_are_never_mixed(
    swift_store: SwiftStore, far: Storage, network: CuttingProxy, key: str, size: int
) -> None:
    network.cuts = [3 * MIB]
    with far.open(key) as stream:
        assert stream.read(5) == CONTENT[:5]
        with swift_store.storage.write(key) as replaced:
            replaced.write(bytes(size))
        with (
            no_pauses() as pauses,
            pytest.raises(StorageUnavailable, match="refuses to go on reading"),
        ):
            stream.read()
    # Asking again is of no use, so nobody waited for it.
    assert len(pauses) == 1


def test_a_file_that_is_deleted_meanwhile_is_refused(
    swift_store: SwiftStore, far: Storage, network: CuttingProxy, key: str
) -> None:
    network.cuts = [3 * MIB]
    with far.open(key) as stream:
        stream.read(5)
        swift_store.storage.delete(key)
        with (
            no_pauses() as pauses,
            pytest.raises(StorageUnavailable, match="refuses to go on reading"),
        ):
            stream.read()
    assert len(pauses) == 1


def test_a_file_is_found_however_the_network_is(far: Storage, key: str) -> None:
    assert far.size(key) == len(CONTENT)
    with pytest.raises(FileNotFoundError):
        far.open(new_key())
