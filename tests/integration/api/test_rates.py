"""How much a client may ask in a minute, and how it is told."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import redis as redis_py

from pricebook.accounts.models import Scope
from pricebook.core import redis
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import Settings

    from pricebook.accounts.models import User
    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db


def remaining(header: str) -> int:
    name, left, seconds = header.split(";")
    assert name == '"minute"'
    assert 0 < int(seconds.removeprefix("t=")) <= 60
    return int(left.removeprefix("r="))


def test_every_answer_says_how_much_is_left(keyed: KeyedClient, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 3
    client = keyed(Scope.READ)
    answers = [client.get(path) for path in ("/api/products/", "/api/products/7/")]
    assert [answer["RateLimit-Policy"] for answer in answers] == ['"minute";q=3;w=60'] * 2
    assert [remaining(answer["RateLimit"]) for answer in answers] == [2, 1]


def test_who_asks_too_much_has_to_wait(keyed: KeyedClient, settings: Settings) -> None:
    settings.API_RATE_PER_MINUTE = 2
    client = keyed(Scope.READ)
    assert [client.get("/api/products/").status_code for _ in range(3)] == [200, 200, 429]
    response = client.get("/api/jobs/")
    problem = expect_problem(response, HTTPStatus.TOO_MANY_REQUESTS)
    wait = int(response["Retry-After"])
    assert 0 < wait <= 60
    assert (
        problem["detail"] == f"These are more than 2 requests in a minute. Go on in {wait} seconds."
    )
    assert remaining(response["RateLimit"]) == 0
    (name,) = redis.client().scan_iter("api:rate:*")
    redis.client().delete(name)
    assert client.get("/api/products/").status_code == HTTPStatus.OK


def test_each_key_and_each_person_has_an_allowance(
    keyed: KeyedClient, client: Client, person: User, settings: Settings
) -> None:
    settings.API_RATE_PER_MINUTE = 1
    client.force_login(person)
    for each in (keyed(Scope.READ), keyed(Scope.READ), client):
        assert each.get("/api/products/").status_code == HTTPStatus.OK
        assert each.get("/api/products/").status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_without_redis_nobody_is_held_up(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis_py.Redis.from_url("redis://127.0.0.1:1")
    monkeypatch.setattr(redis, "client", lambda: nowhere)
    response = reader.get("/api/products/")
    assert response.status_code == HTTPStatus.OK
    assert "RateLimit" not in response
