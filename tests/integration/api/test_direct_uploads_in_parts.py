"""Files that go to storage in parts (A2)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.utils import timezone

from pricebook.files.contract import NoSuchMultipart
from pricebook.files.local import LocalStorage
from pricebook.files.models import Upload
from pricebook.files.storage import storage
from pricebook.imports.models import Import
from tests.integration.api.expect import expect_problem
from tests.integration.api.uploading import (
    CONTENT,
    JSON,
    PART,
    SOME,
    crc32,
    opened,
    send_parts,
    start,
)

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("small_parts")
class TestParts:
    def test_a_large_file_goes_in_equal_parts_and_a_rest(self, uploader: Client) -> None:
        upload = opened(uploader)
        shape = {name: upload[name] for name in ("method", "url", "part_size", "part_count")}
        assert shape == {"method": None, "url": None, "part_size": PART, "part_count": 3}
        send_parts(uploader, upload, 3, 1)
        seen = uploader.get(f"/api/imports/uploads/{upload['id']}/").json()["parts"]
        assert seen == [{"number": 1, "size": 10}, {"number": 3, "size": 10}]
        send_parts(uploader, upload, 2)
        assert start(uploader, upload).status_code == HTTPStatus.CREATED
        with storage().open(upload["key"]) as stored:
            assert stored.read() == CONTENT

    def test_a_start_with_parts_missing_names_them(self, uploader: Client) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 2)
        problem = expect_problem(start(uploader, upload), HTTPStatus.CONFLICT)
        assert problem["detail"] == "Of 3 parts, these have not arrived yet: 1, 3."
        assert Import.objects.count() == 0
        send_parts(uploader, upload, 1, 3)
        assert start(uploader, upload).status_code == HTTPStatus.CREATED

    def test_a_start_that_was_cut_off_after_joining_is_repeated(self, uploader: Client) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 1, 2, 3)
        record = Upload.objects.get()
        parts = storage().list_parts(record.key, record.multipart)
        storage().complete_multipart(record.key, record.multipart, parts)
        assert start(uploader, upload).status_code == HTTPStatus.CREATED

    def test_an_address_binds_the_checksum_of_its_part(self, uploader: Client) -> None:
        upload = opened(uploader)
        (address,) = uploader.post(
            f"/api/imports/uploads/{upload['id']}/parts/",
            {"parts": [{"number": 2, "crc32": crc32(CONTENT[10:20])}]},
            content_type=JSON,
        ).json()["parts"]
        assert address["method"] == "PUT"
        assert address["headers"] == {"x-amz-checksum-crc32": crc32(CONTENT[10:20])}

    @pytest.mark.parametrize("number", [0, 4, -1, 2**63])
    def test_a_number_that_is_none_is_refused(self, uploader: Client, number: int) -> None:
        upload = opened(uploader)
        response = uploader.post(
            f"/api/imports/uploads/{upload['id']}/parts/",
            {"parts": [{"number": 1, "crc32": SOME}, {"number": number, "crc32": SOME}]},
            content_type=JSON,
        )
        problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
        assert [fault["pointer"] for fault in problem["errors"]] == ["#/parts/1/number"]

    def test_a_part_needs_a_checksum(self, uploader: Client) -> None:
        upload = opened(uploader)
        address = f"/api/imports/uploads/{upload['id']}/parts/"
        answer = uploader.post(address, {"parts": [{"number": 1}]}, content_type=JSON)
        problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
        assert [fault["pointer"] for fault in problem["errors"]] == ["#/parts/0/crc32"]

    def test_a_start_whose_answer_got_lost_in_storage_finds_the_file(
        self, uploader: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 1, 2, 3)
        complete = LocalStorage.complete_multipart

        def complete_and_lose_the_answer(*given: Any) -> NoReturn:
            complete(*given)
            raise NoSuchMultipart

        monkeypatch.setattr(LocalStorage, "complete_multipart", complete_and_lose_the_answer)
        assert start(uploader, upload).status_code == HTTPStatus.CREATED

    def test_an_upload_that_has_expired_is_not_found(self, uploader: Client) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 1, 2, 3)
        Upload.objects.update(expires_at=timezone.now())
        expect_problem(start(uploader, upload), HTTPStatus.NOT_FOUND)
        address = f"/api/imports/uploads/{upload['id']}/"
        expect_problem(uploader.get(address), HTTPStatus.NOT_FOUND)

    def test_no_address_is_signed_for_an_upload_that_was_started(self, uploader: Client) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 1, 2, 3)
        start(uploader, upload)
        response = uploader.post(
            f"/api/imports/uploads/{upload['id']}/parts/",
            {"parts": [{"number": 1, "crc32": SOME}]},
            content_type=JSON,
        )
        expect_problem(response, HTTPStatus.CONFLICT)

    def test_what_is_given_up_leaves_nothing(self, uploader: Client, files_folder: Path) -> None:
        upload = opened(uploader)
        send_parts(uploader, upload, 1, 2)
        response = uploader.delete(f"/api/imports/uploads/{upload['id']}/")
        assert response.status_code == HTTPStatus.NO_CONTENT
        assert [path for path in files_folder.rglob("*") if path.is_file()] == []
        expect_problem(start(uploader, upload), HTTPStatus.NOT_FOUND)

    def test_parts_of_the_largest_file_are_no_more_than_ten_thousand(
        self, uploader: Client
    ) -> None:
        upload = opened(uploader, size=250_000)
        assert (upload["part_size"], upload["part_count"]) == (30, 8_334)
