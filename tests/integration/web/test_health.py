"""The health check (G3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def fail() -> NoReturn:
    raise OperationalError


def test_everyone_may_ask_and_ok_means_that_both_answer(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == HTTPStatus.OK
    assert response.json() == {"status": "ok"}


def test_it_names_redis_when_that_is_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = redis.Redis.from_url("unix:///nonexistent/redis.sock")
    monkeypatch.setattr("pricebook.core.redis.client", lambda: nowhere)
    response = client.get("/healthz")
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json() == {"status": "unavailable", "down": ["redis"]}


def test_it_names_the_database_when_that_is_down(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "cursor", fail)
    response = client.get("/healthz")
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert response.json() == {"status": "unavailable", "down": ["database"]}
