"""A file of unknown length into a bucket, in parts, so that memory holds one part at a time."""

from __future__ import annotations

import io
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

# 10,000 of them are 80 GB, more than any file that is taken in.
PART_BYTES: Final = 8 << 20


class _PartWriter(io.BufferedIOBase):
    """Collects what is written and sends it part by part."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._waiting = bytearray()
        self._multipart = ""
        self._sent: list[CompletedPartTypeDef] = []

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Take bytes; a full part is sent."""
        view = memoryview(data).cast("B")
        self._waiting += view
        while len(self._waiting) >= PART_BYTES:
            self._send(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]
        return len(view)

    def finish(self) -> None:
        """Make the file of all that was written."""
        if not self._multipart:
            self._client.put_object(Bucket=self._bucket, Key=self._key, Body=bytes(self._waiting))
            return
        if self._waiting:
            self._send(bytes(self._waiting))
        self._client.complete_multipart_upload(
            Bucket=self._bucket,
            Key=self._key,
            UploadId=self._multipart,
            MultipartUpload={"Parts": self._sent},
        )

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._multipart:
            self._client.abort_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._multipart
            )

    def _send(self, part: bytes) -> None:
        if not self._multipart:
            begun = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)
            self._multipart = begun["UploadId"]
        number = len(self._sent) + 1
        answer = self._client.upload_part(
            Bucket=self._bucket,
            Key=self._key,
            UploadId=self._multipart,
            PartNumber=number,
            Body=part,
        )
        self._sent.append({"ETag": answer["ETag"], "PartNumber": number})


@contextmanager
def write_in_parts(client: S3Client, bucket: str, key: str) -> Iterator[BinaryIO]:
    """Write a file that becomes visible whole when the block ends well, or not at all."""
    writer = _PartWriter(client, bucket, key)
    try:
        yield cast("BinaryIO", writer)
        writer.finish()
    except BaseException:
        # What went wrong first is what the caller has to hear of; the sweep takes the rest.
        with suppress(BotoCoreError, ClientError):
            writer.abandon()
        raise
