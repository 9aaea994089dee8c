"""Which address wrong passwords are counted for (ABUSE 14)."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from pricebook.accounts.throttle import client_address

DIRECT = "198.51.100.7"


def seen(
    settings: Settings, proxies: int, forwarded: str | None, direct: str = DIRECT
) -> str | None:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct))


@pytest.mark.parametrize("forwarded", [None, "", "203.0.113.1", "203.0.113.1, 203.0.113.2"])
def test_without_proxies_the_header_is_not_believed(
    settings: Settings, forwarded: str | None
) -> None:
    assert seen(settings, 0, forwarded) == DIRECT


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.1", "203.0.113.1"),
        # The client wrote the first entry itself; the proxy added the second.
        (1, "10.0.0.1, 203.0.113.1", "203.0.113.1"),
        (2, "10.0.0.1, 203.0.113.1, 192.0.2.9", "203.0.113.1"),
        # It did not come through both proxies, or they add nothing.
        (2, "203.0.113.1", DIRECT),
        (1, None, DIRECT),
        (1, "not an address", DIRECT),
        (1, " 203.0.113.1 ", "203.0.113.1"),
    ],
)
def test_behind_proxies_only_their_own_entries_are_believed(
    settings: Settings, proxies: int, forwarded: str | None, address: str
) -> None:
    assert seen(settings, proxies, forwarded) == address


@pytest.mark.parametrize(
    ("direct", "address"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:198.51.100.7", DIRECT),
        ("", None),
    ],
)
def test_one_customers_ipv6_addresses_count_as_one(
    settings: Settings, direct: str, address: str | None
) -> None:
    assert seen(settings, 0, None, direct) == address
