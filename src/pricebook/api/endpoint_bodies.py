"""What requests say of endpoints of webhooks; what their values mean is checked with the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api.bodies import StrictBody
from pricebook.changes.models import EventType
from pricebook.core.addresses import MAX_URL
from pricebook.webhooks.endpoints import DEFAULT_OVERLAP, LONGEST_OVERLAP
from pricebook.webhooks.event_types import canonical
from pricebook.webhooks.models import DEFAULT_RATE, MAX_DESCRIPTION, MAX_RATE, BulkMode

HOUR: Final = timedelta(hours=1)
_MAX_NAME: Final = 50
_MOST_NAMES: Final = 50
_MAX_SECRET: Final = 120


class EventTypesField(serializers.ListField):
    """Names of event types, the older ones too; what they are called is checked later."""

    child = serializers.CharField(max_length=_MAX_NAME)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=_MOST_NAMES, **options)


class EndpointBody(StrictBody):
    """A whole endpoint; what is left out is as a new endpoint has it, but for `enabled`."""

    # Nothing is trimmed: an address that ends with a line break is a wrong one.
    url = serializers.CharField(max_length=MAX_URL, trim_whitespace=False)
    event_types = EventTypesField()
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION, allow_blank=True, required=False, default=""
    )
    bulk_mode = serializers.ChoiceField(
        choices=BulkMode.values, required=False, default=BulkMode.SUMMARY.value
    )
    rate_limit = serializers.IntegerField(
        min_value=1, max_value=MAX_RATE, allow_null=True, required=False, default=DEFAULT_RATE
    )
    # Left out, it stays: one that was disabled by itself is not enabled by a program that syncs.
    enabled = serializers.BooleanField(required=False)


class SecretField(serializers.CharField):
    """A secret that the caller brings: `whsec_` and the base64 of 24 to 64 bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=_MAX_SECRET,
            allow_blank=True,
            required=False,
            default="",
            trim_whitespace=False,
            **options,
        )


class NewEndpointBody(EndpointBody):
    """A new endpoint, and its secret if the caller has one already."""

    secret = SecretField()


class EndpointPart(StrictBody):
    """What is to change of an endpoint."""

    url = serializers.CharField(max_length=MAX_URL, trim_whitespace=False, required=False)
    event_types = EventTypesField(required=False)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION, allow_blank=True, required=False
    )
    bulk_mode = serializers.ChoiceField(choices=BulkMode.values, required=False)
    rate_limit = serializers.IntegerField(
        min_value=1, max_value=MAX_RATE, allow_null=True, required=False
    )
    enabled = serializers.BooleanField(required=False)


class TrialBody(StrictBody):
    """Which event is to be tried; the first that the endpoint wants unless it is said."""

    event_type = serializers.CharField(
        max_length=_MAX_NAME, required=False, allow_blank=True, default=""
    )

    def validate_event_type(self, name: str) -> str:
        """Refuse what is no event type."""
        if name and canonical(name) is None:
            message = f"There is no event type “{name}”. There are {', '.join(EventType.values)}."
            raise ValidationError([ErrorDetail(message, "unknown_event_type")])
        return name


class SecretRotationBody(StrictBody):
    """How long the old secret signs on, and the new one if the caller brings it."""

    overlap_hours = serializers.IntegerField(
        min_value=0, max_value=LONGEST_OVERLAP // HOUR, default=DEFAULT_OVERLAP // HOUR
    )
    secret = SecretField()
