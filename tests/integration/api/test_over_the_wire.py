"""What only a real server shows: how it takes addresses and bodies."""

from __future__ import annotations

import json
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from pricebook.catalogue.models import Product

if TYPE_CHECKING:
    from tests.integration.api.conftest import Address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(asgi_server: Address) -> Any:
    """Return what sends a JSON request to the server and returns status and body."""
    owner = User.objects.create_user("wire", role=Role.EDITOR)
    token = issue_api_key(owner=owner, name="wire", scopes=[Scope.READ, Scope.WRITE]).token

    def send(method: str, path: str, body: object) -> tuple[int, Any]:
        with closing(HTTPConnection(*asgi_server, timeout=30)) as connection:
            headers = {"X-API-Key": token, "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    return send


@pytest.mark.parametrize(
    ("address", "sku"),
    [("A%2F1", "A/1"), ("50%25", "50%"), ("%2E%2E%2Fx", "../x"), ("1.5", "1.5"), ("%C5%A1", "š")],
)
def test_any_sku_is_an_address(ask: Any, address: str, sku: str) -> None:
    status, body = ask("PUT", f"/api/products/by-sku/{address}/", {"price": 1.5})
    assert (status, body["sku"], body["price"]) == (HTTPStatus.CREATED, sku, "1.50")
    assert ask("GET", f"/api/products/by-sku/{address}/", None) == (HTTPStatus.OK, body)


@pytest.mark.parametrize("address", ["%00", "%FF", "%ED%A0%80"])
def test_what_is_no_text_is_no_sku(ask: Any, address: str) -> None:
    status, body = ask("GET", f"/api/products/by-sku/{address}/", None)
    assert (status, body["status"]) == (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND)


def test_a_large_body_arrives_whole(ask: Any) -> None:
    rows = [{"sku": f"S-{number}", "description": "x" * 2_000} for number in range(5_000)]
    status, body = ask("POST", "/api/products/bulk/", rows)
    assert (status, body["kind"]) == (HTTPStatus.ACCEPTED, "import")
    assert not Product.objects.exists()
