"""/api/keys/: made, listed, rotated, revoked, and what keys are refused for (G4, ABUSE 13)."""

from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from pricebook.accounts.keys import find_live_key, issue_api_key
from pricebook.accounts.models import ApiKey, Role, Scope, User
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db

JSON = "application/json"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make(client: Client, **body: Any) -> Any:
    return client.post("/api/keys/", {"name": "crawler", "scopes": ["read"], **body}, JSON)


def rotate(client: Client, key_id: int, **body: Any) -> Any:
    return client.post(f"/api/keys/{key_id}/rotate/", body, JSON)


@pytest.fixture
def viewer() -> User:
    return User.objects.create_user("viewer", role=Role.VIEWER)


@pytest.fixture
def editor() -> User:
    return User.objects.create_user("editor", role=Role.EDITOR)


def test_a_new_key_is_answered_once_with_its_token(editor: User) -> None:
    client = signed_in(editor)
    ends = timezone.now() + timedelta(days=30)
    response = make(client, scopes=["read", "upload"], expires_at=ends.isoformat())
    assert response.status_code == HTTPStatus.CREATED
    assert response["Cache-Control"] == "no-store"
    made = response.json()
    token = made.pop("token")
    found = find_live_key(token)
    assert found is not None
    assert (found.owner, found.scopes, found.expires_at) == (editor, ["read", "upload"], ends)
    assert response["Location"] == f"http://testserver/api/keys/{found.pk}/"
    assert sorted(made) == [
        "created_at", "expires_at", "id", "last_used_at", "name", "owner", "prefix",
        "replaced_by", "revoked_at", "scopes", "state",
    ]  # fmt: skip
    again = client.get(response["Location"])
    listed = client.get("/api/keys/")
    for answer in (again, listed):
        assert token.split("_")[2] not in answer.text
        assert found.secret_hash not in answer.text
    assert again.json()["state"] == "live"
    assert [key["id"] for key in listed.json()["results"]] == [found.pk]


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"name": ""}, "#/name", "blank"),
        ({"name": " \t"}, "#/name", "1 to 100 printable"),
        ({"name": "two\nlines"}, "#/name", "1 to 100 printable"),
        ({"name": "n" * 101}, "#/name", "1 to 100 printable"),
        ({"name": None}, "#/name", "null"),
        ({"scopes": []}, "#/scopes", "empty"),
        ({"scopes": "read"}, "#/scopes", "list"),
        ({"scopes": ["everything"]}, "#/scopes/0", "not a valid choice"),
        ({"scopes": ["admin"]}, "#/scopes", "Your role does not cover the scope “admin”."),
        ({"expires_at": "soon"}, "#/expires_at", "format"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at", "in the future"),
        ({"owner": "admin"}, "#/owner", "There is no field 'owner' here"),
        ({"token": "pb_x"}, "#/token", "There is no field 'token' here"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_with_a_pointer(
    editor: User, body: dict[str, Any], pointer: str, words: str
) -> None:
    problem = expect_problem(make(signed_in(editor), **body), HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert words in problem["errors"][0]["detail"]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "7"])
def test_a_body_that_is_no_object_is_refused(editor: User, body: str) -> None:
    response = signed_in(editor).post("/api/keys/", body, JSON)
    expect_problem(response, HTTPStatus.BAD_REQUEST)


@pytest.mark.parametrize("role", Role)
def test_a_person_makes_keys_within_the_own_role(role: Role) -> None:
    person = User.objects.create_user("anna", role=role)
    client = signed_in(person)
    allowed = {scope for scope in Scope if make(client, scopes=[scope]).status_code == 201}
    assert (
        allowed
        == {
            Role.VIEWER: {Scope.READ, Scope.ARCHIVES_READ},
            Role.EDITOR: {Scope.READ, Scope.ARCHIVES_READ, Scope.WRITE, Scope.UPLOAD},
            Role.ADMIN: set(Scope),
        }[role]
    )


def test_the_keys_of_others_do_not_exist_for_a_person_and_do_for_an_administrator(
    editor: User, viewer: User, person: User
) -> None:
    key = issue_api_key(owner=editor, name="theirs", scopes=[Scope.READ]).api_key
    stranger, admin = signed_in(viewer), signed_in(person)
    path = f"/api/keys/{key.pk}/"
    assert stranger.get("/api/keys/").json()["count"] == 0
    for refused in (stranger.get(path), stranger.delete(path), rotate(stranger, key.pk)):
        problem = expect_problem(refused, HTTPStatus.NOT_FOUND)
        assert problem["detail"] == f"There is no key {key.pk}."
    assert admin.get(path).json()["owner"] == "editor"
    assert admin.delete(path).status_code == HTTPStatus.NO_CONTENT
    key.refresh_from_db()
    assert key.state == ApiKey.State.REVOKED


def test_a_key_needs_the_scope_admin_and_an_administrator_behind_it(
    keyed: KeyedClient, editor: User
) -> None:
    for scope in Scope:
        answer = keyed(scope).get("/api/keys/")
        if scope is Scope.ADMIN:
            assert answer.status_code == HTTPStatus.OK
        else:
            problem = expect_problem(answer, HTTPStatus.FORBIDDEN)
            assert problem["detail"] == "This API key lacks the scope “admin”."
    former = issue_api_key(owner=editor, name="demoted", scopes=[Scope.ADMIN]).token
    answer = Client(headers={"X-API-Key": former}).get("/api/keys/")
    problem = expect_problem(answer, HTTPStatus.FORBIDDEN)
    assert problem["detail"].startswith("Your role does not cover “admin”")


def test_a_revoked_key_stops_at_once_and_revoking_it_again_changes_nothing(editor: User) -> None:
    client = signed_in(editor)
    made = make(client).json()
    program = Client(headers={"X-API-Key": made["token"]})
    assert program.get("/api/products/").status_code == HTTPStatus.OK
    assert client.delete(f"/api/keys/{made['id']}/").status_code == HTTPStatus.NO_CONTENT
    expect_problem(program.get("/api/products/"), HTTPStatus.UNAUTHORIZED)
    assert client.delete(f"/api/keys/{made['id']}/").status_code == HTTPStatus.NO_CONTENT


def test_a_rotation_answers_with_a_new_token_and_the_old_one_works_on(editor: User) -> None:
    client = signed_in(editor)
    old = make(client, scopes=["read", "write"]).json()
    response = rotate(client, old["id"])
    assert response.status_code == HTTPStatus.CREATED
    assert response["Cache-Control"] == "no-store"
    new = response.json()
    assert (new["name"], new["scopes"]) == (old["name"], old["scopes"])
    for made in (old, new):
        program = Client(headers={"X-API-Key": made["token"]})
        assert program.get("/api/products/").status_code == HTTPStatus.OK
    shown = client.get(f"/api/keys/{old['id']}/").json()
    assert (shown["state"], shown["replaced_by"]) == ("replaced", new["id"])
    left = ApiKey.objects.get(pk=old["id"]).expires_at
    assert left is not None
    assert timedelta(hours=23) < left - timezone.now() <= timedelta(hours=24)


def test_without_an_overlap_the_old_token_ends(editor: User) -> None:
    client = signed_in(editor)
    old = make(client).json()
    assert rotate(client, old["id"], overlap_hours=0).status_code == HTTPStatus.CREATED
    program = Client(headers={"X-API-Key": old["token"]})
    expect_problem(program.get("/api/products/"), HTTPStatus.UNAUTHORIZED)


def test_a_key_is_rotated_once(editor: User) -> None:
    client = signed_in(editor)
    old = make(client).json()
    rotate(client, old["id"])
    problem = expect_problem(rotate(client, old["id"]), HTTPStatus.CONFLICT)
    assert "was rotated already" in problem["detail"]


@pytest.mark.parametrize("hours", [-1, 169, "soon", None, 1.5])
def test_an_overlap_is_0_to_168_hours(editor: User, hours: object) -> None:
    client = signed_in(editor)
    old = make(client).json()
    response = rotate(client, old["id"], overlap_hours=hours)
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["pointer"] == "#/overlap_hours"
    assert ApiKey.objects.count() == 1


def test_a_rotation_takes_no_other_fields(editor: User) -> None:
    client = signed_in(editor)
    response = rotate(client, make(client).json()["id"], scopes=["write"])
    problem = expect_problem(response, HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["pointer"] == "#/scopes"


def test_a_repeated_request_makes_another_key_and_no_token_is_kept(editor: User) -> None:
    client = Client(headers={"Idempotency-Key": "once"})
    client.force_login(editor)
    first, second = make(client).json(), make(client).json()
    assert first["token"] != second["token"]


def test_the_list_is_filtered_by_state(editor: User) -> None:
    client = signed_in(editor)
    live, ended = make(client, name="live").json(), make(client, name="ended").json()
    client.delete(f"/api/keys/{ended['id']}/")

    def ids(query: str) -> list[int]:
        return [key["id"] for key in client.get(f"/api/keys/?{query}").json()["results"]]

    assert ids("") == [ended["id"], live["id"]]
    assert ids("state=live") == [live["id"]]
    assert ids("state=ended") == [ended["id"]]
    expect_problem(client.get("/api/keys/?state=odd"), HTTPStatus.BAD_REQUEST)
    problem = expect_problem(client.get("/api/keys/?owner=x"), HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["parameter"] == "owner"


@pytest.mark.parametrize("rows", [5, 40])
def test_the_list_needs_the_same_number_of_queries_for_any_number_of_keys(
    person: User, editor: User, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        issue_api_key(owner=editor, name=str(number), scopes=[Scope.READ])
    client = signed_in(person)
    with django_assert_num_queries(4):
        client.get("/api/keys/")


def test_a_demotion_is_felt_by_the_persons_keys_and_session_at_once(editor: User) -> None:
    token = issue_api_key(owner=editor, name="writer", scopes=[Scope.UPLOAD]).token
    program, browser = Client(headers={"X-API-Key": token}), signed_in(editor)
    for client in (program, browser):
        assert client.post("/api/uploads/").status_code == HTTPStatus.BAD_REQUEST
    User.objects.update(role=Role.VIEWER)
    for client in (program, browser):
        problem = expect_problem(client.post("/api/uploads/"), HTTPStatus.FORBIDDEN)
        assert problem["detail"] == (
            "Your role does not cover “upload”: ask an administrator for another one."
        )


def test_what_a_leaked_table_holds_opens_nothing(editor: User) -> None:
    issue_api_key(owner=editor, name="crawler", scopes=[Scope.READ])
    row = ApiKey.objects.values().get()
    prefix, digest = row["prefix"], row["secret_hash"]
    for guess in (digest, f"pb_{prefix}_{digest}", f"pb_{prefix}_{digest[:43]}", f"pb_{prefix}_"):
        answer = Client(headers={"X-API-Key": guess}).get("/api/products/")
        expect_problem(answer, HTTPStatus.UNAUTHORIZED)


def test_the_tokens_of_the_answers_are_in_no_log(
    editor: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = signed_in(editor)
    old = make(client).json()
    new = rotate(client, old["id"]).json()
    Client(headers={"X-API-Key": new["token"] + "x"}).get("/api/products/")
    for made in (old, new):
        assert made["token"].split("_")[2] not in caplog.text
