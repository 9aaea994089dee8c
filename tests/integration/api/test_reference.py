"""The description of the API as a page for people."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.api.schema import describe_api

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, person: User) -> str:
    """Return the page as a person sees it."""
    client.force_login(person)
    response = client.get("/api/docs/")
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def test_the_anonymous_are_led_to_sign_in(client: Client) -> None:
    response = client.get("/api/docs/")
    assert (response.status_code, response["Location"]) == (
        HTTPStatus.FOUND,
        "/sign-in/?next=/api/docs/",
    )


def test_it_shows_every_operation_and_every_object(page: str) -> None:
    described = describe_api()
    for operations in (*described["paths"].values(), *described["webhooks"].values()):
        for operation in operations.values():
            assert f'id="{operation["operationId"]}"' in page
    for name in described["components"]["schemas"]:
        assert f'id="shape-{name}"' in page


def test_it_needs_no_script_of_its_own_and_no_other_host(page: str) -> None:
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
