"""An import whose file, and whose rejected rows, lie in a bucket (A2, A9)."""

from __future__ import annotations

import base64
import zlib
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import urllib3

from pricebook.accounts.models import User
from pricebook.files.bucket import Bucket
from pricebook.files.models import StoredFile, Upload
from pricebook.files.storage import storage
from pricebook.files.uploads import PartToSend, open_upload, sign_part, sign_whole
from pricebook.imports.intake import start_upload
from pricebook.imports.models import Import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import book, counts
from tests.servers.swift import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

    from pricebook.files.contract import SignedPut
    from tests.servers.swift import SwiftServer

pytestmark = pytest.mark.django_db

CONTENT = b"sku,name,price\nA-1,Apple,1.20\nA-2,Pear,cheap\n"
MIB = 1 << 20


@pytest.fixture(autouse=True)
def files_in_a_bucket(settings: Settings, swift: SwiftServer, bucket: str, tmp_path: Path) -> None:
    settings.BUCKET = Bucket(bucket, swift.access_key, swift.secret_key, swift.endpoint_url, REGION)
    # Nothing may fall back to it.
    settings.FILES_ROOT = tmp_path / "unused"


@pytest.fixture
def person() -> User:
    return User.objects.create_superuser("cat")


def put(address: SignedPut, content: bytes) -> None:
    answer = urllib3.request("PUT", address.url, body=content, headers=dict(address.headers))
    assert answer.status == HTTPStatus.OK, answer.data


def uploaded(person: User, content: bytes) -> Upload:
    upload = open_upload(actor=person, name="products.csv", size=len(content))
    put(sign_whole(upload), content)
    return upload


def test_a_file_is_read_from_the_bucket_and_its_rejects_go_there(
    person: User, tmp_path: Path
) -> None:
    upload = uploaded(person, CONTENT)
    record = start_upload(key=upload.key, actor=person).record
    assert run_job(record.pk)
    job = Job.objects.get()
    assert (job.status, counts(job)) == (Status.COMPLETED, {"total": 2, "created": 1, "failed": 1})
    assert list(book()) == ["A-1"]
    assert StoredFile.objects.get().sha256 == sha256(CONTENT).hexdigest()
    with storage().open(Import.objects.get().rejects_key) as rejects:
        assert b"A-2,Pear,cheap" in rejects.read()
    assert not (tmp_path / "unused").exists()


def test_a_file_in_parts_is_joined_and_imported(person: User, settings: Settings) -> None:
    settings.UPLOAD_WHOLE_BYTES = MIB
    settings.UPLOAD_PART_BYTES = 5 * MIB
    rows = b"".join(b"S-%06d,%s\n" % (number, b"x" * 90) for number in range(60_000))
    content = b"sku,name\n" + rows
    upload = open_upload(actor=person, name="large.csv", size=len(content))
    assert upload.part_count == 2
    for number in (2, 1):
        start = (number - 1) * 5 * MIB
        part = content[start : start + 5 * MIB]
        checksum = base64.b64encode(zlib.crc32(part).to_bytes(4)).decode()
        put(sign_part(upload, PartToSend(number, checksum)), part)
    record = start_upload(key=upload.key, actor=person).record
    assert run_job(record.pk)
    job = Job.objects.get()
    assert (job.status, job.created_rows) == (Status.COMPLETED, 60_000)
    assert StoredFile.objects.get().sha256 == sha256(content).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_a_job_waits_for_a_storage_that_is_away(
    person: User, swift: SwiftServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploaded(person, CONTENT)
    record = start_upload(key=upload.key, actor=person).record
    monkeypatch.setattr("pricebook.files.pieces._FIRST_PAUSE", 0)
    swift.stop()
    try:
        assert run_job(record.pk)
        assert Job.objects.get().status == Status.PROCESSING
    finally:
        swift.start()
    assert run_job(record.pk)
    assert Job.objects.get().status == Status.COMPLETED


def test_a_file_that_left_the_bucket_fails_the_import_with_a_sentence(person: User) -> None:
    upload = uploaded(person, CONTENT)
    record = start_upload(key=upload.key, actor=person).record
    storage().delete(upload.key)
    assert run_job(record.pk)
    job = Job.objects.get()
    assert (job.status, job.error) == (
        Status.FAILED,
        "The file is no longer in storage; upload it again.",
    )
    assert Import.objects.get().rejects_key == ""
