"""What a token looks like. No database is reachable here, so any query would fail the test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pricebook.accounts.keys import find_live_key
from pricebook.accounts.models import ApiKey, Scope

PREFIX, SECRET = "aB3dE5gH", "s" * 43
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "pb",
        "pb__",
        f"pb_{PREFIX}",
        f"pb_{PREFIX}_{SECRET[:-1]}",
        f"pb_{PREFIX}_{SECRET}s",
        f"pb_{PREFIX}_{SECRET}\n",
        f" pb_{PREFIX}_{SECRET}",
        f"PB_{PREFIX}_{SECRET}",
        f"pb-{PREFIX}-{SECRET}",
        f"pb_{PREFIX}_{'s' * 42}_",
        f"pb_{PREFIX}_{'s' * 42}\0",
        f"pb_{PREFIX}_{'s' * 42}é",
        f"pb_{PREFIX}_{'s' * 42}٣",
        f"pb_{PREFIX[:-1]}\udcff_{SECRET}",
        "pb_" + "a" * 10_000,
        "\0" * 10_000,
    ],
)
def test_what_is_no_token_is_no_key_and_costs_no_query(token: str) -> None:
    assert find_live_key(token) is None


def test_an_admin_key_allows_every_scope() -> None:
    api_key = ApiKey(scopes=[Scope.ADMIN])
    assert [scope for scope in Scope if not api_key.allows(scope)] == []


def test_a_key_allows_its_own_scopes_only() -> None:
    api_key = ApiKey(scopes=[Scope.READ, Scope.UPLOAD])
    assert [scope for scope in Scope if api_key.allows(scope)] == [Scope.READ, Scope.UPLOAD]


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "live"),
    [
        (None, None, True),
        (NOW + timedelta(seconds=1), None, True),
        (NOW, None, False),
        (None, NOW, False),
        (NOW + timedelta(days=1), NOW - timedelta(days=1), False),
    ],
)
def test_a_key_lives_until_its_expiry_or_revocation(
    expires_at: datetime | None, revoked_at: datetime | None, live: bool
) -> None:
    assert ApiKey(expires_at=expires_at, revoked_at=revoked_at).is_live(NOW) is live
