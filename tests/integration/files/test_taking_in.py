"""Taking files in: bounded, hashed, visible only when whole."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from pytest_django import Settings

from pricebook.files.models import StoredFile
from pricebook.files.receive import FileRefused, FileTooLarge, receive_file


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


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
