"""Sending a file straight to storage: opened, signed for, started, given up (A2, ABUSE 12)."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import pytest
from django.conf import settings as present
from django.utils import timezone

from pricebook.accounts.models import Scope, User
from pricebook.files.contract import StorageUnavailable
from pricebook.files.local import LocalStorage
from pricebook.files.models import StoredFile, Upload
from pricebook.files.storage import storage
from pricebook.files.uploads import forget_uploads
from pricebook.imports.models import Import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.integration.api.expect import expect_problem
from tests.integration.api.uploading import (
    CONTENT,
    CREATE,
    JSON,
    crc32,
    opened,
    send,
    send_parts,
    start,
)

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.integration.api.conftest import KeyedClient


pytestmark = pytest.mark.django_db


def test_a_small_file_gets_one_address_that_binds_it(uploader: Client) -> None:
    upload = opened(uploader, content_type="text/csv", crc32=crc32(CONTENT))
    assert upload["url"].startswith(f"http://testserver/storage/{upload['key']}?")
    assert upload == {
        "id": upload["id"],
        "key": upload["key"],
        "file_name": "products.csv",
        "file_size": len(CONTENT),
        "content_type": "text/csv",
        "created_at": upload["created_at"],
        "expires_at": upload["expires_at"],
        "method": "PUT",
        "url": upload["url"],
        "headers": {"Content-Type": "text/csv", "x-amz-checksum-crc32": crc32(CONTENT)},
        "url_expires_at": upload["url_expires_at"],
        "part_size": None,
        "part_count": None,
        "parts": [],
        "import_url": None,
    }
    opened_at = datetime.fromisoformat(upload["created_at"])
    lasting = datetime.fromisoformat(upload["expires_at"]) - opened_at
    usable = datetime.fromisoformat(upload["url_expires_at"]) - opened_at
    assert timedelta(hours=23) < lasting <= timedelta(hours=24, seconds=1)
    assert timedelta(minutes=59) < usable <= timedelta(hours=1, seconds=1)


def test_what_was_sent_is_imported_under_the_id_of_the_upload(uploader: Client) -> None:
    upload = opened(uploader)
    send(upload["url"], CONTENT)
    response = start(uploader, upload)
    assert response.status_code == HTTPStatus.CREATED
    assert response["Location"] == f"http://testserver/api/imports/{upload['id']}/"
    assert (response.json()["id"], response.json()["file_name"]) == (upload["id"], "products.csv")
    record = Import.objects.get()
    assert (str(record.pk), record.file.sha256) == (upload["id"], "")
    assert run_job(record.pk)
    assert Job.objects.get().status == Status.COMPLETED
    # Nobody but the import has read the bytes.
    assert StoredFile.objects.get().sha256 == sha256(CONTENT).hexdigest()
    shown = uploader.get(f"/api/imports/uploads/{upload['id']}/").json()
    assert shown["import_url"] == f"http://testserver/api/imports/{upload['id']}/"
    assert uploader.get(f"/api/imports/{upload['id']}/status/").json()["created_rows"] == 1


def test_starting_twice_gives_the_same_import(uploader: Client) -> None:
    upload = opened(uploader)
    send(upload["url"], CONTENT)
    first, second = start(uploader, upload), start(uploader, upload)
    assert (first.status_code, second.status_code) == (HTTPStatus.CREATED, HTTPStatus.OK)
    assert first.json()["id"] == second.json()["id"]
    assert Import.objects.count() == 1


class TestWhoMay:
    def test_a_key_belongs_to_whoever_opened_the_upload(
        self, uploader: Client, client: Client
    ) -> None:
        upload = opened(uploader)
        send(upload["url"], CONTENT)
        client.force_login(User.objects.create_superuser("other"))
        address = f"/api/imports/uploads/{upload['id']}/"
        expect_problem(start(client, upload), HTTPStatus.NOT_FOUND)
        expect_problem(client.get(address), HTTPStatus.NOT_FOUND)
        expect_problem(client.delete(address), HTTPStatus.NOT_FOUND)
        assert start(uploader, upload).status_code == HTTPStatus.CREATED

    def test_a_key_that_nobody_gave_is_not_found(self, uploader: Client) -> None:
        expect_problem(start(uploader, {"key": "ab/guessed"}), HTTPStatus.NOT_FOUND)
        expect_problem(uploader.get(f"/api/imports/uploads/{uuid4()}/"), HTTPStatus.NOT_FOUND)

    def test_a_file_that_has_not_arrived_is_not_found(self, uploader: Client) -> None:
        upload = opened(uploader)
        problem = expect_problem(start(uploader, upload), HTTPStatus.NOT_FOUND)
        assert problem["detail"] == (
            f"The file of the upload {upload['id']} has not arrived. Send it first."
        )

    def test_it_needs_the_scope_of_uploads(self, keyed: KeyedClient) -> None:
        response = keyed(Scope.READ).post(CREATE, {"filename": "a", "size": 1}, content_type=JSON)
        expect_problem(response, HTTPStatus.FORBIDDEN)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"size": 1}, "#/filename"),
        ({"filename": "a.csv"}, "#/size"),
        ({"filename": "a.csv", "size": 0}, "#/size"),
        ({"filename": "a.csv", "size": 1, "crc32": "AAAA"}, "#/crc32"),
        ({"filename": "a.csv", "size": 1, "content_type": "a\r\nb: c"}, "#/content_type"),
    ],
)
def test_what_cannot_be_an_upload_is_refused(
    uploader: Client, body: dict[str, object], pointer: str
) -> None:
    problem = expect_problem(uploader.post(CREATE, body, content_type=JSON), HTTPStatus.BAD_REQUEST)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]


def test_a_field_that_nobody_reads_is_refused(uploader: Client) -> None:
    body = {"filename": "a.csv", "size": 1, "checksum": "x"}
    problem = expect_problem(uploader.post(CREATE, body, content_type=JSON), HTTPStatus.BAD_REQUEST)
    assert problem["errors"] == [
        {
            "pointer": "#/checksum",
            "code": "unknown",
            "detail": "There is no field 'checksum' here: "
            "it takes content_type, crc32, filename, size.",
        }
    ]


def test_a_file_over_the_limit_is_refused_before_it_is_sent(uploader: Client) -> None:
    body = {"filename": "a.csv", "size": present.IMPORT_MAX_BYTES + 1}
    problem = expect_problem(
        uploader.post(CREATE, body, content_type=JSON), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
    assert problem["detail"] == "The file is larger than the limit of 5,368,709,120 bytes."


class TestForgetting:
    def test_one_that_storage_does_not_forget_holds_up_no_other(
        self, uploader: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stubborn, other = opened(uploader, 5), opened(uploader, 5)
        Upload.objects.update(expires_at=timezone.now())
        delete = LocalStorage.delete

        def refuse(store: LocalStorage, key: str) -> None:
            if key == stubborn["key"]:
                raise StorageUnavailable
            delete(store, key)

        monkeypatch.setattr(LocalStorage, "delete", refuse)
        assert forget_uploads() == 1
        assert [each.key for each in Upload.objects.all()] == [stubborn["key"]]
        assert other["key"] != stubborn["key"]

    @pytest.mark.usefixtures("small_parts")
    def test_an_upload_vanishes_a_day_after_it_was_opened(
        self, uploader: Client, files_folder: Path
    ) -> None:
        whole, parts, young = opened(uploader, 5), opened(uploader), opened(uploader)
        send(whole["url"], b"sku,n")
        send_parts(uploader, parts, 1)
        send_parts(uploader, young, 1)
        Upload.objects.exclude(pk=young["id"]).update(expires_at=timezone.now())
        assert forget_uploads() == 2
        assert [str(each.pk) for each in Upload.objects.all()] == [young["id"]]
        assert len([path for path in files_folder.rglob("*") if path.is_file()]) == 1

    def test_what_is_sent_after_giving_up_vanishes_with_the_others(self, uploader: Client) -> None:
        upload = opened(uploader)
        uploader.delete(f"/api/imports/uploads/{upload['id']}/")
        send(upload["url"], CONTENT)
        expect_problem(start(uploader, upload), HTTPStatus.NOT_FOUND)
        Upload.objects.update(expires_at=timezone.now())
        assert forget_uploads() == 1
        assert storage().size(upload["key"]) is None

    def test_what_became_a_file_keeps_it(self, uploader: Client) -> None:
        upload = opened(uploader)
        send(upload["url"], CONTENT)
        start(uploader, upload)
        Upload.objects.update(expires_at=timezone.now())
        assert forget_uploads() == 1
        assert Upload.objects.count() == 0
        assert storage().size(upload["key"]) == len(CONTENT)


def test_the_same_content_again_is_told_and_not_refused(uploader: Client) -> None:
    ids = []
    for _ in range(3):
        upload = opened(uploader)
        send(upload["url"], CONTENT)
        assert start(uploader, upload).json()["duplicate_of"] is None
        run_job(Import.objects.get(pk=upload["id"]).pk)
        ids.append(upload["id"])
    shown = [uploader.get(f"/api/imports/{each}/").json() for each in ids]
    assert [each["duplicate_of"] for each in shown] == [None, ids[0], ids[1]]
    assert [each["status"] for each in shown] == ["completed"] * 3


def test_a_storage_that_is_away_is_a_503_that_names_no_address(
    uploader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        message = "Storage cannot be reached: http://internal.example"
        raise StorageUnavailable(message)

    monkeypatch.setattr(LocalStorage, "sign_put", away)
    body = {"filename": "a.csv", "size": 1}
    problem = expect_problem(
        uploader.post(CREATE, body, content_type=JSON), HTTPStatus.SERVICE_UNAVAILABLE
    )
    assert problem["detail"] == "Storage cannot be reached at this moment. Try again."
