"""Who may do what: the whole table of roles and scopes (G4)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from pricebook.accounts.models import ApiKey, Role, Scope, User
from pricebook.accounts.roles import key_may, may, scopes_of

TABLE = {
    Role.VIEWER: [Scope.READ, Scope.ARCHIVES_READ],
    Role.EDITOR: [Scope.READ, Scope.WRITE, Scope.UPLOAD, Scope.ARCHIVES_READ],
    Role.ADMIN: [Scope.READ, Scope.WRITE, Scope.UPLOAD, Scope.ARCHIVES_READ, Scope.ADMIN],
}


@pytest.mark.parametrize(("role", "scopes"), TABLE.items())
def test_a_role_covers_its_scopes_and_no_others(role: Role, scopes: list[Scope]) -> None:
    person = User(role=role)
    assert scopes_of(person) == scopes
    assert [scope for scope in Scope if may(person, scope)] == scopes


def test_a_superuser_is_an_administrator_whatever_the_role_says() -> None:
    assert scopes_of(User(role=Role.VIEWER, is_superuser=True)) == list(Scope)


def test_the_anonymous_may_do_nothing() -> None:
    assert [scope for scope in Scope if may(AnonymousUser(), scope)] == []


@pytest.mark.parametrize(("role", "scopes"), TABLE.items())
def test_a_key_never_does_more_than_its_owner(role: Role, scopes: list[Scope]) -> None:
    everything = ApiKey(owner=User(role=role), scopes=list(Scope))
    master = ApiKey(owner=User(role=role), scopes=[Scope.ADMIN])
    assert [scope for scope in Scope if key_may(everything, scope)] == scopes
    assert [scope for scope in Scope if key_may(master, scope)] == scopes


def test_a_key_never_does_more_than_its_scopes() -> None:
    reader = ApiKey(owner=User(role=Role.ADMIN), scopes=[Scope.READ])
    assert [scope for scope in Scope if key_may(reader, scope)] == [Scope.READ]
