"""Attempts: one request to an endpoint, what came back, and where the time went."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from pricebook.webhooks.models import Attempt, Outcome


class TimingsSerializer(serializers.Serializer[Attempt]):
    """Where the time of an attempt went, in milliseconds; null for what did not happen."""

    dns_ms = serializers.FloatField(allow_null=True)
    connect_ms = serializers.FloatField(allow_null=True)
    tls_ms = serializers.FloatField(allow_null=True)
    first_byte_ms = serializers.FloatField(allow_null=True)
    total_ms = serializers.FloatField()


class AttemptSummarySerializer(serializers.Serializer[Attempt]):
    """How an attempt went; times are RFC 3339 in UTC."""

    at = serializers.DateTimeField()
    delivered = serializers.BooleanField(source="was_taken")
    outcome = serializers.ChoiceField(choices=Outcome.values)
    status = serializers.IntegerField(allow_null=True, help_text="Null without an answer.")
    response_time_ms = serializers.FloatField(source="total_ms")
    error = serializers.CharField(help_text="A sentence; blank when it was taken.")


class AttemptSerializer(AttemptSummarySerializer):
    """One request and what came back; what the endpoint said is shortened, and shown as it is."""

    id = serializers.IntegerField()
    delivery_id = serializers.IntegerField()
    address = serializers.CharField(help_text="That was connected to; blank when none was.")
    is_reused = serializers.BooleanField(help_text="Whether the connection was there already.")
    timings = TimingsSerializer(source="*")
    request_headers = serializers.DictField(child=serializers.CharField())
    response_headers = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Pairs of name and value.",
    )
    response_excerpt = serializers.CharField()


def represent_attempt(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt with all that is known of it."""
    return dict(AttemptSerializer(attempt).data)
