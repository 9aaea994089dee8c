"""The ledger's sets as operators see them.

A single change has a composite key, which Django's admin cannot show; it stands in the history of
its product.
"""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.changes.models import ChangeSet, Event, Totals


@admin.register(ChangeSet)
class ChangeSetAdmin(ReadOnlyAdmin):
    """One row for each transaction that changed the book."""

    list_display = ("id", "position", "job_id", "actor_id", "at")
    search_fields = ("=job_id",)
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Totals)
class TotalsAdmin(ReadOnlyAdmin):
    """The one row with the size of the book."""


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """What happened as a whole, the newest first."""

    list_display = ("id", "type", "job_id", "at", "is_told")
    list_filter = ("type",)
    search_fields = ("=id", "=job_id")
    ordering = ("-at",)
    show_full_result_count = False
