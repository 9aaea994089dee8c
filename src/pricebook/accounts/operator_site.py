"""The site of Django's admin, where operators look at the tables (B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

if TYPE_CHECKING:
    AnyModelAdmin = ModelAdmin[Model]
else:
    # Generic for the type checker only.
    AnyModelAdmin = ModelAdmin


class OperatorSite(AdminSite):
    """Django's admin for administrators, entered through Pricebook's own sign-in."""

    site_header = site_title = "Pricebook for operators"
    index_title = "Tables"
    enable_nav_sidebar = False

    @login_not_required
    def login(
        self,
        request: HttpRequest,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 (Django's signature)
    ) -> HttpResponse:
        """Send the anonymous to the sign-in of the pages, and refuse everybody else."""
        if request.user.is_authenticated:
            # Sending them to sign-in would send them back here, for ever.
            raise PermissionDenied
        wanted = request.GET.get("next") or request.path.removesuffix("login/")
        return redirect_to_login(wanted)

    def password_change(  # type: ignore[override]  # any answer will do
        self,
        request: HttpRequest,  # noqa: ARG002
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Lead to the page on which everybody changes the own password."""
        return redirect("password")


class ReadOnlyAdmin(AnyModelAdmin):
    """A table to look at: what wrote past the ledger or the leases would make them untrue."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Refuse."""
        return False
