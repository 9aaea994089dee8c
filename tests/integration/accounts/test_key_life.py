"""Rotating and revoking keys, and what they may do meanwhile (ABUSE 13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from pricebook.accounts import audit
from pricebook.accounts.keys import (
    IssuedKey,
    KeyCannotRotate,
    clean_name,
    find_live_key,
    issue_api_key,
    revoke_api_key,
    rotate_api_key,
)
from pricebook.accounts.models import ApiKey, Role, Scope, User
from tests.integration.accounts.lines import audit_lines

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("owner")


@pytest.fixture
def issued(owner: User) -> IssuedKey:
    return issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ, Scope.UPLOAD])


def test_the_old_token_works_on_beside_the_new_one_until_the_overlap_ends(
    owner: User, issued: IssuedKey
) -> None:
    before = timezone.now()
    new = rotate_api_key(actor=owner, api_key=issued.api_key, overlap=HOUR)
    assert new.token != issued.token
    assert (new.api_key.name, new.api_key.scopes) == ("crawler", ["read", "upload"])
    assert new.api_key.owner == owner
    assert find_live_key(new.token) == new.api_key
    old = find_live_key(issued.token)
    assert old is not None
    assert old.expires_at is not None
    assert timedelta(0) <= old.expires_at - before - HOUR < timedelta(minutes=1)
    assert (old.state, new.api_key.state) == (ApiKey.State.REPLACED, ApiKey.State.LIVE)
    ApiKey.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    assert find_live_key(issued.token) is None
    assert find_live_key(new.token) is not None


def test_without_an_overlap_the_old_token_ends_at_once(owner: User, issued: IssuedKey) -> None:
    rotate_api_key(actor=owner, api_key=issued.api_key, overlap=timedelta(0))
    assert find_live_key(issued.token) is None
    issued.api_key.refresh_from_db()
    assert issued.api_key.state == ApiKey.State.EXPIRED


def test_a_rotation_never_lengthens_the_old_keys_life(owner: User) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    issued = issue_api_key(owner=owner, name="n", scopes=[Scope.READ], expires_at=soon)
    rotate_api_key(actor=owner, api_key=issued.api_key, overlap=HOUR)
    issued.api_key.refresh_from_db()
    assert issued.api_key.expires_at == soon


def test_the_new_key_lives_as_long_as_the_old_one_was_meant_to(owner: User) -> None:
    issued = issue_api_key(
        owner=owner, name="n", scopes=[Scope.READ], expires_at=timezone.now() + 24 * HOUR
    )
    ApiKey.objects.update(created_at=timezone.now() - 6 * 24 * HOUR)
    new = rotate_api_key(actor=owner, api_key=issued.api_key, overlap=HOUR)
    assert new.api_key.expires_at is not None
    life = new.api_key.expires_at - timezone.now()
    assert timedelta(0) <= 7 * 24 * HOUR - life < timedelta(minutes=1)


@pytest.mark.parametrize("field", ["expires_at", "revoked_at"])
def test_a_key_that_has_ended_is_not_rotated(owner: User, issued: IssuedKey, field: str) -> None:
    ApiKey.objects.update(**{field: timezone.now()})
    with pytest.raises(KeyCannotRotate, match="has ended: make a new one"):
        rotate_api_key(actor=owner, api_key=issued.api_key, overlap=HOUR)
    assert ApiKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_one_is_done(owner: User, issued: IssuedKey) -> None:
    together = Barrier(2)

    def rotate(_number: int) -> str:
        together.wait(10)
        try:
            rotate_api_key(actor=owner, api_key=issued.api_key, overlap=HOUR)
        except KeyCannotRotate as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(rotate, range(2)))
    assert outcomes[0] == ""
    assert "was rotated already" in outcomes[1]
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_keeps_the_moment_of_its_end(owner: User, issued: IssuedKey) -> None:
    revoke_api_key(actor=owner, api_key=issued.api_key)
    first = ApiKey.objects.get().revoked_at
    assert first is not None
    revoke_api_key(actor=owner, api_key=issued.api_key)
    assert ApiKey.objects.get().revoked_at == first
    assert find_live_key(issued.token) is None


def test_live_and_ended_agree_with_the_key_itself(owner: User) -> None:
    now = timezone.now()
    for name, fields in {
        "for ever": {},
        "for now": {"expires_at": now + HOUR},
        "expired": {"expires_at": now},
        "revoked": {"revoked_at": now - HOUR},
        "both": {"expires_at": now - HOUR, "revoked_at": now - HOUR},
    }.items():
        key = issue_api_key(owner=owner, name=name, scopes=[Scope.READ]).api_key
        ApiKey.objects.filter(pk=key.pk).update(**fields)
    live = {key.name for key in ApiKey.objects.all() if key.is_live(now)}
    assert live == {"for ever", "for now"}
    assert {key.name for key in ApiKey.objects.live(now)} == live
    assert {key.name for key in ApiKey.objects.ended(now)} == {"expired", "revoked", "both"}


def test_everybody_sees_the_own_keys_and_an_administrator_all(
    owner: User, issued: IssuedKey
) -> None:
    other = User.objects.create_user("other")
    admin = User.objects.create_superuser("admin")
    assert list(ApiKey.objects.visible_to(owner)) == [issued.api_key]
    assert list(ApiKey.objects.visible_to(other)) == []
    assert list(ApiKey.objects.visible_to(admin)) == [issued.api_key]


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "nul\0", "n" * 101])
def test_a_name_that_cannot_be_read_in_a_list_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 100 printable characters"):
        clean_name(name)


def test_the_life_of_a_key_is_in_the_audit_log(
    owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", audit.log.name)
    issued = issue_api_key(owner=owner, name="crawler", scopes=[Scope.READ])
    new = rotate_api_key(actor=owner, api_key=issued.api_key, overlap=timedelta(0))
    revoke_api_key(actor=owner, api_key=new.api_key)
    revoke_api_key(actor=owner, api_key=new.api_key)
    old_name, new_name = str(issued.api_key), str(new.api_key)
    issued.api_key.refresh_from_db()
    assert audit_lines(caplog) == [
        {
            "who": "command line",
            "what": "key.created",
            "whom": old_name,
            "owner": "owner",
            "scopes": ["read"],
        },
        {
            "who": "owner",
            "what": "key.rotated",
            "whom": old_name,
            "ends": str(issued.api_key.expires_at),
            "successor": new_name,
        },
        {"who": "owner", "what": "key.revoked", "whom": new_name},
    ]


def test_nobody_rotates_the_key_of_another(owner: User, issued: IssuedKey) -> None:
    admin = User.objects.create_user("boss", role=Role.ADMIN)
    with pytest.raises(KeyCannotRotate, match="Only its owner rotates a key"):
        rotate_api_key(actor=admin, api_key=issued.api_key, overlap=HOUR)
    assert ApiKey.objects.count() == 1


def test_a_key_made_for_ever_after_is_rotated_for_ten_years(owner: User) -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC)
    old = issue_api_key(owner=owner, name="x", scopes=[Scope.READ], expires_at=far)
    new = rotate_api_key(actor=owner, api_key=old.api_key, overlap=HOUR)
    assert new.api_key.expires_at is not None
    assert (new.api_key.expires_at - timezone.now()).days in (3649, 3650)
