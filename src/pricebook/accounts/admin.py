"""Users, keys and locks as operators see them; users and keys are changed under Settings."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest

from pricebook.accounts.models import ApiKey, User
from pricebook.accounts.operator_site import ReadOnlyAdmin

# Roles take their place.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """People; the hash of a password is nobody's to look at."""

    list_display = ("username", "email", "role", "is_active", "last_login", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("username", "email")
    fields = (
        "username", "email", "role", "is_active", "is_superuser", "last_login", "date_joined",
    )  # fmt: skip


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys without their hashes."""

    list_display = (
        "name", "prefix", "owner", "scopes", "last_used_at", "expires_at", "revoked_at",
    )  # fmt: skip
    list_select_related = ("owner",)
    search_fields = ("name", "prefix", "owner__username")
    exclude = ("secret_hash",)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Wrong passwords by name and address; to delete a row opens its lock."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")
    search_fields = ("username", "ip_address")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")

    def has_delete_permission(
        self,
        request: HttpRequest,
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Let administrators open a lock before its time."""
        return self.admin_site.has_permission(request)
