"""Storage in a bucket: AWS S3, Cloudflare R2, or another with their API."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from pricebook.files.contract import (
    CHECKSUM_HEADER,
    Content,
    NoSuchMultipart,
    Part,
    SignedPut,
    StorageUnavailable,
)
from pricebook.files.keys import is_key
from pricebook.files.part_writer import write_in_parts
from pricebook.files.pieces import Body, Dropped, open_distant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

    from pricebook.files.bucket import Bucket

_CHECKSUM: Final = "CRC32"
_SETTINGS: Final = Config(
    signature_version="s3v4",
    connect_timeout=5,
    read_timeout=30,
    # R2 knows no trailing checksums; ours are headers, and said where they are known.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)
# The address of the bucket's own region: the global one sends browsers elsewhere.
_REGIONAL: Final = Config(
    s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"}
)
_PATH_STYLE: Final = Config(s3={"addressing_style": "path"})
# Asking again changes nothing: the file is another one now, or gone, or not ours any more.
_FINAL: Final = frozenset(
    {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED}
)


class S3Storage:
    """The contract of storage, kept by a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket.name
        self._client = connect(bucket)
        # A stream that is read tries again by itself, from where it stood.
        self._reader = connect(bucket, attempts=1)

    def sign_put(self, key: str, content: Content, lifetime: timedelta) -> SignedPut:
        """Sign a PUT of a whole file; `If-None-Match` lets the first one alone through."""
        signed: dict[str, Any] = {"ContentType": content.type, "IfNoneMatch": "*"}
        headers = {"Content-Type": content.type, "If-None-Match": "*"}
        return self._sign("put_object", key, content, lifetime, signed, headers)

    def begin_multipart(self, key: str, content_type: str) -> str:
        """Begin an upload in parts and return its id."""
        with _translated(key):
            return self._client.create_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                ContentType=content_type,
                ChecksumAlgorithm=_CHECKSUM,
            )["UploadId"]

    def sign_part(
        self, key: str, multipart: str, number: int, content: Content, lifetime: timedelta
    ) -> SignedPut:
        """Sign a PUT of one part."""
        signed = {"UploadId": multipart, "PartNumber": number}
        return self._sign("upload_part", key, content, lifetime, signed, {})

    def list_parts(self, key: str, multipart: str) -> list[Part]:
        """Return the parts that have arrived, by number. Raises NoSuchMultipart."""
        with _translated(multipart):
            pages = self._client.get_paginator("list_parts").paginate(
                Bucket=self._bucket, Key=key, UploadId=multipart
            )
            found = [part for page in pages for part in page.get("Parts", [])]
        return [_part(each) for each in found]

    def complete_multipart(self, key: str, multipart: str, parts: Sequence[Part]) -> None:
        """Make the file of its parts. Raises NoSuchMultipart."""
        with _translated(multipart):
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=multipart,
                MultipartUpload={"Parts": [_completed(part) for part in parts]},
            )

    def abort_multipart(self, key: str, multipart: str) -> None:
        """Forget an upload and its parts; one that is gone already is no error."""
        with suppress(NoSuchMultipart, FileNotFoundError), _translated(multipart):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=multipart)

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, or None when there is no such file."""
        with suppress(FileNotFoundError):
            return self._head(key)[0]
        return None

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading forwards. Raises FileNotFoundError."""
        size, etag = self._head(key)
        # The second answer has to be of the same file as the first.
        return open_distant(lambda place: self._read(key, etag, place), size)

    @contextmanager
    def write(self, key: str) -> Iterator[BinaryIO]:
        """Write a file that becomes visible whole when the block ends well, or not at all."""
        with _translated(key), write_in_parts(self._client, self._bucket, key) as stream:
            yield stream

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""
        with suppress(FileNotFoundError), _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def forget_unfinished(self, before: datetime) -> int:
        """Abort the multipart uploads begun before a time; return how many."""
        with _translated(""):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket
            )
            found = [each for page in pages for each in page.get("Uploads", [])]
        # The bucket may hold things of others.
        ours = [each for each in found if is_key(each["Key"])]
        old = [each for each in ours if each["Initiated"] < before]
        for each in old:
            self.abort_multipart(each["Key"], each["UploadId"])
        return len(old)

    def _sign(
        self,
        operation: str,
        key: str,
        content: Content,
        lifetime: timedelta,
        signed: dict[str, Any],
        headers: dict[str, str],
    ) -> SignedPut:
        """Sign an address; what is signed beside it has to be sent as headers."""
        expires_at = datetime.now(UTC) + lifetime
        parameters = {"Bucket": self._bucket, "Key": key, "ContentLength": content.size, **signed}
        if content.crc32:
            parameters["ChecksumCRC32"] = content.crc32
            headers = {**headers, CHECKSUM_HEADER: content.crc32}
        url = self._client.generate_presigned_url(
            operation, Params=parameters, ExpiresIn=int(lifetime.total_seconds())
        )
        return SignedPut(url, headers, expires_at)

    def _head(self, key: str) -> tuple[int, str]:
        with _translated(key):
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        return head["ContentLength"], head["ETag"]

    def _read(self, key: str, etag: str, place: int) -> Body:
        """Return the bytes from a place on. Raises Dropped."""
        try:
            answer = self._reader.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={place}-", IfMatch=etag
            )
        except (BotoCoreError, ClientError) as error:
            if _status(error) in _FINAL:
                message = f"Storage refuses to go on reading: {error}"
                raise StorageUnavailable(message) from error
            raise Dropped(str(error)) from error
        return _Answer(answer["Body"])


class _Answer:
    """The body of an answer, whose connection may break."""

    def __init__(self, body: StreamingBody) -> None:
        self._body = body

    def read(self, size: int) -> bytes:
        """Return up to so many bytes, b"" at the end. Raises Dropped."""
        try:
            return self._body.read(size)
        except (BotoCoreError, HTTPError) as error:
            raise Dropped(str(error)) from error

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()


def connect(bucket: Bucket, *, attempts: int = 4) -> S3Client:
    """Return a client of the bucket's storage; it sends nothing yet."""
    style = _REGIONAL if bucket.endpoint_url is None else _PATH_STYLE
    patience = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    # The default session is no thing for several threads.
    return boto3.session.Session().client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        region_name=bucket.region,
        aws_access_key_id=bucket.access_key_id,
        aws_secret_access_key=bucket.secret_access_key,
        config=_SETTINGS.merge(style).merge(patience),
    )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Say in the words of the contract what storage answers."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code == "NoSuchUpload":
            raise NoSuchMultipart(what) from error
        if code in ("NoSuchKey", "404"):
            raise FileNotFoundError(what) from error
        message = f"Storage refused {error.operation_name}: {error}"
        raise StorageUnavailable(message) from error
    except BotoCoreError as error:
        message = f"Storage cannot be reached: {error}"
        raise StorageUnavailable(message) from error


def _part(found: PartTypeDef) -> Part:
    checksum = found.get("ChecksumCRC32", "")
    return Part(found["PartNumber"], found["Size"], found["ETag"], checksum)


def _completed(part: Part) -> CompletedPartTypeDef:
    # AWS wants the checksums back; not every storage tells them.
    checksum: CompletedPartTypeDef = {"ChecksumCRC32": part.crc32} if part.crc32 else {}
    return {"ETag": part.etag, "PartNumber": part.number, **checksum}


def _status(error: Exception) -> int:
    """Return the HTTP status of an answer, 0 where there was none."""
    if not isinstance(error, ClientError):
        return 0
    return error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
