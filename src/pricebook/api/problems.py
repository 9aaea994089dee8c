"""Errors as every client gets them: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response

from pricebook.catalogue.edits import InvalidProductError
from pricebook.catalogue.sources import SourceNameTaken
from pricebook.catalogue.undo import NotUndoableError
from pricebook.catalogue.writes import ProductChangedError, ProductGoneError
from pricebook.core.errors import PermanentError
from pricebook.files.contract import StorageUnavailable
from pricebook.files.receive import FileTooLarge
from pricebook.files.space import StorageFull, is_full
from pricebook.files.uploads import UploadEnded, UploadIncomplete, UploadNotFound
from pricebook.imports.mappings import NameTaken
from pricebook.jobs.queue import NotAllowedNow
from pricebook.webhooks.endpoints import EndpointGone
from pricebook.webhooks.resend import DeliveryGone, ResendRefused

CONTENT_TYPE = "application/problem+json"
# The others are those of older clients.
API_PREFIXES = ("/api/", "/products/api/", "/webhooks/api/")


class ParameterError(ValidationError):
    """Query parameters that the resource does not take, or not with that value."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `place` is `parameter` (of the query) or `pointer` (RFC 6901)."""

    place: str
    name: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What a client reads when its request failed."""

    status: HTTPStatus
    detail: str
    faults: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    # Further members of the document (RFC 9457, section 3.2).
    members: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the members of RFC 9457, section 3.1, and `errors`, one for each fault."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.faults:
            document["errors"] = [
                {fault.place: fault.name, "code": fault.code, "detail": fault.detail}
                for fault in self.faults
            ]
        return document | dict(self.members)


# The first line that fits an exception decides.
_STATUSES: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (Http404, HTTPStatus.NOT_FOUND),
    (PermissionDenied, HTTPStatus.FORBIDDEN),
    (NotAllowedNow, HTTPStatus.CONFLICT),
    (NameTaken, HTTPStatus.CONFLICT),
    (SourceNameTaken, HTTPStatus.CONFLICT),
    (NotUndoableError, HTTPStatus.CONFLICT),
    (ProductGoneError, HTTPStatus.NOT_FOUND),
    (ProductChangedError, HTTPStatus.PRECONDITION_FAILED),
    (FileTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (StorageFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (UploadNotFound, HTTPStatus.NOT_FOUND),
    (UploadIncomplete, HTTPStatus.CONFLICT),
    (UploadEnded, HTTPStatus.CONFLICT),
    (EndpointGone, HTTPStatus.NOT_FOUND),
    (DeliveryGone, HTTPStatus.NOT_FOUND),
    (ResendRefused, HTTPStatus.CONFLICT),
    (PermanentError, HTTPStatus.BAD_REQUEST),
    (RequestDataTooBig, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (SuspiciousOperation, HTTPStatus.BAD_REQUEST),
    (UnreadablePostError, HTTPStatus.BAD_REQUEST),
    # Such as a deadlock of two people who swap SKUs: nothing was written.
    (OperationalError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_STORAGE_AWAY: Final = "Storage cannot be reached at this moment. Try again."
_SENTENCES: Final[Mapping[int, str]] = {
    400: "The request cannot be understood.",
    403: "You may not do that.",
    404: "There is nothing at this address.",
    413: "The request is too large.",
    503: "The database could not do that at this moment. Nothing was changed; try again.",
    500: "Something went wrong on our side. It has been logged; trying again may help.",
}


def problem_of(error: Exception) -> Problem | None:
    """Return what a client is told about an exception; None for a mistake of our own."""
    if isinstance(error, ValidationError):
        return _problem_of_faults(error)
    if isinstance(error, InvalidProductError):
        return _problem_of_product(error)
    if isinstance(error, APIException):
        sentence = f"{str(error.detail).rstrip('.')}."
        members = getattr(error, "members", {})
        return Problem(HTTPStatus(error.status_code), sentence, (), _headers_of(error), members)
    if isinstance(error, StorageUnavailable):
        # What it says is for the operator, and names addresses.
        return Problem(HTTPStatus.SERVICE_UNAVAILABLE, _STORAGE_AWAY)
    if is_full(error):
        # Such as that of a form on its way to storage.
        error = StorageFull()
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            # Only our own errors are sentences for people.
            ours = isinstance(error, PermanentError)
            return Problem(status, str(error) if ours else _SENTENCES[status])
    return None


def problem_response(error: Exception, _context: Mapping[str, Any]) -> Response | None:
    """Answer an exception of a view: the exception handler of Django REST framework."""
    problem = problem_of(error)
    if problem is None:
        return None
    return Response(
        problem.as_json(),
        status=problem.status,
        headers=dict(problem.headers),
        content_type=CONTENT_TYPE,
    )


def api_error(request: HttpRequest, status: int) -> HttpResponse | None:
    """Answer for Django's error handlers under /api/; None for a path of the pages."""
    if not request.path_info.startswith(API_PREFIXES):
        return None
    problem = Problem(HTTPStatus(status), _SENTENCES[status])
    return HttpResponse(json.dumps(problem.as_json()), status=status, content_type=CONTENT_TYPE)


def _problem_of_faults(error: ValidationError) -> Problem:
    parameters = isinstance(error, ParameterError)
    place, root = ("parameter", "") if parameters else ("pointer", "#")
    return _of_faults(HTTPStatus(error.status_code), tuple(_faults(error.detail, place, root)))


def _problem_of_product(error: InvalidProductError) -> Problem:
    faults = tuple(
        Fault("pointer", f"#/{each.field}", each.code, each.message) for each in error.problems
    )
    # The request is right, and another product stands in its way (RFC 9110, section 15.5.10).
    taken = {fault.code for fault in faults} == {"sku_taken"}
    return _of_faults(HTTPStatus.CONFLICT if taken else HTTPStatus.BAD_REQUEST, faults)


def _of_faults(status: HTTPStatus, faults: tuple[Fault, ...]) -> Problem:
    if len(faults) == 1:
        detail = faults[0].detail
    else:
        detail = f"The request has {len(faults)} mistakes; `errors` names each."
    return Problem(status, detail, faults)


def _faults(detail: object, place: str, name: str) -> Iterator[Fault]:
    """Flatten what serializers and forms report."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            # RFC 6901, section 3.
            escaped = str(key).replace("~", "~0").replace("/", "~1")
            inner_name = f"{name}/{escaped}" if place == "pointer" else str(key)
            yield from _faults(inner, place, inner_name)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _faults(inner, place, name)
    else:
        code = detail.code if isinstance(detail, ErrorDetail) else None
        yield Fault(place, name, code or "invalid", str(detail))


def _headers_of(error: APIException) -> dict[str, str]:
    # DRF's views put the challenge of a 401 on the exception (RFC 9110, section 11.6.1).
    challenge = getattr(error, "auth_header", None)
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    wait: float | None = getattr(error, "wait", None)
    return headers if wait is None else {**headers, "Retry-After": str(ceil(wait))}
