"""What tests of imports leave behind: nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pricebook.imports.staging import drop_tables, staging_tables


@pytest.fixture
def tidy(transactional_db: None) -> Iterator[None]:
    """Drop the staging tables of imports that the test leaves undecided."""
    yield
    for name, _ in staging_tables():
        drop_tables(name)
