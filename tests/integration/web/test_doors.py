"""Who may enter the pages (G4, ABUSE 15)."""

from __future__ import annotations

from http import HTTPStatus
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern

from pricebook.accounts.models import User
from pricebook.web.urls import urlpatterns
from tests.factories import a_user
from tests.integration.web.conftest import MakeImport

pytestmark = pytest.mark.django_db


def path_of(pattern: URLPattern) -> str:
    """Return a path that the pattern matches."""
    path = str(pattern.pattern)
    for name in pattern.pattern.converters:
        path = path.replace(f"<uuid:{name}>", str(uuid4())).replace(f"<int:{name}>", "1")
    return f"/{path}"


OPEN = {"sign-in", "sign-out"}
# Whoever adds a page has it tested.
CLOSED = [path_of(pattern) for pattern in urlpatterns if pattern.name not in OPEN]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", CLOSED)
def test_every_page_sends_the_anonymous_to_sign_in(client: Client, path: str, method: str) -> None:
    response = client.generic(method, path)
    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"] == f"/sign-in/?next={path}"


def test_an_unknown_address_shows_the_anonymous_nothing_of_the_product(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "Nothing is at this address" in response.text
    assert "/products/" not in response.text


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client) -> None:
    a_user("manager")
    form = {"username": "manager", "password": "a long password", "next": "/products/?sku=A"}
    response = client.post("/sign-in/", form)
    assert response["Location"] == "/products/?sku=A"


def test_signing_in_never_leads_to_another_site(client: Client) -> None:
    a_user("manager")
    form = {"username": "manager", "password": "a long password", "next": "https://evil.example/"}
    assert client.post("/sign-in/", form)["Location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(client: Client, person: User) -> None:
    response = client.post("/sign-in/", {"username": "manager", "password": "wrong"})
    assert response.status_code == HTTPStatus.OK
    assert "Please enter a correct username and password" in response.text
    assert 'value="manager"' in response.text


def test_signing_out_ends_the_session(browser: Client) -> None:
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/")["Location"] == "/sign-in/?next=/"


def test_signing_out_of_an_ended_session_leads_to_sign_in(client: Client) -> None:
    assert client.post("/sign-out/")["Location"] == "/sign-in/"


def test_a_link_cannot_sign_anyone_out(browser: Client) -> None:
    assert browser.get("/sign-out/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert browser.get("/").status_code == HTTPStatus.OK


def test_htmx_of_an_ended_session_leaves_for_sign_in_as_a_whole_page(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/products/?sku=A"}
    response = client.get("/products/?sku=AB", headers=headers, follow=True)
    assert response["HX-Redirect"] == "/sign-in/?next=%2Fproducts%2F%3Fsku%3DA"
    assert response.content == b""


@pytest.mark.parametrize("deed", ["cancel", "retry", "undo"])
def test_a_deed_needs_the_csrf_token(person: User, make_import: MakeImport, deed: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    response = client.post(f"/jobs/{make_import().pk}/{deed}/")
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "That page was too old" in response.text


@pytest.mark.parametrize("deed", ["cancel", "retry", "undo"])
def test_a_link_does_no_deed(browser: Client, make_import: MakeImport, deed: str) -> None:
    response = browser.get(f"/jobs/{make_import().pk}/{deed}/")
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_an_error_page_needs_nothing_to_be_shown(code: int) -> None:
    html = render_to_string(f"{code}.html")
    assert 'class="bare"' in html
    assert html.count("<h1>") == 1


def test_pages_allow_no_inline_script_or_style(browser: Client) -> None:
    response = browser.get("/")
    directives = {
        name: sources
        for name, *sources in (
            part.split() for part in response["Content-Security-Policy"].split(";")
        )
    }
    assert directives["default-src"] == ["'self'"]
    assert "script-src" not in directives
    assert "style-src" not in directives
    assert "<style" not in response.text
    assert "style=" not in response.text
