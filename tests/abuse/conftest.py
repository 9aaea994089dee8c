"""The clients that the tests of the API have, for those who abuse it."""

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

__all__ = [
    "files_folder",
    "forget_rates",
    "keyed",
    "make_import",
    "person",
    "reader",
    "token",
    "writer",
]
