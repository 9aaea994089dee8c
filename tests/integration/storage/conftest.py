"""One object storage for all tests of this folder; each test has a bucket of its own.

`store` is the storage of the contract's tests, which run once with a folder and once with a bucket.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import Settings

from pricebook.files.bucket import Bucket
from pricebook.files.gate import StorageGate
from pricebook.files.s3 import S3Storage
from tests.integration.storage.stores import LocalStore, Store, SwiftStore, not_found, served
from tests.servers.swift import REGION, SwiftServer

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    """Return a running object storage that pages of `ORIGIN` may talk to."""
    if sys.platform != "linux":
        pytest.skip("Swift runs on Linux only.")
    with SwiftServer(tmp_path_factory.mktemp("swift"), allowed_origins=[ORIGIN]) as server:
        yield server


@pytest.fixture
def bucket(swift: SwiftServer) -> str:
    """Return the name of a new bucket."""
    name = f"test-{uuid4().hex}"
    swift.create_bucket(name)
    return name


@pytest.fixture(scope="session")
def gate_address() -> Iterator[str]:
    """Return where a gate is served, with nothing behind it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with served(StorageGate(not_found), listener):
            yield address


@pytest.fixture
def local(gate_address: str, settings: Settings, tmp_path: Path) -> LocalStore:
    """Return a folder whose addresses are served."""
    settings.BUCKET = None
    settings.FILES_ROOT = tmp_path / "files"
    return LocalStore(settings.FILES_ROOT, gate_address)


@pytest.fixture
def swift_store(swift: SwiftServer, bucket: str) -> SwiftStore:
    """Return a bucket of the real S3 API."""
    found = Bucket(bucket, swift.access_key, swift.secret_key, swift.endpoint_url, REGION)
    return SwiftStore(swift, found, S3Storage(found))


@pytest.fixture(params=["local", "swift_store"])
def store(request: pytest.FixtureRequest) -> Store:
    """Return each storage in turn; what a test says of it holds for both."""
    found: Store = request.getfixturevalue(request.param)
    return found
