"""A query of the web server ends in time, and its reader is told (ABUSE 13)."""

from __future__ import annotations

import subprocess
import sys
from http import HTTPStatus
from typing import NoReturn

import pytest
from django.db import OperationalError
from django.test import Client

from tests.factories import a_user

_SHOW = """
import django
django.setup()
{server}
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout")
    print(cursor.fetchone()[0])
"""


def statement_timeout(server: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _SHOW.format(server=server)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_web_server_alone_gives_a_query_twenty_seconds() -> None:
    assert statement_timeout("import pricebook.config.gunicorn") == "20s"
    assert statement_timeout("") == "0"


@pytest.fixture
def busy_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object) -> NoReturn:
        raise OperationalError

    monkeypatch.setattr("pricebook.catalogue.walk.ProductWalk.slice", give_up)


@pytest.mark.django_db
@pytest.mark.usefixtures("busy_database")
@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/products/?description=anything", "The database could not answer in time"),
        ("/api/products/?description=anything", "The database could not do that at this moment"),
    ],
)
def test_a_search_that_takes_too_long_is_told_in_a_sentence(address: str, sentence: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(a_user())
    response = client.get(address)
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert sentence in response.content.decode()
