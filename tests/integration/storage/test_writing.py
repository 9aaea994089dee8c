"""What the product itself writes is there whole, or not at all."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pricebook.files.contract import Storage
from pricebook.files.keys import new_key
from tests.integration.storage.stores import HOUR, MIB, LocalStore, Store, SwiftStore, read

Action = Callable[[], None]

SIZES = [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 16 * MIB, 20 * MIB + 3]


class Interrupted(BaseException):
    """What ends a block, and is no Exception."""


@pytest.mark.parametrize("size", SIZES)
def test_what_is_written_is_read(store: Store, size: int) -> None:
    key, content = new_key(), random.Random(size).randbytes(size)
    with store.storage.write(key) as stream:
        for place in range(0, size, 3 * MIB + 1):
            assert stream.write(content[place : place + 3 * MIB + 1])
        assert store.storage.size(key) is None
        with pytest.raises(FileNotFoundError):
            store.storage.open(key)
    assert (store.storage.size(key), store.contents()) == (size, [key])
    assert read(store, key) == content


def test_bytes_come_as_any_buffer(store: Store) -> None:
    key = new_key()
    with store.storage.write(key) as stream:
        stream.write(bytearray(b"one "))
        stream.write(memoryview(b"two"))
        stream.flush()
    assert read(store, key) == b"one two"


@pytest.mark.parametrize("error", [ValueError, Interrupted])
@pytest.mark.parametrize("size", [10, 20 * MIB])
def test_what_was_not_written_to_its_end_is_not_there(
    store: Store, error: type[BaseException], size: int
) -> None:
    key = new_key()
    with pytest.raises(error):
        _break_off(store.storage, key, size, error)
    assert (store.storage.size(key), store.contents()) == (None, [])
    assert store.storage.forget_unfinished(datetime.now(UTC) + HOUR) == 0


def _break_off(
    storage: Storage, key: str, size: int, error: type[BaseException], first: Action | None = None
) -> None:
    """Write so many bytes, do something, and leave the block by an error."""
    with storage.write(key) as stream:
        stream.write(b"x" * size)
        if first:
            first()
        raise error


def test_memory_holds_one_part_at_a_time(store: Store) -> None:
    key, block = new_key(), b"x" * MIB
    with store.storage.write(key):
        # The first request loads what boto3 needs for it.
        pass
    tracemalloc.start()
    try:
        with store.storage.write(key) as stream:
            for _ in range(64):
                stream.write(block)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert store.storage.size(key) == 64 * MIB
    assert peak < 28 * MIB


def test_a_file_is_deleted_as_often_as_one_likes(store: Store) -> None:
    key = new_key()
    with store.storage.write(key) as stream:
        stream.write(b"x")
    store.storage.delete(key)
    assert (store.storage.size(key), store.contents()) == (None, [])
    store.storage.delete(key)


def test_what_never_was_is_deleted_too(store: Store) -> None:
    store.storage.delete(new_key())


def test_a_writer_that_was_killed_leaves_what_can_be_forgotten(store: Store) -> None:
    key = new_key()
    held = _begin_and_never_end(store.storage, key)
    assert store.storage.size(key) is None
    now = datetime.now(UTC)
    assert store.storage.forget_unfinished(now - HOUR) == 0
    assert store.storage.forget_unfinished(now + HOUR) == 1
    assert (store.storage.size(key), store.contents()) == (None, [])
    assert held


def _begin_and_never_end(storage: Storage, key: str) -> object:
    """Return what a block holds that is neither left nor collected."""
    block = storage.write(key)
    stream = block.__enter__()
    stream.write(b"x" * 9 * MIB)
    return block


def test_an_upload_of_a_storage_that_went_away_keeps_its_own_reason(
    swift_store: SwiftStore,
) -> None:
    key = new_key()
    try:
        with pytest.raises(Interrupted):
            _break_off(swift_store.storage, key, 9 * MIB, Interrupted, swift_store.server.stop)
    finally:
        swift_store.server.start()
    assert swift_store.storage.forget_unfinished(datetime.now(UTC) + HOUR) == 1


def test_a_sweep_bears_that_drafts_end_meanwhile(
    local: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.stat

    def ending(path: Path, *, follow_symlinks: bool = True) -> object:
        if path.parent.name == "incoming":
            path.unlink(missing_ok=True)
        return real(path, follow_symlinks=follow_symlinks)

    held = _begin_and_never_end(local.storage, new_key())
    monkeypatch.setattr(Path, "stat", ending)
    assert local.storage.forget_unfinished(datetime.now(UTC) + HOUR) == 0
    monkeypatch.undo()
    assert local.contents() == []
    assert held
