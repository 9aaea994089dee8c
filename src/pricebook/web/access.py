"""Who may open a page, and what the pages offer to whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from pricebook.accounts.models import Scope
from pricebook.accounts.roles import may, scopes_of

# To empty the book is more than to change it, although it can be undone.
DELETE_ALL = Scope.ADMIN

View = TypeVar("View", bound=Callable[..., HttpResponse])


def needs(scope: Scope) -> Callable[[View], View]:
    """Let only people into a page whose role covers `scope`; all others get 403."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user, scope):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View", guarded)

    return guard


def rights(request: HttpRequest) -> dict[str, object]:
    """Give every template `rights`, the scopes of who looks at it: `{% if "write" in rights %}`."""
    # Before the middleware has run, error pages have no user.
    return {
        "rights": SimpleLazyObject(lambda: scopes_of(getattr(request, "user", AnonymousUser())))
    }
