"""What locks sign-in after too many wrong passwords: who counts as one client, and for how long.

django-axes counts the failures (ABUSE 14); its settings name the functions here.
"""

from __future__ import annotations

import math
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from axes.models import AccessAttempt
from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from django.http import HttpRequest

# One customer of an IPv6 provider has at least 2**64 addresses (RFC 6177, section 2).
_IPV6_CUSTOMER_BITS = 64


def client_address(request: HttpRequest) -> str | None:
    """Return the address that failures are counted for; an IPv6 one stands for its whole /64.

    `X-Forwarded-For` is anybody's to write. Only the entries that the operator's own proxies added
    are believed: TRUSTED_PROXIES says how many proxies there are, each adding one at the right.
    None where the server gives no address (a Unix socket).
    """
    direct = request.META.get("REMOTE_ADDR", "")
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(forwarded):
        return _comparable(forwarded[-proxies]) or _comparable(direct)
    return _comparable(direct)


def seconds_locked(request: HttpRequest, username: str) -> int:
    """Return in how many seconds that person, from where the request comes, may try again."""
    last = (
        AccessAttempt.objects.filter(username=username, ip_address=client_address(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    lock = settings.AXES_COOLOFF_TIME
    left = lock if last is None else last + lock - timezone.now()
    return max(1, math.ceil(left.total_seconds()))


def _comparable(text: str) -> str | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        # A zone (fe80::1%eth0) is of this machine only.
        plain = IPv6Address(int(address))
        return str(ip_network((plain, _IPV6_CUSTOMER_BITS), strict=False).network_address)
    return str(address)
