"""The answer to the one who tried too many passwords (ABUSE 14)."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil

from axes.helpers import get_client_username
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pricebook.accounts.throttle import seconds_locked


def sign_in_locked(request: HttpRequest, *_others: object) -> HttpResponse:
    """Answer 429 with the time to wait (RFC 6585, section 4).

    What else django-axes gives differs between its two ways through the middleware; the request
    holds all that is needed.
    """
    username = get_client_username(request, getattr(request, "axes_credentials", None))
    seconds = seconds_locked(request, username)
    response = render(
        request,
        "web/user_locked.html",
        {"minutes": ceil(seconds / 60)},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    response["Retry-After"] = str(seconds)
    return response
