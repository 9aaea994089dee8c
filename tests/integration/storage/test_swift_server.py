"""What the tests of the storage stand on: their server refuses what S3 refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from hashlib import md5
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.integration.config.watch import eventually
from tests.integration.storage.conftest import ORIGIN
from tests.servers.swift import SwiftServer

CONTENT = b"sku,name\n" * 100
FIRST, LAST = b"a" * 5 * 1024 * 1024, b"z" * 100
ROOT = Path(__file__).resolve().parents[3]

Answer = tuple[int, str | None]
Place = dict[str, Any]


def checksum(content: bytes) -> str:
    return b64encode(crc32(content).to_bytes(4, "big")).decode()


def etag(content: bytes) -> str:
    return f'"{md5(content).hexdigest()}"'


def send(method: str, url: str, **words: Any) -> Answer:
    """Return the status and, of a refusal, S3's code."""
    answer = urllib3.request(method, url, retries=False, **words)
    code = re.search(rb"<Code>(\w+)</Code>", answer.data)
    return answer.status, code and code[1].decode()


class Upload:
    """A presigned PUT of `CONTENT`, with the headers that were signed."""

    def __init__(self, swift: SwiftServer, bucket: str, **changes: Any) -> None:
        self.signed = {
            "Content-Type": "text/csv",
            "x-amz-checksum-crc32": checksum(CONTENT),
            "If-None-Match": "*",
        }
        words = {
            "Bucket": bucket,
            "Key": "upload/1.csv",
            "ContentLength": len(CONTENT),
            "ContentType": "text/csv",
            "ChecksumCRC32": self.signed["x-amz-checksum-crc32"],
            "IfNoneMatch": "*",
        }
        client = swift.client(secret_key=changes.get("secret_key"))
        self.url = client.generate_presigned_url("put_object", words, changes.get("seconds", 60))

    def send(self, content: bytes = CONTENT, **changed: str | None) -> Answer:
        """PUT `content`; a changed header goes by its name with underscores, `None` drops it."""
        headers = dict(self.signed)
        for name, value in changed.items():
            headers.pop(name.replace("_", "-"))
            if value is not None:
                headers[name.replace("_", "-")] = value
        return send("PUT", self.url, body=content, headers=headers)


@pytest.fixture
def upload(swift: SwiftServer, bucket: str) -> Upload:
    return Upload(swift, bucket)


def keys(swift: SwiftServer, bucket: str) -> list[str]:
    found = swift.client().list_objects_v2(Bucket=bucket).get("Contents", [])
    return [item["Key"] for item in found]


WRONG_SIGNATURE = (403, "SignatureDoesNotMatch")


class TestPresignedPut:
    def test_what_was_signed_is_stored_once(
        self, swift: SwiftServer, bucket: str, upload: Upload
    ) -> None:
        assert upload.send() == (200, None)
        head = swift.client().head_object(Bucket=bucket, Key="upload/1.csv")
        assert (head["ContentLength"], head["ContentType"]) == (len(CONTENT), "text/csv")
        assert head["ETag"] == etag(CONTENT)
        assert upload.send() == (412, "PreconditionFailed")

    def test_all_that_was_signed_has_to_be_sent_as_it_was(
        self, swift: SwiftServer, bucket: str, upload: Upload
    ) -> None:
        assert upload.send(CONTENT + b"x") == WRONG_SIGNATURE
        assert upload.send(CONTENT[:-1]) == WRONG_SIGNATURE
        assert upload.send(Content_Type="text/html") == WRONG_SIGNATURE
        assert upload.send(Content_Type=None) == WRONG_SIGNATURE
        assert upload.send(x_amz_checksum_crc32=checksum(b"x")) == WRONG_SIGNATURE
        assert upload.send(x_amz_checksum_crc32=None) == WRONG_SIGNATURE
        assert upload.send(If_None_Match=None) == WRONG_SIGNATURE
        assert keys(swift, bucket) == []

    def test_other_bytes_than_those_of_the_checksum_are_refused(
        self, swift: SwiftServer, bucket: str, upload: Upload
    ) -> None:
        assert upload.send(b"S" + CONTENT[1:]) == (400, "BadDigest")
        assert keys(swift, bucket) == []

    def test_a_body_of_unknown_length_is_refused(self, upload: Upload) -> None:
        answer = send("PUT", upload.url, body=iter([CONTENT]), headers=upload.signed)
        assert answer == WRONG_SIGNATURE

    def test_the_address_is_good_for_one_key_and_one_method(self, upload: Upload) -> None:
        url = upload.url
        assert send("GET", url, headers=upload.signed) == WRONG_SIGNATURE
        assert send("DELETE", url, headers=upload.signed) == WRONG_SIGNATURE
        upload.url = url.replace("1.csv", "2.csv")
        assert upload.send() == WRONG_SIGNATURE
        upload.url = url.replace("X-Amz-Expires=60", "X-Amz-Expires=600")
        assert upload.send() == WRONG_SIGNATURE
        upload.url = url[:-8] + "00000000"
        assert upload.send() == WRONG_SIGNATURE

    def test_another_secret_signs_nothing(self, swift: SwiftServer, bucket: str) -> None:
        assert Upload(swift, bucket, secret_key="another").send() == WRONG_SIGNATURE

    def test_it_expires(self, swift: SwiftServer, bucket: str) -> None:
        upload = Upload(swift, bucket, seconds=1)
        assert eventually(lambda: upload.send() == (403, "AccessDenied"))


def test_nobody_without_a_signature_reads_or_writes(
    swift: SwiftServer, bucket: str, upload: Upload
) -> None:
    assert upload.send() == (200, None)
    s3_url = f"{swift.endpoint_url}/{bucket}/upload/1.csv"
    swift_url = f"{swift.endpoint_url}/v1/AUTH_pricebook/{bucket}/upload/1.csv"
    assert send("GET", s3_url) == (400, None)
    assert send("PUT", s3_url, body=b"x") == (400, None)
    assert send("GET", swift_url) == (401, None)
    assert send("PUT", swift_url, body=b"x") == (401, None)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        swift.client(secret_key="another").list_buckets()


def test_pages_of_the_allowed_origin_alone_may_upload(upload: Upload) -> None:
    question = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,if-none-match,x-amz-checksum-crc32",
    }
    answer = urllib3.request("OPTIONS", upload.url, headers=question)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert sorted(allowed) == ["content-type", "if-none-match", "x-amz-checksum-crc32"]

    foreign = {**question, "Origin": "http://elsewhere.example"}
    answer = urllib3.request("OPTIONS", upload.url, headers=foreign)
    assert answer.status == 401
    assert "Access-Control-Allow-Origin" not in answer.headers

    headers = {**upload.signed, "Origin": ORIGIN}
    answer = urllib3.request("PUT", upload.url, body=CONTENT, headers=headers)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "etag" in answer.headers["Access-Control-Expose-Headers"].split(", ")


class TestMultipart:
    @pytest.fixture
    def place(self, swift: SwiftServer, bucket: str) -> Place:
        """Begin an upload in parts and return where its parts go."""
        place: Place = {"Bucket": bucket, "Key": "big.csv"}
        begun = swift.client().create_multipart_upload(**place, ChecksumAlgorithm="CRC32")
        return {**place, "UploadId": begun["UploadId"]}

    def put(
        self,
        swift: SwiftServer,
        place: Place,
        number: int,
        content: bytes,
        signed: bytes | None = None,
    ) -> Answer:
        """PUT a part to an address that was signed for `signed`, by default for the same bytes."""
        signed = content if signed is None else signed
        words = {"ContentLength": len(signed), "ChecksumCRC32": checksum(signed)}
        url = swift.client().generate_presigned_url(
            "upload_part", {**place, "PartNumber": number, **words}, 60
        )
        headers = {"x-amz-checksum-crc32": checksum(signed)}
        return send("PUT", url, body=content, headers=headers)

    def complete(self, swift: SwiftServer, place: Place, *parts: bytes) -> str:
        listed: Any = [{"PartNumber": n, "ETag": etag(part)} for n, part in enumerate(parts, 1)]
        done: Any = swift.client().complete_multipart_upload(
            **place, MultipartUpload={"Parts": listed}, IfNoneMatch="*"
        )
        return str(done["ETag"])

    def test_parts_become_one_object_that_is_read_by_ranges(
        self, swift: SwiftServer, place: Place
    ) -> None:
        client = swift.client()
        assert self.put(swift, place, 2, LAST) == (200, None)
        assert self.put(swift, place, 1, FIRST) == (200, None)
        listed = client.list_parts(**place)["Parts"]
        assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in listed] == [
            (1, len(FIRST), etag(FIRST)),
            (2, len(LAST), etag(LAST)),
        ]
        # S3 would name the checksums here.
        assert not any("ChecksumCRC32" in part for part in listed)

        whole = self.complete(swift, place, FIRST, LAST)
        assert whole.endswith('-2"')
        where: Place = {"Bucket": place["Bucket"], "Key": place["Key"]}
        border = f"bytes={len(FIRST) - 3}-{len(FIRST) + 2}"
        found = client.get_object(**where, Range=border, IfMatch=whole)
        assert found["Body"].read() == b"aaazzz"
        assert found["ContentRange"] == f"{border.replace('=', ' ')}/{len(FIRST + LAST)}"
        with pytest.raises(ClientError, match="PreconditionFailed"):
            client.get_object(**where, Range=border, IfMatch=etag(LAST))

    def test_a_part_is_as_bound_as_a_file(self, swift: SwiftServer, place: Place) -> None:
        assert self.put(swift, place, 1, LAST + b"z", signed=LAST) == WRONG_SIGNATURE
        assert self.put(swift, place, 1, b"x" * len(LAST), signed=LAST) == (400, "BadDigest")
        assert "Parts" not in swift.client().list_parts(**place)

    def test_only_parts_that_were_sent_make_an_object(
        self, swift: SwiftServer, place: Place
    ) -> None:
        assert self.put(swift, place, 1, LAST) == (200, None)
        with pytest.raises(ClientError, match="InvalidPart"):
            self.complete(swift, place, FIRST)
        assert self.put(swift, place, 2, LAST) == (200, None)
        with pytest.raises(ClientError, match="EntityTooSmall"):
            self.complete(swift, place, LAST, LAST)
        assert keys(swift, place["Bucket"]) == []

    def test_no_object_is_written_over(self, swift: SwiftServer, place: Place) -> None:
        swift.client().put_object(Bucket=place["Bucket"], Key=place["Key"], Body=b"first")
        assert self.put(swift, place, 1, LAST) == (200, None)
        with pytest.raises(ClientError, match="PreconditionFailed"):
            self.complete(swift, place, LAST)

    def test_nothing_goes_to_an_upload_that_was_given_up(
        self, swift: SwiftServer, place: Place
    ) -> None:
        assert self.put(swift, place, 1, LAST) == (200, None)
        swift.client().abort_multipart_upload(**place)
        assert self.put(swift, place, 1, LAST) == (404, "NoSuchUpload")
        with pytest.raises(ClientError, match="NoSuchUpload"):
            self.complete(swift, place, LAST)

    def test_a_part_that_comes_late_is_taken_other_than_by_s3(
        self, swift: SwiftServer, place: Place
    ) -> None:
        assert self.put(swift, place, 1, LAST) == (200, None)
        self.complete(swift, place, LAST)
        # S3 says 404, NoSuchUpload. The same bytes do no harm here.
        assert self.put(swift, place, 1, LAST) == (200, None)
        found = swift.client().get_object(Bucket=place["Bucket"], Key=place["Key"])
        assert found["Body"].read() == LAST


class TestLife:
    def test_a_stopped_server_comes_back_at_its_address_with_its_data(self, tmp_path: Path) -> None:
        with SwiftServer(tmp_path) as server:
            address = server.endpoint_url
            server.create_bucket("kept")
            server.client().put_object(Bucket="kept", Key="it", Body=CONTENT)
            server.stop()
            with pytest.raises(urllib3.exceptions.NewConnectionError):
                urllib3.request("GET", address, retries=False)
            server.start()
            assert server.endpoint_url == address
            found = server.client().get_object(Bucket="kept", Key="it")
            assert found["Body"].read() == CONTENT

    def test_it_dies_with_the_process_that_started_it(self, tmp_path: Path) -> None:
        program = (
            "import sys, pathlib\n"
            "from tests.servers.swift import SwiftServer\n"
            "server = SwiftServer(pathlib.Path(sys.argv[1]))\n"
            "server.start()\n"
            "print(server.pid, flush=True)\n"
            "sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as parent:
            assert parent.stdout
            server = int(parent.stdout.readline())
            os.kill(server, 0)
            parent.send_signal(signal.SIGKILL)
        assert eventually(lambda: not Path(f"/proc/{server}/cmdline").exists())
