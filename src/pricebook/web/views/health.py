"""The health check for load balancers and people (G3)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from pricebook.core import redis


@login_not_required
@never_cache
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when database and Redis answer, else 503 and which one does not."""
    down = [name for name, answers in (("database", _database), ("redis", _redis)) if not answers()]
    if down:
        return JsonResponse({"status": "unavailable", "down": down}, status=503)
    return JsonResponse({"status": "ok"})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(redis.client().ping())
    except redis.ERRORS:
        return False
