"""Ten wrong passwords lock sign-in, and no header opens the lock (ABUSE 14)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.factories import a_user

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def manager() -> None:
    a_user("manager")


def attempt(
    client: Client,
    password: str,
    *,
    name: str = "manager",
    address: str = "192.0.2.1",
    **headers: str,
) -> tuple[int, int]:
    """Try to sign in; return the status and the seconds to wait, 0 when there are none."""
    response = client.post(
        "/sign-in/",
        {"username": name, "password": password},
        REMOTE_ADDR=address,
        headers=headers,
    )
    return response.status_code, int(response.get("Retry-After", "0"))


def fail_nine_times(client: Client) -> None:
    for number in range(9):
        status, _ = attempt(client, "wrong", **{"User-Agent": f"browser {number % 3}"})
        assert status == HTTPStatus.OK


def test_the_tenth_wrong_password_locks_and_says_for_how_long(client: Client) -> None:
    fail_nine_times(client)
    response = client.post(
        "/sign-in/", {"username": "manager", "password": "wrong"}, REMOTE_ADDR="192.0.2.1"
    )
    assert response.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 890 <= int(response["Retry-After"]) <= 900
    assert "Too many wrong passwords" in response.text
    assert "Try again in 15 minutes." in response.text


def test_the_right_password_does_not_open_the_lock(client: Client) -> None:
    fail_nine_times(client)
    attempt(client, "wrong")
    status, seconds = attempt(client, PASSWORD)
    assert status == HTTPStatus.TOO_MANY_REQUESTS
    assert seconds > 0
    assert client.get("/").status_code == HTTPStatus.FOUND


def test_a_spoofed_header_neither_resets_nor_avoids_the_lock(client: Client) -> None:
    for number in range(9):
        spoof = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        assert attempt(client, "wrong", **spoof)[0] == HTTPStatus.OK
    spoof = {"X-Forwarded-For": "203.0.113.99", "Forwarded": "for=203.0.113.99"}
    assert attempt(client, "wrong", **spoof)[0] == HTTPStatus.TOO_MANY_REQUESTS
    assert attempt(client, PASSWORD, **spoof)[0] == HTTPStatus.TOO_MANY_REQUESTS


def test_behind_a_trusted_proxy_the_lock_is_the_clients_and_not_the_proxys(
    client: Client, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(10):
        attempt(client, "wrong", **{"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.5"})
    spoof = {"X-Forwarded-For": "10.0.0.77, 203.0.113.5"}
    assert attempt(client, PASSWORD, **spoof)[0] == HTTPStatus.TOO_MANY_REQUESTS
    another = {"X-Forwarded-For": "203.0.113.6"}
    assert attempt(client, PASSWORD, **another)[0] == HTTPStatus.FOUND


def test_the_lock_is_for_that_name_from_that_address_only(client: Client) -> None:
    a_user("other")
    fail_nine_times(client)
    attempt(client, "wrong")
    assert attempt(client, PASSWORD)[0] == HTTPStatus.TOO_MANY_REQUESTS
    assert attempt(client, PASSWORD, name="other")[0] == HTTPStatus.FOUND
    assert attempt(Client(), PASSWORD, address="192.0.2.2")[0] == HTTPStatus.FOUND


def test_a_success_forgets_the_mistakes_before_it(client: Client) -> None:
    fail_nine_times(client)
    assert attempt(client, PASSWORD)[0] == HTTPStatus.FOUND
    client.post("/sign-out/")
    assert attempt(client, "wrong")[0] == HTTPStatus.OK


def test_the_lock_ends_by_itself_and_attempts_meanwhile_do_not_lengthen_it(client: Client) -> None:
    fail_nine_times(client)
    attempt(client, "wrong")
    long_ago = timezone.now() - timedelta(minutes=14)
    AccessAttempt.objects.update(attempt_time=long_ago)
    status, seconds = attempt(client, "wrong")
    assert status == HTTPStatus.TOO_MANY_REQUESTS
    assert 50 <= seconds <= 60
    AccessAttempt.objects.update(attempt_time=long_ago - timedelta(minutes=1))
    assert attempt(client, PASSWORD)[0] == HTTPStatus.FOUND


def test_the_table_of_attempts_holds_no_password(client: Client) -> None:
    attempt(client, "my real password with a typo")
    (row,) = AccessAttempt.objects.values()
    assert [value for value in row.values() if "my real password" in str(value)] == []
