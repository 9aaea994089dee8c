"""Imports as operators see them, with why rows were rejected."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.imports.models import Import, RejectCause, RejectedRow, Review, SavedMapping


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    """Imports, the newest first."""

    list_display = ("job_id", "file", "format", "encoding", "delimiter", "header_line")
    list_select_related = ("file",)
    search_fields = ("=job__id", "file__name")
    ordering = ("-job__created_at",)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """What imports would have done when they were set aside."""

    list_display = ("parent_id", "new_rows", "changed_rows", "approved_by", "approved_at")
    list_select_related = ("approved_by",)
    search_fields = ("=parent__job__id",)
    ordering = ("-parent__job__created_at",)


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnlyAdmin):
    """How files are read that look like one before, or that ask for it."""

    list_display = ("name", "fingerprint", "created_by", "updated_at", "used_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "=fingerprint")


@admin.register(RejectCause)
class RejectCauseAdmin(ReadOnlyAdmin):
    """Why rows of an import were rejected."""

    list_display = ("code", "column", "message", "rows", "parent_id")
    search_fields = ("=parent__job__id", "=code")


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    """Rejected rows, as far as they are kept in the database."""

    list_display = ("parent_id", "line", "column", "code", "message")
    search_fields = ("=parent__job__id", "=code")
    show_full_result_count = False
