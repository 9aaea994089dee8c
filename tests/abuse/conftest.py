"""What those who abuse the product need: clients of the API, and a whole running product."""

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
from tests.integration.crash.conftest import shared_stack, stack
from tests.integration.imports.conftest import tidy

__all__ = [
    "files_folder",
    "forget_rates",
    "keyed",
    "make_import",
    "person",
    "reader",
    "shared_stack",
    "stack",
    "tidy",
    "token",
    "writer",
]
