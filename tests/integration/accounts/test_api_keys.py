"""Issuing keys and finding them again (ABUSE 13)."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from pricebook.accounts.keys import find_live_key, issue_api_key
from pricebook.accounts.models import ApiKey, Scope, User

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("owner")


def test_only_the_prefix_and_the_hash_of_a_token_are_kept(owner: User) -> None:
    issued = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ, Scope.READ])
    shape = re.fullmatch(r"pb_([A-Za-z0-9]{8})_([A-Za-z0-9]{43})", issued.token)
    assert shape is not None
    row = ApiKey.objects.values().get()
    assert row["prefix"] == shape[1]
    assert row["secret_hash"] == sha256(issued.token.encode()).hexdigest()
    assert row["scopes"] == ["read"]
    assert not [value for value in row.values() if shape[2] in str(value)]
    assert shape[2] not in repr(issued)


def test_tokens_are_all_different(owner: User) -> None:
    tokens = {issue_api_key(owner=owner, name="k", scopes=[Scope.READ]).token for _ in range(50)}
    assert len(tokens) == 50


def test_a_key_needs_a_scope(owner: User) -> None:
    with pytest.raises(ValueError, match="at least one scope"):
        issue_api_key(owner=owner, name="useless", scopes=[])


def test_a_token_finds_its_key(owner: User) -> None:
    issued = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ])
    issue_api_key(owner=owner, name="other", scopes=[Scope.READ])
    assert find_live_key(issued.token) == issued.api_key


def test_a_right_prefix_with_a_wrong_secret_finds_nothing(owner: User) -> None:
    token = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ]).token
    last = "b" if token[-1] == "a" else "a"
    assert find_live_key(token[:-1] + last) is None


def test_an_expired_key_is_not_found(owner: User) -> None:
    past = timezone.now() - timedelta(seconds=1)
    issued = issue_api_key(owner=owner, name="old", scopes=[Scope.READ], expires_at=past)
    assert find_live_key(issued.token) is None


def test_a_revoked_key_is_not_found_any_more(owner: User) -> None:
    issued = issue_api_key(owner=owner, name="leaked", scopes=[Scope.READ])
    assert find_live_key(issued.token) is not None
    ApiKey.objects.update(revoked_at=timezone.now())
    assert find_live_key(issued.token) is None


def test_the_keys_of_a_closed_account_are_not_found(owner: User) -> None:
    issued = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ])
    owner.is_active = False
    owner.save()
    assert find_live_key(issued.token) is None


def test_use_is_noted_at_most_once_a_minute(
    owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issued = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ])
    with django_assert_num_queries(2):
        find_live_key(issued.token)
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None
    with django_assert_num_queries(1):
        find_live_key(issued.token)
    assert ApiKey.objects.get().last_used_at == noted
    ApiKey.objects.update(last_used_at=noted - timedelta(minutes=2))
    find_live_key(issued.token)
    again = ApiKey.objects.get().last_used_at
    assert again is not None
    assert again > noted
