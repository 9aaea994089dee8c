"""Django's error handlers: problem+json under /api/, a page anywhere else."""

from __future__ import annotations

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from pricebook.api.problems import api_error


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return api_error(request, 400) or defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return api_error(request, 403) or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return api_error(request, 404) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when the database is busy, away, or took too long over the query."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return api_error(request, 503) or render(request, "503.html", status=503)
    return api_error(request, 500) or defaults.server_error(request)
