"""Background work as operators see it; what holds a lease is not to be written by hand."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.jobs.models import Job, Slot


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Jobs of every kind, the newest first."""

    list_display = (
        "id", "kind", "status", "phase", "actor", "total_rows", "created_at", "finished_at",
    )  # fmt: skip
    list_filter = ("status", "kind")
    list_select_related = ("actor",)
    search_fields = ("=id", "worker")
    ordering = ("-created_at",)


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    """Who merges now."""

    list_display = ("name", "holder")
    list_select_related = ("holder",)
