"""Deliveries: the log of an endpoint with every attempt, and sending again (C2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django import forms
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from pricebook.api.attempts import AttemptSerializer, AttemptSummarySerializer
from pricebook.api.base import ResourceView, not_found, whole_number
from pricebook.api.bodies import StrictBody, read_body
from pricebook.api.problems import ParameterError
from pricebook.api.webhooks import WebhookView, find_endpoint
from pricebook.webhooks.deliveries import (
    DeliveryFilter,
    attempts_of,
    deliveries_of,
    last_attempts,
)
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.models import Delivery, DeliveryStatus
from pricebook.webhooks.resend import RangeRefused, recover, resend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.webhooks.deliveries import Attempts

_MAX_ID: Final = 2**63 - 1


class DeliverySerializer(serializers.Serializer[Delivery]):
    """An event on its way to an endpoint; times are RFC 3339 in UTC."""

    id = serializers.IntegerField()
    event_id = serializers.CharField(help_text="The webhook-id: the same at every attempt.")
    event_type = serializers.CharField()
    status = serializers.ChoiceField(choices=DeliveryStatus.values)
    is_test = serializers.BooleanField()
    tries = serializers.IntegerField(help_text="Since it was queued, or sent again.")
    next_try_at = serializers.SerializerMethodField()
    happened_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    last_attempt = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    def get_next_try_at(self, delivery: Delivery) -> datetime | None:
        """Return when it is sent next, at the earliest; None when it is not."""
        return delivery.due_at if delivery.status == DeliveryStatus.PENDING else None

    @extend_schema_field(AttemptSummarySerializer(allow_null=True))
    def get_last_attempt(self, delivery: Delivery) -> dict[str, Any] | None:
        """Return how the latest attempt went; None before the first one."""
        attempt = self.context["last_attempts"].get(delivery.pk)
        return None if attempt is None else dict(AttemptSummarySerializer(attempt).data)

    def get_url(self, delivery: Delivery) -> str:
        """Return where it is told with all its attempts."""
        numbers = [delivery.endpoint_id, delivery.pk]
        return reverse("api-delivery", args=numbers, request=self.context["request"])


class WholeDeliverySerializer(DeliverySerializer):
    """A delivery with what is sent, and its last attempts, the first of them first."""

    body = serializers.CharField(help_text="The exact text that is signed and sent.")
    attempts_total = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()

    def get_attempts_total(self, _delivery: Delivery) -> int:
        """Return how many attempts there were."""
        return self._attempts().total

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, _delivery: Delivery) -> list[dict[str, Any]]:
        """Return the last 50 attempts."""
        return [dict(AttemptSerializer(each).data) for each in reversed(self._attempts().newest)]

    def _attempts(self) -> Attempts:
        attempts: Attempts = self.context["attempts"]
        return attempts


class DeliveryConditions(forms.Form):
    """What may be asked for of the log."""

    status = forms.ChoiceField(choices=DeliveryStatus.choices, required=False)
    event_type = forms.ChoiceField(choices=[(name, name) for name in CATALOGUE], required=False)
    event_id = forms.CharField(max_length=100, required=False)
    since = forms.DateTimeField(required=False)
    until = forms.DateTimeField(required=False)


class RecoveryBody(StrictBody):
    """Of which time what failed is to be sent again; until now unless it is said."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)


class RecoveredSerializer(serializers.Serializer[Any]):
    """How many events were queued again."""

    queued = serializers.IntegerField()


class DeliveryList(ResourceView):
    """GET /api/webhooks/{id}/deliveries/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset(
        {*DeliveryConditions.base_fields, "limit", "before"}
    )

    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """List what was queued for an endpoint, the newest first."""
        endpoint = find_endpoint(endpoint_id)
        limit = whole_number(request, "limit", default=50, maximum=500)
        before = whole_number(request, "before", default=_MAX_ID, maximum=_MAX_ID)
        found = deliveries_of(
            endpoint.pk, _chosen(request), before=None if before == _MAX_ID else before
        )
        deliveries = list(found.defer("body")[: limit + 1])
        shown, address = deliveries[:limit], request.build_absolute_uri()
        more = len(deliveries) > limit
        following = replace_query_param(address, "before", shown[-1].pk) if more else None
        return Response({"next": following, "results": _represent_all(shown, request)})


class DeliveryDetail(ResourceView):
    """GET /api/webhooks/{id}/deliveries/{delivery}/."""

    def get(self, request: Request, endpoint_id: UUID, delivery_id: int) -> Response:
        """Read a delivery: what is sent, and the last 50 attempts with what came back."""
        return Response(_represent(_find_delivery(endpoint_id, delivery_id), request))


class DeliveryResend(WebhookView):
    """POST /api/webhooks/{id}/deliveries/{delivery}/resend/."""

    def post(self, request: Request, endpoint_id: UUID, delivery_id: int) -> Response:
        """Queue a delivery again, under the same webhook-id; 409 while it waits anyway."""
        _find_delivery(endpoint_id, delivery_id)
        resend(delivery_id=delivery_id)
        answer = _represent(_find_delivery(endpoint_id, delivery_id), request)
        return Response(answer, status.HTTP_202_ACCEPTED)


class WebhookRecovery(WebhookView):
    """POST /api/webhooks/{id}/recover/."""

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Queue again what failed in a stretch of time, and what was never queued in it.

        Such as what happened while the endpoint was disabled. Each under its first webhook-id.
        """
        find_endpoint(endpoint_id)
        given = read_body(RecoveryBody, request)
        since, until = given["since"], given["until"] or timezone.now()
        try:
            recovered = recover(endpoint_id=endpoint_id, since=since, until=until)
        except RangeRefused as error:
            faults = {"until": [ErrorDetail(str(error), "out_of_order")]}
            raise ValidationError(faults) from error
        return Response({"queued": recovered.queued}, status.HTTP_202_ACCEPTED)


def _find_delivery(endpoint_id: UUID, delivery_id: int) -> Delivery:
    deliveries = Delivery.objects.filter(endpoint_id=endpoint_id, endpoint__deleted_at=None)
    found = deliveries.filter(pk=delivery_id).first() if delivery_id <= _MAX_ID else None
    if found is None:
        raise not_found(f"delivery {delivery_id} of the endpoint {endpoint_id}")
    return found


def _chosen(request: Request) -> DeliveryFilter:
    """Return which deliveries the query asks for. Raises ParameterError."""
    form = DeliveryConditions(request.query_params)
    if not form.is_valid():
        raise ParameterError(
            {
                name: [
                    ErrorDetail(str(sentence), error.code) for error in data for sentence in error
                ]
                for name, data in form.errors.as_data().items()
            }
        )
    return DeliveryFilter(**form.cleaned_data)


def _represent(delivery: Delivery, request: Request) -> dict[str, Any]:
    attempts = attempts_of(delivery)
    last = {attempt.delivery_id: attempt for attempt in attempts.newest[:1]}
    context = {"last_attempts": last, "attempts": attempts, "request": request}
    return dict(WholeDeliverySerializer(delivery, context=context).data)


def _represent_all(deliveries: Sequence[Delivery], request: Request) -> list[dict[str, Any]]:
    context = {"last_attempts": last_attempts(deliveries), "request": request}
    return [dict(DeliverySerializer(each, context=context).data) for each in deliveries]
