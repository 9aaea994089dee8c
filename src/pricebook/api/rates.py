"""How much one client may ask in a minute (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, Throttled
from rest_framework.throttling import BaseThrottle

from pricebook.accounts.models import ApiKey
from pricebook.core import redis

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 60
_POLICY: Final = "minute"


@dataclass(frozen=True, slots=True)
class Rate:
    """How a client stands in the present window; `used` counts this request too."""

    limit: int
    used: int
    seconds_left: float

    @property
    def is_exceeded(self) -> bool:
        """Say whether this request is one too many."""
        return self.used > self.limit


class TooManyRequests(Throttled):
    """The client has used up its window (RFC 6585, section 4)."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        limit = settings.API_RATE_PER_MINUTE
        self.detail = ErrorDetail(
            f"These are more than {limit:,} requests in a minute. Go on in {ceil(wait)} seconds.",
            self.default_code,
        )


class RateLimit(BaseThrottle):
    """Let each key, and each person, send PRICEBOOK_API_RATE_PER_MINUTE requests a minute.

    A window begins with its first request. Without Redis nobody is held up.
    """

    def __init__(self) -> None:
        self._wait: float | None = None

    def allow_request(self, request: Request, _view: APIView) -> bool:
        """Count the request; say whether it may go on."""
        auth = request.auth
        who = f"key:{auth.pk}" if isinstance(auth, ApiKey) else f"user:{request.user.pk}"
        rate = _count(who)
        if rate is None:
            return True
        request.rate = rate  # type: ignore[attr-defined]
        self._wait = rate.seconds_left if rate.is_exceeded else None
        return not rate.is_exceeded

    def wait(self) -> float | None:
        """Return after how many seconds the next request may come."""
        return self._wait


def rate_headers(request: Request) -> dict[str, str]:
    """Return the headers that tell how a client stands; none where nobody counted."""
    rate = getattr(request, "rate", None)
    if not isinstance(rate, Rate):
        return {}
    remaining, seconds = max(0, rate.limit - rate.used), ceil(rate.seconds_left)
    return {
        "RateLimit-Policy": f'"{_POLICY}";q={rate.limit};w={WINDOW_SECONDS}',
        "RateLimit": f'"{_POLICY}";r={remaining};t={seconds}',
    }


def _count(who: str) -> Rate | None:
    """Count one request of a client. None when Redis cannot be reached."""
    name = f"api:rate:{who}"
    try:
        with redis.client().pipeline() as pipe:
            pipe.set(name, 0, ex=WINDOW_SECONDS, nx=True)
            pipe.incr(name)
            pipe.pttl(name)
            _, used, milliseconds = pipe.execute()
    except redis.ERRORS as error:
        log.warning("A request was not counted: %s", error)
        return None
    return Rate(settings.API_RATE_PER_MINUTE, int(used), max(0, int(milliseconds)) / 1000)
