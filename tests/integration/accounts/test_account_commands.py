"""The commands create_api_key and ensure_admin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from pricebook.accounts.keys import find_live_key
from pricebook.accounts.management.commands.create_api_key import Command as CreateApiKey
from pricebook.accounts.models import ApiKey, User


def run(name: str | BaseCommand, *arguments: str) -> str:
    """Run a command and return what it wrote to standard output."""
    out = StringIO()
    call_command(name, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.django_db
def test_the_key_stands_alone_on_standard_output() -> None:
    User.objects.create_superuser("first")
    User.objects.create_superuser("second")
    printed = run("create_api_key", "crawler", "--scope", "read", "--scope", "upload")
    assert printed.endswith("\n")
    api_key = find_live_key(printed[:-1])
    assert api_key is not None
    assert (api_key.name, api_key.owner.username) == ("crawler", "first")
    assert api_key.scopes == ["read", "upload"]
    assert api_key.expires_at is None


@pytest.mark.django_db
def test_owner_and_lifetime_can_be_chosen() -> None:
    User.objects.create_superuser("first")
    User.objects.create_user("robot")
    before = timezone.now()
    run("create_api_key", "n", "--scope", "read", "--user", "robot", "--expires-days", "30")
    api_key = ApiKey.objects.get()
    assert api_key.owner.username == "robot"
    assert api_key.expires_at is not None
    assert timedelta(0) <= api_key.expires_at - before - timedelta(days=30) < timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["crawler"],
        ["--scope", "read"],
        ["crawler", "--scope", "everything"],
        ["", "--scope", "read"],
        ["n" * 101, "--scope", "read"],
        ["two\nlines", "--scope", "read"],
        ["crawler", "--scope", "read", "--expires-days", "0"],
        ["crawler", "--scope", "read", "--expires-days", "-1"],
        ["crawler", "--scope", "read", "--expires-days", "soon"],
        ["crawler", "--scope", "read", "--expires-days", "100000"],
    ],
)
def test_bad_usage_exits_with_2_and_makes_no_key(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    User.objects.create_superuser("first")
    with pytest.raises(SystemExit) as exit_:
        CreateApiKey().run_from_argv(["pricebook", "create_api_key", *arguments])
    assert exit_.value.code == 2
    assert capsys.readouterr().out == ""
    assert not ApiKey.objects.exists()


@pytest.mark.django_db
def test_an_owner_has_to_exist() -> None:
    with pytest.raises(CommandError, match="There is no active user named 'nobody'") as error:
        run("create_api_key", "crawler", "--scope", "read", "--user", "nobody")
    assert error.value.returncode == 2


@pytest.mark.django_db
def test_without_a_superuser_an_owner_has_to_be_named() -> None:
    with pytest.raises(CommandError, match="name the key's owner with --user") as error:
        run("create_api_key", "crawler", "--scope", "read")
    assert error.value.returncode == 2


@pytest.mark.django_db
def test_the_first_start_makes_an_admin_who_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRICEBOOK_ADMIN_PASSWORD", raising=False)
    printed = run("ensure_admin")
    password = printed.removeprefix("Sign in as admin with the password ").split()[0]
    admin = User.objects.get()
    assert (admin.username, admin.is_superuser, admin.is_staff) == ("admin", True, True)
    assert len(password) == 19
    assert admin.check_password(password)


@pytest.mark.django_db
def test_a_password_of_the_environment_is_used_and_not_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRICEBOOK_ADMIN_PASSWORD", "chosen-by-the-operator")
    printed = run("ensure_admin")
    assert User.objects.get().check_password("chosen-by-the-operator")
    assert "chosen-by-the-operator" not in printed
    assert "PRICEBOOK_ADMIN_PASSWORD" in printed


@pytest.mark.django_db
def test_any_user_at_all_keeps_ensure_admin_silent() -> None:
    User.objects.create_user("somebody", is_active=False)
    assert run("ensure_admin") == ""
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_first_starts_at_once_make_one_admin() -> None:
    def start(_number: int) -> str:
        try:
            return run("ensure_admin")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        printed = list(threads.map(start, range(4)))
    assert User.objects.count() == 1
    assert len([text for text in printed if text]) == 1
