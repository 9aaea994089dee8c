"""What the one who asks may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission

from pricebook.accounts.models import ApiKey, Scope

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Let a key do what its scopes cover, and a person who is signed in everything.

    Safe methods need `read`; the others need the view's `write_scope`, `write` if it names none.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the request may go on; without anybody behind it DRF answers 401."""
        if not (request.user and request.user.is_authenticated):
            return False
        if not isinstance(request.auth, ApiKey):
            return True
        scope = scope_needed(request, view)
        # DRF shows the message of the permission that refused.
        self.message = f"This API key lacks the scope “{scope}”."
        self.code = "insufficient_scope"
        return request.auth.allows(scope)


def scope_needed(request: Request, view: APIView) -> Scope:
    """Return the scope that a key needs for this request."""
    if request.method in SAFE_METHODS:
        return Scope.READ
    return getattr(view, "write_scope", Scope.WRITE)
