"""What the one who asks may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from pricebook.accounts.models import ApiKey, Scope
from pricebook.accounts.roles import key_may, may

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Let a person do what the role covers, and a key what both its scopes and its owner's role do.

    Safe methods need `read`; the others need the view's `write_scope`, `write` if it names none.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether the request may go on; without anybody behind it DRF answers 401."""
        if not (request.user and request.user.is_authenticated):
            return False
        return self.has_scope(request, scope_needed(request, view))

    def has_scope(self, request: Request, scope: Scope) -> bool:
        """Say whether key and person cover `scope`; else `message` says which of them does not."""
        # DRF shows the message of the permission that refused.
        self.code = "insufficient_scope"
        if isinstance(request.auth, ApiKey) and not request.auth.allows(scope):
            self.message = f"This API key lacks the scope “{scope}”."
            return False
        self.message = f"Your role does not cover “{scope}”: ask an administrator for another one."
        if isinstance(request.auth, ApiKey):
            return key_may(request.auth, scope)
        return may(request.user, scope)


def require_scope(request: Request, scope: Scope, *, because: str = "") -> None:
    """Refuse a request that needs more than its view; `because` is a sentence that says why.

    Raises PermissionDenied.
    """
    permission = HasScope()
    if not permission.has_scope(request, scope):
        sentence = f"{because} {permission.message}".strip()
        raise PermissionDenied(sentence, permission.code)


def scope_needed(request: Request, view: APIView) -> Scope:
    """Return the scope that a key needs for this request."""
    if request.method in SAFE_METHODS:
        return Scope.READ
    return getattr(view, "write_scope", Scope.WRITE)
