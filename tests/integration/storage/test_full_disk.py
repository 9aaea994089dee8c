"""The local storage on a full disk: told clearly, nothing half-written (ABUSE 20)."""

from __future__ import annotations

import gc
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import urllib3
from pytest_django import Settings

from pricebook.config.asgi import application
from pricebook.files.contract import Content
from pricebook.files.keys import new_key
from pricebook.files.space import StorageFull
from tests.integration.storage.stores import HOUR, LocalStore, put, read, served, told
from tests.small_disk import MIB, fill, fill_names, small_disk

SENTENCE = (
    "The disk on which files are kept is full. Nothing was changed: make room there, "
    "then try again."
)
SMALL = b"sku,name\n"


@pytest.fixture
def tight(settings: Settings, gate_address: str, tmp_path: Path) -> Iterator[LocalStore]:
    """Return a folder with room for 1 MiB."""
    settings.BUCKET = None
    settings.FILES_ROOT = tmp_path / "disk"
    with small_disk(settings.FILES_ROOT) as folder:
        yield LocalStore(folder, gate_address)


def sent(store: LocalStore, content: Content, body: bytes) -> tuple[int, dict[str, Any]]:
    """Send a body to an address signed for a content; return the status and the problem."""
    address = store.storage.sign_put(new_key(), content, HOUR)
    answer = urllib3.request(
        "PUT", urljoin(store.base, address.url), body=body, headers=dict(address.headers)
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status, json.loads(answer.data)


class TestWriting:
    def test_what_does_not_fit_is_refused_and_leaves_nothing(self, tight: LocalStore) -> None:
        with (
            pytest.raises(StorageFull, match="The disk on which files are kept is full"),
            tight.storage.write(new_key()) as stream,
        ):
            stream.write(b"x" * 2 * MIB)
        assert tight.contents() == []

    def test_what_waits_in_the_buffer_is_no_exception(self, tight: LocalStore) -> None:
        fill(tight.folder)
        with pytest.raises(StorageFull), tight.storage.write(new_key()) as stream:
            stream.write(SMALL)
        assert tight.contents() == ["ballast"]

    def test_a_folder_that_cannot_be_made_is_told(self, tight: LocalStore) -> None:
        fill_names(tight.folder)
        with pytest.raises(StorageFull):
            tight.storage.begin_multipart(new_key(), "text/csv")

    def test_what_is_there_already_is_kept(self, tight: LocalStore) -> None:
        key = new_key()
        with tight.storage.write(key) as stream:
            stream.write(SMALL)
        with pytest.raises(StorageFull), tight.storage.write(key) as stream:
            stream.write(b"x" * 2 * MIB)
        assert read(tight, key) == SMALL

    def test_other_errors_of_the_system_stay_what_they_are(self, tight: LocalStore) -> None:
        with pytest.raises(FileNotFoundError), tight.storage.write(new_key()):
            tight.storage.open(new_key())


class TestGate:
    def test_what_does_not_fit_is_answered_and_leaves_nothing(self, tight: LocalStore) -> None:
        body = b"x" * 2 * MIB
        status, problem = sent(tight, told(body, "text/csv"), body)
        assert (status, problem["status"]) == (507, 507)
        assert problem["detail"].startswith("The file could not be stored: there may be no room.")
        assert tight.contents() == []

    def test_with_room_again_it_is_taken(self, tight: LocalStore) -> None:
        key, ballast = new_key(), fill(tight.folder)
        assert put(tight, key, SMALL) == 507
        ballast.unlink()
        assert put(tight, key, SMALL) == 200
        assert read(tight, key) == SMALL

    def test_a_wrong_body_on_a_full_disk_is_answered_too(self, tight: LocalStore) -> None:
        fill(tight.folder)
        status, _ = sent(tight, told(SMALL, "text/csv"), SMALL[::-1])
        assert status == 507
        assert tight.contents() == ["ballast"]


# Django leaves the file that it could not fill to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_body_that_cannot_be_spooled_is_answered(
    tight: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tight.folder))
    with socket.create_server(("127.0.0.1", 0)) as listener, served(application, listener):
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/uploads/"
        answer = urllib3.request("POST", address, body=b"x" * 4 * MIB)
    gc.collect()
    assert answer.status == 507
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(answer.data)["detail"] == SENTENCE
    assert tight.contents() == []
