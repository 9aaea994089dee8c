"""Receiving and storing files: bounded, hashed, visible only when whole."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from pytest_django import Settings

from pricebook.files import storage
from pricebook.files.models import StoredFile
from pricebook.files.receive import FileRefused, FileTooLarge, receive_file


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_appears_whole_when_its_block_ends_well(tmp_path: Path) -> None:
    key = storage.new_key()
    with storage.write_file(key) as stream:
        stream.write(b"half")
        with pytest.raises(FileNotFoundError):
            storage.open_file(key)
    with storage.open_file(key) as stored:
        assert stored.read() == b"half"
    assert len(names(tmp_path)) == 1


def test_a_file_whose_writing_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with storage.write_file(storage.new_key()) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names(tmp_path) == []


def test_deleting_what_is_gone_is_no_error() -> None:
    storage.delete_file(storage.new_key())


@pytest.mark.django_db
class TestReceiving:
    def test_size_and_hash_are_those_of_the_bytes(self) -> None:
        content = b"sku,name\n" * 300_000
        stored = receive_file(io.BytesIO(content), name="../p.csv", actor=None)
        assert (stored.name, stored.size) == ("p.csv", len(content))
        assert stored.sha256 == hashlib.sha256(content).hexdigest()

    def test_an_empty_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match="The file is empty"):
            receive_file(io.BytesIO(), name="p.csv", actor=None)
        assert names(tmp_path) == []

    def test_one_byte_over_the_limit_is_refused_and_nothing_kept(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        settings.IMPORT_MAX_BYTES = 100
        assert receive_file(io.BytesIO(b"x" * 100), name="p.csv", actor=None).size == 100
        with pytest.raises(FileTooLarge, match="limit of 100 bytes"):
            receive_file(io.BytesIO(b"x" * 101), name="p.csv", actor=None)
        assert len(names(tmp_path)) == 1
        assert StoredFile.objects.count() == 1
