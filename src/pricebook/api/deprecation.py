"""How an address says that it will go, and what takes its place (RFC 9745, RFC 8594)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.utils.http import http_date

_DEPRECATED_SINCE: Final = datetime(2026, 11, 1, tzinfo=UTC)
_GONE_AFTER: Final = datetime(2028, 11, 1, tzinfo=UTC)


def deprecation_headers(successor: str) -> dict[str, str]:
    """Return the headers of an older address; `successor` is the newer one."""
    return {
        "Deprecation": f"@{int(_DEPRECATED_SINCE.timestamp())}",
        "Sunset": http_date(_GONE_AFTER.timestamp()),
        "Link": f'<{successor}>; rel="successor-version"',
    }
