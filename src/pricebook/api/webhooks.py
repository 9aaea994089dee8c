"""Webhooks: the endpoints that hear of events, their secrets and their trials (C1–C3).

A secret is in the answer that makes it and in no other one. So `Idempotency-Key` means nothing
here: an answer that is kept to be given again would keep the secret.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.accounts.models import Scope
from pricebook.api.attempts import represent_attempt
from pricebook.api.base import ResourceView, actor_of, not_found, page_of
from pricebook.api.bodies import StrictBody, read_body
from pricebook.api.endpoint_bodies import (
    HOUR,
    EndpointBody,
    EndpointPart,
    NewEndpointBody,
    SecretRotationBody,
    TrialBody,
)
from pricebook.webhooks.endpoints import (
    UNSET,
    EndpointRefused,
    EndpointValues,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    update_endpoint,
)
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.health import health_of
from pricebook.webhooks.models import (
    BulkMode,
    Endpoint,
)
from pricebook.webhooks.trial import send_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.webhooks.endpoints import Issued
    from pricebook.webhooks.event_catalogue import EventEntry
    from pricebook.webhooks.health import Health

_SECRET: Final = {"Cache-Control": "no-store"}


class EndpointSerializer(serializers.Serializer[Endpoint]):
    """An endpoint as the API shows it, without its secret; times are RFC 3339 in UTC."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    bulk_mode = serializers.ChoiceField(choices=BulkMode.values)
    rate_limit = serializers.IntegerField(
        allow_null=True, help_text="Requests a second; null for as many as it takes."
    )
    enabled = serializers.BooleanField()
    disabled_because = serializers.CharField(
        help_text="`by_person`, `gone` (it answered 410) or `failing` (for days); else blank."
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(
        allow_null=True, help_text="Of the last attempt; null before it, and without an answer."
    )
    last_response_time = serializers.FloatField(
        source="last_response_ms", allow_null=True, help_text="In milliseconds."
    )
    last_error = serializers.CharField(help_text="A sentence; blank when it was taken.")
    last_attempt_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    success_share_24h = serializers.SerializerMethodField()
    pending = serializers.SerializerMethodField()
    pending_is_exact = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="created_by.username", allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_success_share_24h(self, endpoint: Endpoint) -> float | None:
        """Return which share of the attempts of a day was taken; None when there was none."""
        return self._health(endpoint).share

    def get_pending(self, endpoint: Endpoint) -> int:
        """Return how many events wait for the endpoint, at least."""
        return self._health(endpoint).pending

    def get_pending_is_exact(self, endpoint: Endpoint) -> bool:
        """Return whether no more than that wait, such as those of an import on their way."""
        return self._health(endpoint).pending_is_exact

    def _health(self, endpoint: Endpoint) -> Health:
        health: Health = self.context["health"][endpoint.pk]
        return health


class IssuedEndpointSerializer(EndpointSerializer):
    """An endpoint and, this once, its new secret."""

    secret = serializers.CharField()


class EventTypeSerializer(serializers.Serializer[Any]):
    """A type of events: what it means, what it says, and a body for example."""

    type = serializers.CharField()
    summary = serializers.CharField()
    description = serializers.CharField()
    can_be_subscribed = serializers.BooleanField()
    aliases = serializers.ListField(child=serializers.CharField())
    schema = serializers.JSONField(help_text="A JSON Schema (2020-12) of the whole body.")
    example = serializers.JSONField()


class EventTypeListSerializer(serializers.Serializer[Any]):
    """The event catalogue."""

    results = EventTypeSerializer(many=True)


class WebhookView(ResourceView):
    """What the resources of an endpoint have in common: whoever may write may change it."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def body_of(self, kind: type[StrictBody], request: Request) -> dict[str, Any]:
        """Return what the body of a request says. Raises ValidationError."""
        return read_body(kind, request)

    def represent(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return the resource of one endpoint."""
        return represent_endpoints([endpoint])[0]

    def represent_issued(self, issued: Issued) -> dict[str, Any]:
        """Return an endpoint and, this once, its new secret."""
        return {**self.represent(find_endpoint(issued.endpoint.pk)), "secret": issued.secret}


class WebhookList(WebhookView):
    """GET and POST /api/webhooks/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset({"page", "page_size"})

    def get(self, request: Request) -> Response:
        """List the endpoints, the newest first."""
        return page_of(Endpoint.objects.live().by_age(), request, self.represent_all)

    def post(self, request: Request) -> Response:
        """Add an endpoint. Its secret is in this answer and in no other one.

        It hears of what happens from now on.
        """
        given = self.body_of(NewEndpointBody, request)
        secret = given.pop("secret")
        with pointing_at_values():
            made = create_endpoint(values=_values(given), actor=actor_of(request), secret=secret)
        address = reverse("api-webhook", args=[made.endpoint.pk], request=request)
        return Response(
            self.represent_issued(made),
            status.HTTP_201_CREATED,
            headers={"Location": address, **_SECRET},
        )

    def represent_all(self, endpoints: Sequence[Endpoint]) -> list[dict[str, Any]]:
        """Return the resources of a page."""
        return represent_endpoints(endpoints)


class WebhookDetail(WebhookView):
    """GET, PUT, PATCH and DELETE /api/webhooks/{id}/."""

    def get(self, _request: Request, endpoint_id: UUID) -> Response:
        """Read an endpoint."""
        return Response(self.represent(find_endpoint(endpoint_id)))

    def put(self, request: Request, endpoint_id: UUID) -> Response:
        """Replace an endpoint; its secret stays, and so does whether it is enabled, unless said."""
        return self.changed(request, endpoint_id, self.body_of(EndpointBody, request))

    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change what is given of an endpoint; its secret stays."""
        return self.changed(request, endpoint_id, self.body_of(EndpointPart, request))

    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Delete an endpoint with its log; what waits for it is not sent any more."""
        delete_endpoint(endpoint_id=endpoint_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def changed(self, request: Request, endpoint_id: UUID, given: Mapping[str, Any]) -> Response:
        """Write what is given, and answer with the endpoint."""
        with pointing_at_values():
            update_endpoint(endpoint_id=endpoint_id, values=_values(given), actor=actor_of(request))
        return Response(self.represent(find_endpoint(endpoint_id)))


class WebhookTrial(WebhookView):
    """POST /api/webhooks/{id}/test/."""

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a signed sample here and now, and tell how it went, within some seconds (C3).

        The answer is 200 whatever the endpoint did: `delivered` says whether it took the sample. It
        is tried once, enabled or not.
        """
        find_endpoint(endpoint_id)
        event_type = self.body_of(TrialBody, request)["event_type"]
        attempt = send_test(endpoint_id=endpoint_id, event_type=event_type)
        return Response(represent_attempt(attempt))


class WebhookRotation(WebhookView):
    """POST /api/webhooks/{id}/rotate-secret/."""

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Make a new secret; the old one signs beside it for a while.

        The new one is in this answer and in no other one.
        """
        given = self.body_of(SecretRotationBody, request)
        with pointing_at_values():
            issued = rotate_secret(
                endpoint_id=endpoint_id,
                actor=actor_of(request),
                overlap=given["overlap_hours"] * HOUR,
                secret=given["secret"],
            )
        return Response(self.represent_issued(issued), headers=_SECRET)


class WebhookEvents(ResourceView):
    """GET /api/webhooks/events/."""

    def get(self, _request: Request) -> Response:
        """Read the event catalogue: every type with its JSON Schema and an example."""
        return Response({"results": [_represent_event(entry) for entry in CATALOGUE.values()]})


def find_endpoint(endpoint_id: UUID) -> Endpoint:
    """Return an endpoint with all that its resource shows. Raises NotFound."""
    found = Endpoint.objects.live().by_age().filter(pk=endpoint_id).first()
    if found is None:
        raise not_found(f"endpoint {endpoint_id}")
    return found


def represent_endpoints(endpoints: Sequence[Endpoint]) -> list[dict[str, Any]]:
    """Return the resources of several endpoints."""
    health = health_of([endpoint.pk for endpoint in endpoints])
    return [
        dict(EndpointSerializer(endpoint, context={"health": health}).data)
        for endpoint in endpoints
    ]


@contextmanager
def pointing_at_values() -> Iterator[None]:
    """Turn what is wrong with an endpoint into faults that point at the body."""
    try:
        yield
    except EndpointRefused as error:
        faults: dict[str, list[ErrorDetail]] = {}
        for problem in error.problems:
            faults.setdefault(problem.field, []).append(ErrorDetail(problem.message, problem.code))
        raise ValidationError(faults) from error


def _values(given: Mapping[str, Any]) -> EndpointValues:
    types = given.get("event_types")
    return EndpointValues(
        url=given.get("url"),
        event_types=None if types is None else tuple(types),
        description=given.get("description"),
        bulk_mode=given.get("bulk_mode"),
        rate_limit=given.get("rate_limit", UNSET),
        enabled=given.get("enabled"),
    )


def _represent_event(entry: EventEntry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "summary": entry.summary,
        "description": entry.description,
        "can_be_subscribed": entry.can_be_subscribed,
        "aliases": entry.aliases,
        "schema": entry.schema,
        "example": entry.example,
    }
