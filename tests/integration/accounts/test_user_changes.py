"""What is done to users, and that an administrator always stays (G4)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from pricebook.accounts import audit
from pricebook.accounts.keys import find_live_key, issue_api_key, revoke_api_key, rotate_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.accounts.users import (
    LastAdmin,
    NameTaken,
    OwnRights,
    change_own_password,
    change_role,
    create_user,
    deactivate_user,
    reactivate_user,
    reset_password,
)
from tests.integration.accounts.lines import audit_lines

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def an_admin(name: str) -> User:
    return User.objects.create_superuser(name)


def rights(user: User) -> tuple[str, bool, bool]:
    user.refresh_from_db()
    return user.role, user.is_staff, user.is_superuser


@pytest.fixture
def admin() -> User:
    return an_admin("admin")


def test_a_user_is_a_viewer_unless_somebody_says_otherwise() -> None:
    assert rights(User.objects.create_user("new")) == ("viewer", False, False)


def test_a_superuser_is_an_administrator() -> None:
    assert rights(User.objects.create_superuser("root")) == ("admin", True, True)


@pytest.mark.parametrize("role", Role)
def test_a_created_user_can_sign_in_with_the_password_that_is_shown_once(
    admin: User, role: Role
) -> None:
    issued = create_user(actor=admin, username="anna", email="anna@example.com", role=role)
    is_admin = role is Role.ADMIN
    assert rights(issued.user) == (role, is_admin, is_admin)
    assert issued.user.check_password(issued.password)
    assert len(issued.password) == 19
    assert issued.password not in repr(issued)


def test_a_role_can_be_given_and_taken(admin: User) -> None:
    user = User.objects.create_user("anna")
    change_role(actor=admin, user=user, role=Role.ADMIN)
    assert rights(user) == ("admin", True, True)
    change_role(actor=admin, user=user, role=Role.EDITOR)
    assert rights(user) == ("editor", False, False)


def test_the_last_administrator_stays_one(admin: User) -> None:
    closed = an_admin("closed")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    sentence = "admin is the last administrator: make somebody else one first."
    with pytest.raises(LastAdmin, match=sentence):
        change_role(actor=admin, user=admin, role=Role.EDITOR)
    with pytest.raises(LastAdmin, match=sentence):
        deactivate_user(actor=closed, user=admin)
    assert rights(admin) == ("admin", True, True)
    assert admin.is_active


def test_nobody_locks_himself_out_by_accident(admin: User) -> None:
    an_admin("second")
    with pytest.raises(OwnRights, match="ask another administrator"):
        change_role(actor=admin, user=admin, role=Role.VIEWER)
    with pytest.raises(OwnRights, match="ask another administrator"):
        deactivate_user(actor=admin, user=admin)
    assert rights(admin) == ("admin", True, True)
    assert admin.is_active


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_leave_one() -> None:
    first, second = an_admin("first"), an_admin("second")
    together = Barrier(2)

    def demote(pair: tuple[User, User]) -> str:
        actor, user = pair
        together.wait(10)
        try:
            change_role(actor=actor, user=user, role=Role.VIEWER)
        except LastAdmin:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(demote, [(first, second), (second, first)]))
    assert sorted(outcomes) == ["done", "refused"]
    assert User.objects.active_admins().count() == 1


def test_a_closed_account_loses_its_session_and_its_keys_until_it_is_opened(
    admin: User, client: Client
) -> None:
    user = User.objects.create_user("anna")
    token = issue_api_key(owner=user, name="crawler", scopes=[Scope.READ]).token
    client.force_login(user)
    deactivate_user(actor=admin, user=user)
    assert client.get("/")["Location"] == "/sign-in/?next=/"
    assert find_live_key(token) is None
    reactivate_user(actor=admin, user=user)
    assert find_live_key(token) is not None


def test_a_reset_password_ends_the_sessions(admin: User, client: Client) -> None:
    user = User.objects.create_user("anna", password="the old one")
    client.force_login(user)
    issued = reset_password(actor=admin, user=user)
    assert client.get("/")["Location"] == "/sign-in/?next=/"
    user.refresh_from_db()
    assert user.check_password(issued.password)


def test_every_change_is_one_line_of_the_audit_log(
    admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", audit.log.name)
    anna = create_user(actor=admin, username="anna", email="", role=Role.VIEWER).user
    change_role(actor=admin, user=anna, role=Role.EDITOR)
    deactivate_user(actor=admin, user=anna)
    reactivate_user(actor=admin, user=anna)
    reset_password(actor=admin, user=anna)
    change_own_password(user=anna, password="chosen by anna")
    assert audit_lines(caplog) == [
        {"who": "admin", "what": "user.created", "whom": "anna", "role": "viewer"},
        {
            "who": "admin",
            "what": "user.role_changed",
            "whom": "anna",
            "before": "viewer",
            "after": "editor",
        },
        {"who": "admin", "what": "user.deactivated", "whom": "anna"},
        {"who": "admin", "what": "user.reactivated", "whom": "anna"},
        {"who": "admin", "what": "user.password_reset", "whom": "anna"},
        {"who": "anna", "what": "user.password_changed", "whom": "anna"},
    ]


def test_no_log_holds_a_token_or_a_password(
    admin: User, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    created = create_user(actor=admin, username="anna", email="", role=Role.EDITOR)
    reset = reset_password(actor=admin, user=created.user)
    change_own_password(user=created.user, password="chosen by anna")
    key = issue_api_key(owner=created.user, actor=admin, name="crawler", scopes=[Scope.READ])
    new = rotate_api_key(actor=created.user, api_key=key.api_key, overlap=DAY)
    revoke_api_key(actor=admin, api_key=new.api_key)
    client.post("/sign-in/", {"username": "anna", "password": "mistyped secret"})
    client.get("/api/products/", headers={"X-API-Key": key.token})
    client.get("/api/products/", headers={"X-API-Key": new.token})
    assert "key.rotated" in caplog.text
    secrets = [created.password, reset.password, "chosen by anna", "mistyped secret"]
    for secret in [*secrets, key.token.split("_")[2], new.token.split("_")[2]]:
        assert secret not in caplog.text


def test_a_name_cannot_forge_a_line_of_the_audit_log(
    admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", audit.log.name)
    audit.note("user.created", who=admin, whom=User(username='x"}\n{"who": "y'))
    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert json.loads(record.getMessage())["whom"] == 'x"}\n{"who": "y'


def test_the_migration_keeps_everybody_working() -> None:
    User.objects.create_user("robot")
    User.objects.create_user("staff", is_staff=True)
    User.objects.create_superuser("root", role=Role.VIEWER)
    migration: Any = import_module("pricebook.accounts.migrations.0002_roles")
    migration.keep_everybody_working(apps, None)
    roles = User.objects.order_by("username").values_list("username", "role", "is_staff")
    assert list(roles) == [
        ("robot", "editor", False),
        ("root", "admin", True),
        ("staff", "editor", False),
    ]


def test_a_name_is_given_once_however_its_capitals_are_written(admin: User) -> None:
    create_user(actor=admin, username="anna", email="", role=Role.VIEWER)
    with pytest.raises(NameTaken) as refusal:
        create_user(actor=admin, username="ANNA", email="", role=Role.ADMIN)
    assert str(refusal.value) == "There is a user ANNA already."
