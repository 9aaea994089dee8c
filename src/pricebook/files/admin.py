"""Stored files as operators see them."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.files.models import StoredFile, Upload


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    """What was received, the newest first."""

    list_display = ("name", "size", "sha256", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "=sha256", "=key")
    ordering = ("-created_at",)


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin):
    """What is on its way to storage, the newest first."""

    list_display = ("name", "size", "part_count", "created_by", "created_at", "expires_at", "file")
    list_select_related = ("created_by", "file")
    search_fields = ("name", "=key")
    ordering = ("-created_at",)
