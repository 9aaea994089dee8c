"""What those who abuse the product need: clients of the API."""

from __future__ import annotations

from tests.integration.api.conftest import (
    files_folder,
    forget_rates,
    keyed,
    make_import,
    person,
    reader,
    token,
    writer,
)
from tests.integration.imports.conftest import tidy

__all__ = [
    "files_folder",
    "forget_rates",
    "keyed",
    "make_import",
    "person",
    "reader",
    "tidy",
    "token",
    "writer",
]
