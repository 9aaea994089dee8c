"""The export of the product list (B5)."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from pricebook.accounts.models import User
from pricebook.catalogue import export
from tests.factories import a_product

PATH = "/products/export/"


def downloaded(person: User, query: str) -> list[str]:
    """Return the SKUs of the CSV file that a person gets."""

    async def fetch() -> bytes:
        client = AsyncClient()
        await client.aforce_login(person)
        response: Any = await client.get(f"{PATH}{query}")
        assert response.status_code == HTTPStatus.OK
        return b"".join([block async for block in response])

    lines = async_to_sync(fetch)().decode("utf-8-sig").splitlines()
    return [line.split(",")[0] for line in lines[1:]]


@pytest.mark.django_db(transaction=True)
def test_the_file_holds_what_the_list_shows_on_all_its_pages(person: User) -> None:
    for number in range(60):
        a_product(f"A-{number:02}", name="Apple", price=Decimal(100 - number))
    a_product("B", name="Pear", price=Decimal(1))
    query = "?format=csv&name=apple&sort=price&page=2&size=25"
    assert downloaded(person, query) == [f"A-{number:02}" for number in reversed(range(60))]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_the_list_offers_each_format(browser: Client, kind: str) -> None:
    assert f'href="{PATH}?format={kind}"' in browser.get("/products/").content.decode()


@pytest.mark.django_db
def test_what_cannot_be_is_told_on_the_same_list(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_SHEET_ROWS", 1)
    a_product("A")
    a_product("B")
    response = browser.get(f"{PATH}?format=xlsx&active=true", follow=True)
    assert response.redirect_chain == [("/products/?active=true", HTTPStatus.FOUND)]
    assert "A sheet of a workbook has room for 1 products" in response.content.decode()


@pytest.mark.django_db
def test_an_unknown_format_is_told_on_the_list(browser: Client) -> None:
    response = browser.get(f"{PATH}?format=pdf", follow=True)
    assert "There is no such file: take CSV, JSON lines, Excel." in response.content.decode()


@pytest.mark.django_db
def test_it_is_only_read_and_only_by_who_is_signed_in(client: Client, browser: Client) -> None:
    assert client.get(PATH)["Location"] == f"/sign-in/?next={PATH}"
    assert browser.post(PATH).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert browser.head(PATH).status_code == HTTPStatus.METHOD_NOT_ALLOWED
