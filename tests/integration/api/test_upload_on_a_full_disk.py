"""Sending a file when the disk is full: told clearly, nothing half-written (ABUSE 20)."""

from __future__ import annotations

import gc
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pricebook.accounts.models import Scope
from pricebook.files.models import StoredFile, Upload
from pricebook.jobs.models import Job
from tests.integration.api.expect import expect_problem
from tests.small_disk import MIB, fill, fill_names, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client
    from pytest_django import Settings

    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db

FULL = (
    "The disk on which files are kept is full. Nothing was changed: make room there, "
    "then try again."
)


@pytest.fixture
def disk(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """Keep files on a disk of 1 MiB; forms are spooled elsewhere."""
    settings.FILES_ROOT = tmp_path / "disk"
    with small_disk(settings.FILES_ROOT) as folder:
        yield folder


@pytest.fixture
def uploader(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_file_that_storage_has_no_room_for(uploader: Client, disk: Path) -> None:
    file = SimpleUploadedFile("products.csv", b"x" * 2 * MIB)
    answer = uploader.post("/api/uploads/", {"file": file})
    assert expect_problem(answer, HTTPStatus.INSUFFICIENT_STORAGE)["detail"] == FULL
    assert (names(disk), StoredFile.objects.count(), Job.objects.count()) == ([], 0, 0)


# Django leaves the file that it could not fill to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_form_that_cannot_be_spooled(
    uploader: Client, settings: Settings, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = disk
    # A record of the log would keep the request, and with it the file.
    caplog.set_level(logging.CRITICAL, "django.request")
    fill(disk)
    file = SimpleUploadedFile("products.csv", b"sku\nA\n" * MIB)
    answer = uploader.post("/api/uploads/", {"file": file})
    assert expect_problem(answer, HTTPStatus.INSUFFICIENT_STORAGE)["detail"] == FULL
    del answer
    gc.collect()
    assert (names(disk), StoredFile.objects.count(), Job.objects.count()) == (["ballast"], 0, 0)


def test_an_upload_in_parts_that_cannot_be_opened(
    uploader: Client, settings: Settings, disk: Path
) -> None:
    settings.UPLOAD_WHOLE_BYTES = 1
    fill_names(disk)
    body = {"filename": "products.csv", "size": 2}
    answer = uploader.post("/api/imports/create-upload/", body, content_type="application/json")
    assert expect_problem(answer, HTTPStatus.INSUFFICIENT_STORAGE)["detail"] == FULL
    assert not Upload.objects.exists()
