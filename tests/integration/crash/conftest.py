"""One running product for the crash tests; each test begins with nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.crash.stack import Stack, running_stack


@pytest.fixture(scope="session")
def shared_stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


@pytest.fixture
def stack(shared_stack: Stack) -> Stack:
    """Return a product that runs and is empty."""
    shared_stack.ask("empty")
    shared_stack.start("worker", "beat")
    return shared_stack
