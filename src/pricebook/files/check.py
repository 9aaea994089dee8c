"""Checks of the storage that the settings name, one result after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings

from pricebook.files.checks.folder import check_folder
from pricebook.files.checks.results import Result

_LOCAL_HOSTS: Final = ("127.0.0.1", "localhost")
_USUAL_PORT: Final = 80


def check_storage(origins: Sequence[str] = ()) -> Iterator[Result]:
    """Try all that Pricebook asks of its storage, and take away what that left behind.

    `origins` are those of the pages that send files; by default what the settings say of them.
    """
    if settings.BUCKET is None:
        return check_folder()
    # Here, for boto3 takes half a second to load.
    from pricebook.files.checks.bucket import check_bucket  # noqa: PLC0415

    return check_bucket(settings.BUCKET, origins or site_origins())


def site_origins() -> list[str]:
    """Return the origins at which people reach the site, as far as the settings tell."""
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    public = [_origin(host) for host in hosts if host not in (*_LOCAL_HOSTS, "[::1]")]
    local = [
        f"http://{host}:{settings.PORT}"
        for host in _LOCAL_HOSTS
        if host in hosts or (host == _LOCAL_HOSTS[0] and not public)
    ]
    return public + local


def _origin(host: str) -> str:
    if settings.HTTPS:
        return f"https://{host}"
    return f"http://{host}" + ("" if settings.PORT == _USUAL_PORT else f":{settings.PORT}")
