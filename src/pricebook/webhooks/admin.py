"""Webhooks as operators see them; secrets are nobody's to look at."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.webhooks.models import (
    Attempt,
    Backlog,
    Cursor,
    Delivery,
    Endpoint,
    Sender,
    SigningSecret,
)


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """Who wants to hear what, the newest first."""

    list_display = (
        "__str__", "url", "bulk_mode", "enabled", "disabled_because", "last_status",
        "failing_since", "created_by", "deleted_at",
    )  # fmt: skip
    list_filter = ("enabled", "bulk_mode")
    list_select_related = ("created_by",)
    search_fields = ("=id", "url", "description")


@admin.register(SigningSecret)
class SigningSecretAdmin(ReadOnlyAdmin):
    """When each endpoint's secrets were made and end."""

    list_display = ("endpoint", "created_at", "expires_at")
    list_select_related = ("endpoint",)
    search_fields = ("=endpoint__id",)
    exclude = ("secret",)
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What is to be told, the newest first."""

    list_display = ("id", "endpoint", "event_type", "event_id", "status", "tries", "due_at")
    list_filter = ("status",)
    list_select_related = ("endpoint",)
    search_fields = ("=endpoint__id", "=event_id")
    show_full_result_count = False


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    """How each try went, the newest first."""

    list_display = ("id", "delivery_id", "at", "outcome", "status", "address", "total_ms")
    list_filter = ("outcome",)
    search_fields = ("=delivery__endpoint__id", "=delivery__event_id")
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Backlog)
class BacklogAdmin(ReadOnlyAdmin):
    """Bulk changes that are still to be put into queues."""

    list_display = ("id", "endpoint", "changeset_id", "told_through", "happened_at", "ended_at")
    list_select_related = ("endpoint",)
    search_fields = ("=endpoint__id",)


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    """The one row that says how far the ledger has been told."""


@admin.register(Sender)
class SenderAdmin(ReadOnlyAdmin):
    """The processes that send."""

    list_display = ("id", "host", "started_at", "seen_at")
