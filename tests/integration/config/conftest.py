"""A folder that every user can reach, unlike pytest's own."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return an empty folder outside pytest's private one, open to everyone."""
    folder = Path(tempfile.mkdtemp(prefix="pricebook-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
