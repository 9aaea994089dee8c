"""Sending a file by multipart/form-data (A3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pricebook.accounts.models import Scope
from pricebook.files.models import StoredFile
from pricebook.files.storage import storage
from pricebook.imports.models import Import
from pricebook.jobs.models import Job, Status
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

    from tests.integration.api.conftest import KeyedClient, MakeImport

CONTENT = b"sku,name,price\nA-1,Apple,1.20\n"
MULTIPART = "multipart/form-data; boundary=frontier"

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploader(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD)


def products_file(name: str = "products.csv", content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def form_of(disposition: bytes, content: bytes = CONTENT) -> bytes:
    """Return a form of one part whose Content-Disposition is taken as it is."""
    head = b"Content-Disposition: form-data; name=file; " + disposition
    return b"--frontier\r\n" + head + b"\r\n\r\n" + content + b"\r\n--frontier--\r\n"


def test_an_upload_becomes_a_waiting_import(uploader: Client) -> None:
    response = uploader.post("/api/uploads/", {"file": products_file()})
    assert response.status_code == HTTPStatus.CREATED
    created = Import.objects.recent().get()
    assert response["Location"] == f"http://testserver/api/uploads/{created.pk}/"
    assert (created.job.status, created.job.kind) == (Status.PENDING, "import")
    assert created.file.sha256 == sha256(CONTENT).hexdigest()
    with storage().open(created.file.key) as stored:
        assert stored.read() == CONTENT
    assert response.json() == {
        "id": str(created.pk),
        "file_name": "products.csv",
        "file_size": len(CONTENT),
        "file_format": "",
        "duplicate_of": None,
        "mends": None,
        "mode": "upsert",
        "source": None,
        "deactivate_missing": False,
        "all_or_nothing": False,
        "mapping": None,
        "choices": None,
        "deactivated_products": 0,
        "status": "pending",
        "phase": "",
        "percent": 0.0,
        "total_rows": 0,
        "processed_rows": 0,
        "created_rows": 0,
        "updated_rows": 0,
        "unchanged_rows": 0,
        "duplicate_rows": 0,
        "skipped_rows": 0,
        "failed_rows": 0,
        "seconds": None,
        "rows_per_second": None,
        "seconds_left": None,
        "error": "",
        "created_by": "manager",
        "created_at": created.job.created_at.isoformat().replace("+00:00", "Z"),
        "started_at": None,
        "finished_at": None,
        "rejects_url": None,
        "events_url": f"http://testserver/api/imports/{created.pk}/events/",
    }


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'filename="../../etc/passwd"', "passwd"),
        (rb'filename="..\\..\\boot.ini"', "boot.ini"),
        (b'filename="/abs/olute.csv"', "olute.csv"),
        (b'filename="nul\0byte.csv"', "nulbyte.csv"),
        (b"filename*=UTF-8''line%0D%0Abreak.csv", "linebreak.csv"),
        (b'filename="percent%0D%0A.csv"', "percent%0D%0A.csv"),
        (b'filename="CON"', "CON"),
        (b'filename="aux.csv"', "aux.csv"),
        (b'filename="<img src=x onerror=y>.csv"', "<img src=x onerror=y>.csv"),
        (b'filename="' + b"n" * 300 + b'.csv"', "n" * 251 + ".csv"),
        ('filename="Preisliste für März.csv"'.encode(), "Preisliste für März.csv"),
    ],
)
def test_a_hostile_file_name_is_only_shown_and_never_used(
    uploader: Client, files_folder: Path, disposition: bytes, name: str
) -> None:
    response = uploader.post("/api/uploads/", form_of(disposition), content_type=MULTIPART)
    assert response.status_code == HTTPStatus.CREATED
    assert response.json()["file_name"] == name
    file = StoredFile.objects.get()
    assert file.name == name
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", file.key)
    paths = [path for path in files_folder.rglob("*") if path.is_file()]
    assert paths == [files_folder / file.key]


@pytest.mark.parametrize("disposition", [b"", b'filename=""', b'filename=".."'])
def test_a_file_without_a_name_is_refused(uploader: Client, disposition: bytes) -> None:
    response = uploader.post("/api/uploads/", form_of(disposition), content_type=MULTIPART)
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == ["#/file"]


def test_a_file_in_another_field_is_refused(uploader: Client) -> None:
    response = uploader.post("/api/uploads/", {"data": products_file()})
    (fault,) = expect_problem(response, HTTPStatus.BAD_REQUEST)["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/data", "unknown")
    assert fault["detail"].startswith("There is no field 'data' here: it takes ")


def test_a_form_without_the_field_file_is_refused(uploader: Client) -> None:
    response = uploader.post("/api/uploads/", {"preview": "true"})
    assert expect_problem(response, HTTPStatus.BAD_REQUEST)["errors"] == [
        {
            "pointer": "#/file",
            "code": "required",
            "detail": "Send the file in the form field “file”, together with its name.",
        }
    ]


def test_an_empty_file_is_refused(uploader: Client, files_folder: Path) -> None:
    response = uploader.post("/api/uploads/", {"file": products_file(content=b"")})
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert problem["detail"] == "The file is empty."
    assert not Job.objects.exists()
    assert [path for path in files_folder.rglob("*") if path.is_file()] == []


def test_two_files_in_one_form_are_refused(uploader: Client) -> None:
    files = [products_file("one.csv"), products_file("two.csv")]
    response = uploader.post("/api/uploads/", {"file": files})
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert problem["errors"] == [
        {"pointer": "#/file", "code": "several", "detail": "Send file once, not 2 times."}
    ]
    assert not Job.objects.exists()


@pytest.mark.parametrize("limit", [len(CONTENT) - 1, 0])
def test_a_file_over_the_limit_is_refused(
    uploader: Client, settings: Settings, files_folder: Path, limit: int
) -> None:
    settings.IMPORT_MAX_BYTES = limit
    response = uploader.post("/api/uploads/", {"file": products_file()})
    problem = expect_problem(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    assert problem["detail"] == f"The file is larger than the limit of {limit} bytes."
    assert not Job.objects.exists()
    assert [path for path in files_folder.rglob("*") if path.is_file()] == []


def test_a_body_over_the_limit_is_refused_before_it_is_unpacked(
    uploader: Client, settings: Settings
) -> None:
    settings.IMPORT_MAX_BYTES = 10
    body = b"no form at all" * 10_000
    response = uploader.post("/api/uploads/", body, content_type=MULTIPART)
    expect_problem(response, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "a" * 300])
def test_anything_but_a_form_is_refused(uploader: Client, content_type: str) -> None:
    response = uploader.post("/api/uploads/", CONTENT, content_type=content_type)
    expect_problem(response, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


@pytest.mark.parametrize("content_type", ["multipart/form-data", MULTIPART])
def test_a_broken_form_is_refused(uploader: Client, content_type: str) -> None:
    response = uploader.post("/api/uploads/", b"--fron", content_type=content_type)
    expect_problem(response, HTTPStatus.BAD_REQUEST)


def test_a_body_of_unknown_length_is_refused(uploader: Client) -> None:
    response = uploader.generic(
        "POST", "/api/uploads/", content_type=MULTIPART, headers={"Transfer-Encoding": "chunked"}
    )
    expect_problem(response, HTTPStatus.LENGTH_REQUIRED)


def test_uploads_are_imports_under_another_name(reader: Client, make_import: MakeImport) -> None:
    created = make_import()
    upload = reader.get(f"/api/uploads/{created.pk}/").json()
    assert upload == reader.get(f"/api/imports/{created.pk}/").json()
    assert reader.get("/api/uploads/").json()["results"] == [upload]


def test_process_does_nothing_and_says_that_it_will_go(
    uploader: Client, make_import: MakeImport
) -> None:
    created = make_import()
    before = Job.objects.values().get()
    response = uploader.post(f"/api/uploads/{created.pk}/process/")
    assert response.status_code == HTTPStatus.OK
    assert response.json()["id"] == str(created.pk)
    assert Job.objects.values().get() == before
    since = datetime.fromtimestamp(int(response["Deprecation"].removeprefix("@")), UTC)
    assert since < parsedate_to_datetime(response["Sunset"])
    successor = f"http://testserver/api/imports/{created.pk}/"
    assert response["Link"] == f'<{successor}>; rel="successor-version"'


def test_processing_an_unknown_upload_is_a_problem(uploader: Client) -> None:
    path = "/api/uploads/00000000-0000-4000-8000-000000000000/process/"
    expect_problem(uploader.post(path), HTTPStatus.NOT_FOUND)
