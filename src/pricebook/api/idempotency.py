"""Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a request sent twice is done once.

The work and its stored answer are one transaction, under a lock of the key's row. So a server that
dies in the middle has done nothing, and the client's next try does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from pricebook.api.base import ResourceView, actor_of
from pricebook.api.models import StoredAnswer

if TYPE_CHECKING:
    from rest_framework.request import Request

    from pricebook.accounts.models import User

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEPT_FOR: Final = timedelta(hours=24)
_KEY: Final = re.compile("[!-~]{1,255}")
_KEPT_HEADERS: Final = ("Location", "ETag")

View = TypeVar("View", bound=ResourceView)
Arguments = ParamSpec("Arguments")
Method = Callable[Concatenate[View, "Request", Arguments], Response]


class RequestInProgress(APIException):
    """The first request with this key has not been answered yet."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "A request with this Idempotency-Key is being worked on. Try again shortly."
    default_code = "in_progress"


class KeyUsedOtherwise(APIException):
    """The key came with another request before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key came with another request before. Use a new key."
    default_code = "key_used_otherwise"


def idempotent(method: Method[View, Arguments]) -> Method[View, Arguments]:
    """Make a method that writes answer a repeated request as it answered the first one.

    Only successes are kept: what failed wrote nothing and may be tried again.
    """

    @wraps(method)
    def answer(
        view: View, request: Request, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return method(view, request, *args, **kwargs)
        row_id, digest = _claim(actor_of(request), key), _digest(request)
        with transaction.atomic():
            stored = _hold(row_id, digest)
            if stored.status is not None:
                return _replay(stored)
            response = method(view, request, *args, **kwargs)
            _store(stored, digest, response)
            return response

    return answer


def purge_answers() -> int:
    """Delete the answers older than KEPT_FOR; return how many."""
    return StoredAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _claim(user: User, key: str) -> int:
    """Return the row of a key, committed, so that others see it. Raises ParseError."""
    if not _KEY.fullmatch(key):
        message = f"{HEADER} takes 1 to 255 printable ASCII characters without spaces."
        raise ParseError(message)
    row, _ = StoredAnswer.objects.get_or_create(user=user, key=key)
    return row.pk


def _hold(row_id: int, digest: str) -> StoredAnswer:
    """Lock the row until the answer is stored. Raises RequestInProgress, KeyUsedOtherwise."""
    stored = StoredAnswer.objects.select_for_update(skip_locked=True).filter(pk=row_id).first()
    if stored is None:
        raise RequestInProgress
    if stored.created_at < timezone.now() - KEPT_FOR:
        stored.status, stored.created_at = None, timezone.now()
    if stored.status is not None and stored.digest != digest:
        raise KeyUsedOtherwise
    return stored


def _replay(stored: StoredAnswer) -> Response:
    headers = {**stored.headers, REPLAYED: "true"}
    return Response(stored.body, status=stored.status, headers=headers)


def _store(stored: StoredAnswer, digest: str, response: Response) -> None:
    stored.digest = digest
    stored.status = response.status_code
    stored.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    # As it is sent: dates and numbers are texts then. Nothing at all is no JSON.
    stored.body = json.loads(JSONRenderer().render(response.data) or "null")
    stored.save()


def _digest(request: Request) -> str:
    """Return what tells one request from another; spaces and the order of names do not."""
    said: list[Any] = [request.method, request.get_full_path(), request.data]
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
