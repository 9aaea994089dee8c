"""One object storage for all tests of this folder; each test has a bucket of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.servers.swift import SwiftServer

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
