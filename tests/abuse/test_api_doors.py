"""Who may enter, and what for (ABUSE 13 and 15)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import timezone

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import ApiKey, Scope, User
from pricebook.api import compat_routes, urls
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.urls import URLPattern

    from tests.integration.api.conftest import KeyedClient, MakeImport

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
SAMPLES = {
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
    "IntConverter": "1",
    "PathConverter": "A%2F1",
}

pytestmark = pytest.mark.django_db


def path_of(pattern: URLPattern, prefix: str) -> str:
    """Return a path that the pattern matches."""
    path = str(pattern.pattern).removeprefix("^") or "no/such/path/"
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__
        path = path.replace(f"<{kind.removesuffix('Converter').lower()}:{name}>", SAMPLES[kind])
    return f"{prefix}{path}"


# Whoever adds a path has it tested.
EVERY_PATH = [
    # The page for people leads them to sign-in, see test_reference.py.
    *(path_of(pattern, "/api/") for pattern in urls.urlpatterns if pattern.name != "api-docs"),
    *(path_of(pattern, "/") for pattern in compat_routes.urlpatterns),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", EVERY_PATH)
def test_every_path_refuses_the_anonymous(client: Client, path: str, method: str) -> None:
    response = client.generic(method, path)
    assert response.status_code == HTTPStatus.UNAUTHORIZED
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == 'Bearer realm="pricebook"'


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_is_taken_from_either_header(client: Client, token: str, header: str) -> None:
    value = f"Bearer {token}" if header == "Authorization" else token
    assert client.get("/api/products/", headers={header: value}).status_code == HTTPStatus.OK


def test_the_same_key_may_stand_in_both_headers(client: Client, token: str) -> None:
    headers = {"Authorization": f"bearer {token}", "X-API-Key": token}
    assert client.get("/api/products/", headers=headers).status_code == HTTPStatus.OK


def test_two_different_keys_are_refused(client: Client, token: str, person: User) -> None:
    other = issue_api_key(owner=person, name="other", scopes=[Scope.READ]).token
    headers = {"Authorization": f"Bearer {token}", "X-API-Key": other}
    problem = expect_problem(client.get("/api/products/", headers=headers), HTTPStatus.UNAUTHORIZED)
    assert "different keys" in problem["detail"]


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Bearer x", "Bearer pb_\udcff", "Bearer " + "a" * 10_000]
)
def test_a_malformed_key_is_refused(client: Client, value: str) -> None:
    response = client.get("/api/products/", headers={"Authorization": value})
    expect_problem(response, HTTPStatus.UNAUTHORIZED)
    assert response["WWW-Authenticate"] == 'Bearer realm="pricebook", error="invalid_token"'


@pytest.mark.parametrize("field", ["expires_at", "revoked_at"])
def test_a_key_that_has_ended_is_refused_at_once(reader: Client, field: str) -> None:
    assert reader.get("/api/products/").status_code == HTTPStatus.OK
    ApiKey.objects.update(**{field: timezone.now() - timedelta(microseconds=1)})
    expect_problem(reader.get("/api/products/"), HTTPStatus.UNAUTHORIZED)


def test_a_bad_key_is_not_saved_by_a_good_session(client: Client, person: User) -> None:
    client.force_login(person)
    response = client.get("/api/products/", headers={"X-API-Key": "pb_wrong"})
    expect_problem(response, HTTPStatus.UNAUTHORIZED)


@pytest.mark.parametrize(
    ("method", "action", "needed"),
    [
        ("GET", "/api/products/", Scope.READ),
        ("GET", "/api/products/facets/", Scope.READ),
        ("POST", "/api/products/", Scope.WRITE),
        ("PUT", "/api/products/1/", Scope.WRITE),
        ("PATCH", "/api/products/1/", Scope.WRITE),
        ("DELETE", "/api/products/1/", Scope.WRITE),
        ("PUT", "/api/products/by-sku/A-1/", Scope.WRITE),
        ("DELETE", "/api/products/by-sku/A-1/", Scope.WRITE),
        ("GET", "/api/products/1/history/", Scope.READ),
        ("POST", "/api/products/1/history/1/undo/", Scope.WRITE),
        ("POST", "/api/products/bulk/", Scope.WRITE),
        ("POST", "/api/products/bulk-edit/", Scope.WRITE),
        ("DELETE", "/api/products/bulk-delete/", Scope.ADMIN),
        ("GET", "/api/jobs/", Scope.READ),
        ("POST", "/api/jobs/{id}/cancel/", Scope.WRITE),
        ("POST", "/api/jobs/{id}/retry/", Scope.WRITE),
        ("POST", "/api/jobs/{id}/undo/", Scope.WRITE),
        ("GET", "/api/imports/", Scope.READ),
        ("GET", "/api/imports/{id}/", Scope.READ),
        ("POST", "/api/uploads/", Scope.UPLOAD),
        ("POST", "/api/uploads/{id}/process/", Scope.UPLOAD),
        ("POST", "/api/imports/{id}/cancel/", Scope.WRITE),
        ("POST", "/api/imports/{id}/retry/", Scope.WRITE),
        ("POST", "/api/imports/{id}/undo/", Scope.WRITE),
    ],
)
def test_a_key_needs_the_scope_of_what_it_does(
    keyed: KeyedClient, make_import: MakeImport, method: str, action: str, needed: Scope
) -> None:
    path = action.format(id=make_import().pk)
    others = [scope for scope in Scope if scope not in {needed, Scope.ADMIN}]
    problem = expect_problem(keyed(*others).generic(method, path), HTTPStatus.FORBIDDEN)
    assert problem["detail"] == f"This API key lacks the scope “{needed}”."
    for scope in (needed, Scope.ADMIN):
        answer = keyed(scope).generic(method, path)
        assert answer.status_code not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def test_a_person_who_is_signed_in_may_read(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get("/api/products/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("path", EVERY_PATH)
def test_a_write_by_session_needs_the_csrf_token(person: User, path: str, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    problem = expect_problem(client.generic(method, path), HTTPStatus.FORBIDDEN)
    assert problem["detail"].startswith("CSRF Failed")


def test_a_write_by_session_with_the_csrf_token_is_done(
    person: User, make_import: MakeImport
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    client.cookies["csrftoken"] = "t" * 32
    response = client.post(
        f"/api/imports/{make_import().pk}/cancel/",
        content_type="application/json",
        headers={"X-CSRFToken": "t" * 32},
    )
    assert response.status_code == HTTPStatus.OK


def test_a_key_needs_no_csrf_token(person: User, make_import: MakeImport) -> None:
    issued = issue_api_key(owner=person, name="writer", scopes=[Scope.WRITE])
    client = Client(enforce_csrf_checks=True, headers={"X-API-Key": issued.token})
    response = client.post(f"/api/imports/{make_import().pk}/cancel/")
    assert response.status_code == HTTPStatus.OK
