"""A real S3 API for tests: OpenStack Swift with its s3api, in one process at 127.0.0.1.

Real here: the requests are HTTP over a socket, and Swift's own code checks each one's AWS
signature (version 4, in the header or in the query), its expiry, its signed headers (length,
type, checksum), its CRC-32, its conditions (`If-None-Match`, `If-Match`) and its origin. Objects
lie on the disk and outlive the process, so that a test may stop the storage and start it again.

Why Swift: it comes from PyPI, it needs no other program, and it refuses what S3 refuses. The
usual stand-ins, moto and s3rver, take requests with a wrong signature.

What is not as in S3, so that a test must not lean on it:

- There is no `PutBucketCors` (501). `allowed_origins` says it for all buckets, and answers that
  refuse a request have no CORS headers at all: to a page they look like a broken connection.
- Checksums are checked on arrival and then forgotten: no listing and no head has them, and
  completing a multipart upload ignores those it is given.
- `If-None-Match: *` refuses what comes later, but of several PUTs at the same moment more than one
  may succeed; S3 lets one.
- A part may be sent again after its upload was completed, and other bytes break the object; S3
  says 404. An upload that was completed may be completed again.
- Requests with half a signature or none get 400, 401 or 405 instead of 403; an access key has a
  colon.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config

from pricebook.config.processes import last_lines, spawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_s3 import S3Client

REGION = "us-east-1"
_ACCOUNT, _USER = "pricebook", "tests"
_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60
_STOP_SECONDS = 10
_POLL = 0.02

_PROXY = """\
[DEFAULT]
swift_dir = {folder}
log_level = INFO

[pipeline:main]
pipeline = proxy-logging s3api tempauth bulk slo proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# The machine may be busy, and a back end that is given up once is left alone for a minute.
conn_timeout = 10
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
cors_allow_origin = {origins}
cors_expose_headers = etag

[filter:proxy-logging]
use = egg:swift#proxy_logging

[filter:s3api]
use = egg:swift#s3api
location = {region}
# As in S3; Swift's own limit is 1000.
max_upload_part_num = 10000
cors_preflight_allow_origin = {origins}

[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {secret} .admin

[filter:bulk]
use = egg:swift#bulk

[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
"""


class CannotStoreMetadata(Exception):
    """The folder's file system has no user xattrs, in which Swift keeps what it knows of a file."""


class SwiftServer:
    """A Swift that keeps its port and its data from one start to the next."""

    access_key = f"{_ACCOUNT}:{_USER}"
    secret_key = "the-secret-of-the-tests"

    def __init__(self, folder: Path, allowed_origins: Sequence[str] = ()) -> None:
        _check_xattrs(folder)
        self._folder = folder
        self._log = folder / "swift.log"
        self._process: subprocess.Popen[bytes] | None = None
        # Bound and never listening: nobody else gets the port while the server is stopped, and
        # whoever knocks then is refused. SO_REUSEADDR lets the server itself have it.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        self._configure(allowed_origins)

    @property
    def endpoint_url(self) -> str:
        """Return the address, the same for the life of this object."""
        return f"http://127.0.0.1:{self._port_number}"

    @property
    def pid(self) -> int | None:
        """Return the id of the process, or `None` while it is stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server and return when it answers; call it from the main thread."""
        command = (sys.executable, "-m", "tests.servers.swift_process")
        self._process = spawn(
            (*command, str(self._folder), str(self._port_number)), self._log, cwd=_ROOT
        )
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"Swift did not start:\n{last_lines(self._log)}")
            time.sleep(_POLL)

    def stop(self) -> None:
        """End the process at once, as a crash would; open connections break, data stay."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Stop the server and give its port back."""
        self.stop()
        self._port.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def client(self, *, secret_key: str | None = None) -> S3Client:
        """Return a client of the S3 API, by default one with the right key."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=secret_key or self.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                retries={"total_max_attempts": 1},
            ),
        )

    def create_bucket(self, name: str) -> None:
        """Create an empty bucket; its name has 3 to 63 small letters, digits and hyphens."""
        self.client().create_bucket(Bucket=name)

    @property
    def _port_number(self) -> int:
        number: int = self._port.getsockname()[1]
        return number

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port_number), timeout=1).close()
        except OSError:
            return False
        return True

    def _configure(self, allowed_origins: Sequence[str]) -> None:
        (self._folder / "swift.conf").write_text(
            "[swift-hash]\nswift_hash_path_suffix = tests\n", encoding="utf-8"
        )
        proxy = _PROXY.format(
            folder=self._folder,
            region=REGION,
            origins=", ".join(allowed_origins),
            account=_ACCOUNT,
            user=_USER,
            secret=self.secret_key,
        )
        (self._folder / "proxy.conf").write_text(proxy, encoding="utf-8")


def _check_xattrs(folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            os.setxattr(file.fileno(), "user.pricebook", b"1")
        except OSError as error:
            raise CannotStoreMetadata(
                f"{folder} is on a file system without user xattrs, which Swift needs ({error}). "
                "Set TMPDIR to a folder on ext4, xfs or btrfs."
            ) from error
