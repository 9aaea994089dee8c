"""What every test may use: the running product of the crash tests, and quick clients of S3."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest

from tests.integration.crash.stack import Stack, running_stack


@pytest.fixture(scope="session", autouse=True)
def one_description_of_s3() -> Iterator[None]:
    """Read botocore's description of S3 once: a client for each test would read it each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def shared_stack() -> Iterator[Stack]:
    """Run a product from its first test to the end; every test wants `stack` instead."""
    with running_stack() as stack:
        yield stack


@pytest.fixture
def stack(shared_stack: Stack) -> Stack:
    """Return a product that runs and is empty."""
    shared_stack.ask("empty")
    shared_stack.start("worker", "beat")
    return shared_stack
