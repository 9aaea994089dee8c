"""What tests read in the audit log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pricebook.accounts import audit


def audit_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Return the lines of the audit log, in order."""
    return [
        json.loads(record.getMessage())
        for record in caplog.records
        if record.name == audit.log.name
    ]
