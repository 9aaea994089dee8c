"""The one place that says who may do what: a person by the role, a key by its scopes as well.

A key never does more than its owner may at the moment of its use: to demote a person demotes all
of that person's keys at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import AnonymousUser

from pricebook.accounts.models import Role, Scope, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricebook.accounts.models import ApiKey

_READS = frozenset({Scope.READ, Scope.ARCHIVES_READ})
_SCOPES: Final[Mapping[str, frozenset[Scope]]] = {
    Role.VIEWER: _READS,
    Role.EDITOR: _READS | {Scope.WRITE, Scope.UPLOAD},
    Role.ADMIN: frozenset(Scope),
}


def scopes_of(user: User | AnonymousUser) -> list[Scope]:
    """Return what a person may do, in the order in which it is shown; nothing for the anonymous."""
    if isinstance(user, AnonymousUser):
        return []
    allowed = _SCOPES[Role.ADMIN if user.is_admin else user.role]
    return [scope for scope in Scope if scope in allowed]


def may(user: User | AnonymousUser, scope: Scope) -> bool:
    """Say whether a person may do what `scope` covers."""
    return scope in scopes_of(user)


def key_may(api_key: ApiKey, scope: Scope) -> bool:
    """Say whether a key may be used for `scope` now: both the key and its owner have to."""
    return api_key.allows(scope) and may(api_key.owner, scope)
