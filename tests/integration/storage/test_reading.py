"""Files are read as streams: from either storage, a little at a time, never held whole."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO

import pytest

from pricebook.files.keys import new_key
from tests.integration.storage.stores import MIB, PART, Store, put_part

# A block that repeats nowhere else in it.
BLOCK = random.Random(1).randbytes(PART)
SIZE = 13 * PART


def write_whole(store: Store) -> str:
    """Write a large file as the product does."""
    key = new_key()
    with store.storage.write(key) as stream:
        for _ in range(SIZE // PART):
            stream.write(BLOCK)
    return key


def send_in_parts(store: Store) -> str:
    """Send the same as parts."""
    key = new_key()
    multipart = store.storage.begin_multipart(key, "text/csv")
    for number in range(1, SIZE // PART + 1):
        assert put_part(store, key, multipart, number, BLOCK) == 200
    store.storage.complete_multipart(key, multipart, store.storage.list_parts(key, multipart))
    return key


def digest(stream: BinaryIO, size: int) -> str:
    """Return the SHA-256 of what is read in pieces of a size."""
    found = sha256()
    while data := stream.read(size):
        assert len(data) <= size
        found.update(data)
    return found.hexdigest()


WAYS: dict[str, Callable[[Store], str]] = {"whole": write_whole, "parts": send_in_parts}


@pytest.mark.parametrize("way", WAYS)
def test_a_large_file_is_never_held_whole(store: Store, way: str) -> None:
    key = WAYS[way](store)
    whole = sha256()
    for _ in range(SIZE // PART):
        whole.update(BLOCK)
    with store.storage.open(key) as stream:
        # The first answer loads what boto3 needs for it.
        stream.read(1)
    tracemalloc.start()
    try:
        with store.storage.open(key) as stream:
            assert digest(stream, 65_536) == whole.hexdigest()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * MIB


@pytest.fixture
def key(store: Store) -> str:
    """Return the key of a small file with lines."""
    found = new_key()
    with store.storage.write(found) as stream:
        stream.write(b"one\ntwo\nthree")
    return found


def test_a_stream_is_read_as_streams_are(store: Store, key: str) -> None:
    with store.storage.open(key) as stream:
        assert stream.readable()
        assert stream.read(2) == b"on"
        assert stream.readline() == b"e\n"
        target = bytearray(3)
        # The stubs of BinaryIO have no readinto.
        assert getattr(stream, "readinto")(target) == 3  # noqa: B009
        assert target == b"two"
        assert stream.read(0) == b""
        assert list(stream) == [b"\n", b"three"]
        assert stream.read() == stream.read(1) == b""
    assert stream.closed


def test_two_readers_do_not_touch_each_other(store: Store, key: str) -> None:
    with store.storage.open(key) as one, store.storage.open(key) as other:
        assert one.read(4) == other.read(4) == b"one\n"
        one.close()
        assert other.read() == b"two\nthree"


def test_an_empty_file_is_one(store: Store) -> None:
    key = new_key()
    with store.storage.write(key):
        pass
    with store.storage.open(key) as stream:
        assert stream.read() == b""
    assert store.storage.size(key) == 0


def test_a_file_that_is_not_there_is_not_found(store: Store, key: str) -> None:
    for name in (new_key(), f"{key}.csv", key[:-1], f"{key}0"):
        with pytest.raises(FileNotFoundError):
            store.storage.open(name)
        assert store.storage.size(name) is None


def test_what_was_only_signed_for_is_not_there(store: Store) -> None:
    key = new_key()
    multipart = store.storage.begin_multipart(key, "text/csv")
    assert put_part(store, key, multipart, 1, b"x") == 200
    with pytest.raises(FileNotFoundError):
        store.storage.open(key)
    assert store.storage.size(key) is None
