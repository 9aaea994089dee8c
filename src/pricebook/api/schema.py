"""The description of the API by itself: OpenAPI 3.1 at /api/schema/ (docs/reference/api.md)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.response import Response

from pricebook.api.base import ResourceView
from pricebook.api.changes import DEFAULT_LIMIT, MAX_LIMIT
from pricebook.api.operations import (
    OPERATIONS,
    ConfirmationSerializer,
    Operation,
    ProblemSerializer,
)
from pricebook.api.problems import CONTENT_TYPE
from pricebook.api.product_filters import describe_filters
from pricebook.api.sent_events import describe_webhooks
from pricebook.catalogue.walk import ORDERINGS
from pricebook.changes.models import Kind
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.models import DeliveryStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

_EVERYBODYS_PROBLEMS: Final = (401, 403, 429)
_PROBLEMS: Final[Mapping[int, str]] = {
    400: "A parameter or a field is unknown, or has no such value; `errors` names each.",
    401: "No key and no session, or the key is unknown, revoked or expired.",
    403: "The key or the role does not cover this, or the CSRF token is missing.",
    404: "There is no such thing.",
    409: "Its state does not allow that, or something else stands in its way.",
    410: "What lies behind this cursor is no longer kept.",
    411: "The request does not say how long it is.",
    412: "It is no longer as If-Match or If-None-Match says.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "The Idempotency-Key came with another request before.",
    428: "A confirmation is needed; the answer has it.",
    429: "Too many requests; Retry-After says when the next one may come.",
    503: "Storage cannot be reached at this moment.",
    507: "The disk on which files are kept is full.",
}
_ANSWERS: Final[Mapping[int, str]] = {
    200: "Done.",
    201: "Created.",
    202: "Queued: it goes on in the background.",
    204: "Done; there is nothing to say.",
    304: "It is as If-None-Match says.",
}
_WHOLE_NUMBER: Final = {"type": "integer", "minimum": 1}
_PARAMETERS: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    **{name: ({"type": "string"}, text) for name, text in describe_filters().items()},
    "active": ({"type": "string", "enum": ["true", "false"]}, describe_filters()["active"]),
    "page": (_WHOLE_NUMBER, "The number of the page, from 1."),
    "page_size": ({**_WHOLE_NUMBER, "maximum": 500}, "How many a page shows; 50 unless said."),
    "cursor": ({"type": "string"}, "Where to go on: empty at first, then as in `next`."),
    "ordering": ({"type": "string", "enum": list(ORDERINGS)}, "The order; `-` turns it round."),
    "limit": ({**_WHOLE_NUMBER, "maximum": 500}, "How many are shown; 50 unless said."),
    "before": (_WHOLE_NUMBER, "Changes before this change set."),
    "confirmation": ({"type": "string"}, "What the first request was answered with."),
    "format": ({"type": "string", "enum": ["csv", "jsonl", "xlsx"]}, "The kind of the file."),
    "status": ({"type": "string"}, "Those with this status."),
    "kind": ({"type": "string"}, "Those of this kind."),
    "state": ({"type": "string", "enum": ["live", "ended"]}, "Keys that work, or do not."),
    "event_type": ({"type": "string", "enum": list(CATALOGUE)}, "Events of this type."),
    "event_id": ({"type": "string"}, "The event with this webhook-id."),
    "until": ({"type": "string", "format": "date-time"}, "What happened before this time."),
    "job": ({"type": "string", "format": "uuid"}, "Changes of this job, such as an import."),
    "changeset": (_WHOLE_NUMBER, "Changes of this set."),
}
# Where the same name means something else.
_PARAMETERS_OF: Final[Mapping[tuple[str, str], tuple[dict[str, Any], str]]] = {
    ("ChangeFeed", "since"): (
        {"type": "string"},
        "Where to go on: the last `next_since`; `now` for the end, nothing for the beginning.",
    ),
    ("ChangeFeed", "limit"): (
        {**_WHOLE_NUMBER, "maximum": MAX_LIMIT},
        f"How many are shown; {DEFAULT_LIMIT} unless said.",
    ),
    ("ChangeFeed", "kind"): ({"type": "string", "enum": Kind.values}, "Changes of this kind."),
    ("DeliveryList", "since"): (
        {"type": "string", "format": "date-time"},
        "What happened at this time or later.",
    ),
    ("DeliveryList", "before"): (_WHOLE_NUMBER, "Deliveries before this one."),
    ("DeliveryList", "status"): (
        {"type": "string", "enum": DeliveryStatus.values},
        "Those with this status.",
    ),
}
_REQUEST_HEADERS: Final[Mapping[str, str]] = {
    "If-Match": "The ETag that was read: 412 when it has changed since.",
    "If-None-Match": "The ETag that was read; `*` for any.",
    "Idempotency-Key": "A text of your own: the same request with it is done once in 24 hours.",
}
_ANSWER_HEADERS: Final[Mapping[str, str]] = {
    "ETag": "The version of the product.",
    "Location": "Where it is.",
    "Deprecation": "Since when this address is deprecated (RFC 9745).",
    "Sunset": "When this address goes (RFC 8594).",
    "Link": "What takes its place.",
    "RateLimit-Policy": "How many requests a minute has.",
    "RateLimit": "How many are left, and for how many seconds.",
}
_OWN_REFERENCE: Final = re.compile(r" \([A-G][0-9]+(?:, [A-G][0-9]+)*\)")
_EVENTS: Final = "/api/imports/{import_id}/events/"


class OperationSchema(AutoSchema):
    """Describe an operation by its docstring and its line in `operations.py`."""

    @property
    def _operation(self) -> Operation:
        return OPERATIONS[type(self.view).__name__, self.method.lower()]

    def get_operation_id(self) -> str:
        """Return a name such as `getProductList`."""
        return f"{self.method.lower()}{type(self.view).__name__}"

    def get_tags(self) -> list[str]:
        """Return the resource."""
        return [self.path.split("/")[2]]

    def get_summary(self) -> str:
        """Return the first sentence of the method's docstring."""
        return _docstring(self.view, self.method)[0]

    def get_description(self) -> str:  # type: ignore[override]
        """Return the rest of it."""
        return _docstring(self.view, self.method)[1]

    def is_deprecated(self) -> bool:
        """Say whether the address will go."""
        return self._operation.deprecated

    def get_auth(self) -> list[dict[str, Any]]:
        """Return nothing: all operations have the security of the whole API."""
        return []

    def get_filter_backends(self) -> list[Any]:
        """Return nothing: parameters are declared by the views."""
        return []

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters of the query, and the headers that are read and sent."""
        reads = self.method == "GET"
        view = cast("ResourceView", self.view)
        names = view.query_parameters if reads else view.write_parameters
        operation = self._operation
        return [
            *(_parameter(type(view).__name__, name) for name in sorted(names)),
            *(_header(name) for name in operation.takes),
            *(_answer_header(name, operation) for name in operation.gives),
            *(_answer_header(name, operation) for name in ("RateLimit-Policy", "RateLimit")),
        ]

    def get_request_serializer(self) -> Any:
        """Return what the body is, by its media type."""
        operation = self._operation
        return None if operation.body is None else {operation.body_type: operation.body}

    def get_response_serializers(self) -> Any:
        """Return what the answers are, the problems included."""
        operation = self._operation
        answers = {
            _key(status, answer, operation.media_type): OpenApiResponse(answer, _ANSWERS[status])
            for status, answer in operation.answers.items()
        }
        problems = {
            (status, CONTENT_TYPE): OpenApiResponse(_problem(status), _PROBLEMS[status])
            for status in sorted({*operation.problems, *_EVERYBODYS_PROBLEMS})
        }
        return answers | problems


class SchemaView(ResourceView):
    """GET /api/schema/."""

    def get(self, _request: Request) -> Response:
        """Read this description: OpenAPI 3.1 as JSON."""
        return Response(describe_api())


@cache
def describe_api() -> dict[str, Any]:
    """Return the description; it is the same for everybody."""
    # drf-spectacular's generator has no types.
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    described: dict[str, Any] = generator.get_schema(request=None, public=True)
    return described


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what no view of Django REST framework tells: bodies left out, streams, webhooks."""
    for (name, method), operation in OPERATIONS.items():
        if operation.body is None or operation.body_required:
            continue
        described = _operation_of(result, f"{method}{name}")
        content = {operation.body_type: {"schema": operation.body}}
        described.setdefault("requestBody", {"content": content}).pop("required", None)
    example = result["paths"]["/api/imports/{import_id}/"]["get"]
    problems = {
        status: example["responses"][status] for status in ("400", "401", "403", "404", "429")
    }
    result["paths"][_EVENTS] = {
        "get": {
            "operationId": "getImportEvents",
            "summary": "Follow the progress of an import as Server-Sent Events.",
            "tags": ["imports"],
            "parameters": [each for each in example["parameters"] if each["in"] == "path"],
            "responses": {
                "200": {
                    "description": "A stream of `progress` events.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                "204": {"description": "The end was seen already: do not come back."},
                **problems,
            },
        }
    }
    result["webhooks"] = describe_webhooks()
    return result


def _operation_of(result: dict[str, Any], operation_id: str) -> dict[str, Any]:
    return next(
        operation
        for path in result["paths"].values()
        for operation in path.values()
        if operation["operationId"] == operation_id
    )


def _docstring(view: Any, method: str) -> tuple[str, str]:
    text = " ".join((getattr(view, method.lower()).__doc__ or "").split())
    # Rows of our own requirements mean nothing to clients.
    text = _OWN_REFERENCE.sub("", text)
    summary, _, rest = text.partition(". ")
    return summary.rstrip(".") + ".", rest


def _key(status: int, answer: Any, media_type: str) -> Any:
    return status if answer is None else (status, media_type)


def _problem(status: int) -> Any:
    return ConfirmationSerializer if status == 428 else ProblemSerializer


def _parameter(view: str, name: str) -> OpenApiParameter:
    schema, description = _PARAMETERS_OF.get((view, name)) or _PARAMETERS[name]
    return OpenApiParameter(name, schema, description=description)


def _header(name: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=_REQUEST_HEADERS[name])


def _answer_header(name: str, operation: Operation) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.HEADER,
        description=_ANSWER_HEADERS[name],
        response=list(operation.answers),
    )
