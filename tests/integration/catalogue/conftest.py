"""What the tests of the catalogue share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.catalogue.at_work import CHUNK

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture
def small_chunks(settings: Settings) -> None:
    """Let a handful of products be work of several steps."""
    settings.IMPORT_MERGE_CHUNK = CHUNK
