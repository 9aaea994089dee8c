"""Settings → API keys (G4)."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pricebook.accounts.keys import find_live_key, issue_api_key
from pricebook.accounts.models import ApiKey, Role, Scope, User

pytestmark = pytest.mark.django_db


def client_of(role: Role) -> Client:
    """Return htmx's client of a person with that role."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(User.objects.create(username=str(role), role=role))
    return client


@pytest.fixture
def htmx() -> Client:
    return client_of(Role.EDITOR)


def owner() -> User:
    return User.objects.get(username="editor")


def a_key(name: str = "crawler", of: User | None = None) -> ApiKey:
    return issue_api_key(owner=of or owner(), name=name, scopes=[Scope.READ]).api_key


def shown_names(html: str) -> list[str]:
    return re.findall(r'<th scope="row" class="wide"><span class="clip">(.*?)</span>', html)


def shown_token(html: str) -> str:
    return str(re.findall(r'id="secret" value="(.*?)"', html)[0])


def offered_scopes(html: str) -> list[str]:
    return re.findall(r'name="scopes" value="(.*?)"', html)


def test_without_keys_the_page_says_what_one_is_for(htmx: Client) -> None:
    html = htmx.get("/settings/keys/").text
    assert "There is no API key yet" in html
    assert "Make the first key" in html


def test_a_made_key_is_shown_with_its_token_this_once(htmx: Client) -> None:
    form = {"name": "Nightly crawler", "scopes": ["read", "upload"], "lifetime": "30"}
    response = htmx.post("/settings/keys/new/", form)
    token = shown_token(response.text)
    found = find_live_key(token)
    assert found is not None
    assert (found.owner, found.scopes) == (owner(), ["read", "upload"])
    assert found.expires_at is not None
    assert (found.expires_at - timezone.now()).days in {29, 30}
    assert response["HX-Trigger"] == '{"keys-changed": {}}'
    assert "no-store" in response["Cache-Control"]
    listed = htmx.get("/settings/keys/").text
    assert shown_names(listed) == ["Nightly crawler"]
    assert token.split("_")[2] not in listed


def test_a_key_may_live_for_ever(htmx: Client) -> None:
    htmx.post("/settings/keys/new/", {"name": "n", "scopes": ["read"], "lifetime": "never"})
    assert ApiKey.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "two\nlines"}, "A key&#x27;s name has 1 to 100 printable characters."),
        ({"scopes": []}, "Choose what the key may do."),
        ({"scopes": ["admin"]}, "admin is not one of the available choices"),
        ({"lifetime": "soon"}, "soon is not one of the available choices"),
    ],
)
def test_a_mistake_is_named_beside_its_field(
    htmx: Client, change: dict[str, object], sentence: str
) -> None:
    form = {"name": "crawler", "scopes": ["read"], "lifetime": "30"} | change
    html = htmx.post("/settings/keys/new/", form).text
    errors = re.findall(r'<div class="field-error" id="id_(\w+)_error">(.*?)</div>', html)
    assert [name for name, _ in errors] == list(change)
    assert sentence in errors[0][1]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        (Role.VIEWER, ["read", "archives:read"]),
        (Role.EDITOR, ["read", "write", "upload", "archives:read"]),
        (Role.ADMIN, ["read", "write", "upload", "archives:read", "admin"]),
    ],
)
def test_only_what_the_role_covers_is_offered(role: Role, scopes: list[str]) -> None:
    assert offered_scopes(client_of(role).get("/settings/keys/new/").text) == scopes


def test_a_rotation_shows_a_new_token_and_keeps_the_old_one_for_the_chosen_hours(
    htmx: Client,
) -> None:
    old = issue_api_key(owner=owner(), name="crawler", scopes=[Scope.READ])
    path = f"/settings/keys/{old.api_key.pk}/rotate/"
    assert 'value="24"' in htmx.get(path).text
    token = shown_token(htmx.post(path, {"overlap_hours": "2"}).text)
    assert find_live_key(token) is not None
    assert find_live_key(old.token) is not None
    html = htmx.get("/settings/keys/").text
    assert "Being replaced" in html
    assert html.count("Rotate crawler") == 1
    assert html.count("Revoke crawler") == 2


@pytest.mark.parametrize("hours", ["", "-1", "169", "soon"])
def test_an_overlap_that_is_too_long_or_no_number_is_refused(htmx: Client, hours: str) -> None:
    html = htmx.post(f"/settings/keys/{a_key().pk}/rotate/", {"overlap_hours": hours}).text
    assert 'id="id_overlap_hours_error"' in html
    assert ApiKey.objects.count() == 1


def test_a_key_that_ended_meanwhile_is_not_rotated(htmx: Client) -> None:
    key = a_key()
    ApiKey.objects.update(revoked_at=timezone.now())
    html = htmx.post(f"/settings/keys/{key.pk}/rotate/", {"overlap_hours": "1"}).text
    assert "has ended: make a new one instead." in html


def test_revoking_says_so_and_closes_what_is_open(htmx: Client) -> None:
    key = a_key()
    response = htmx.post(f"/settings/keys/{key.pk}/revoke/")
    assert "is revoked: it works nowhere any more." in response.text
    assert response["HX-Trigger"] == '{"modal-close": {}, "keys-changed": {}}'
    assert "Revoked" in htmx.get("/settings/keys/").text


def test_the_state_filters(htmx: Client) -> None:
    a_key("live")
    ended = a_key("ended")
    ApiKey.objects.filter(pk=ended.pk).update(expires_at=timezone.now())
    assert shown_names(htmx.get("/settings/keys/").text) == ["ended", "live"]
    assert shown_names(htmx.get("/settings/keys/?state=live").text) == ["live"]
    assert shown_names(htmx.get("/settings/keys/?state=ended").text) == ["ended"]
    assert shown_names(htmx.get("/settings/keys/?state=odd").text) == ["ended", "live"]


def test_keys_of_others_are_an_administrators_matter() -> None:
    admin, editor, viewer = client_of(Role.ADMIN), client_of(Role.EDITOR), client_of(Role.VIEWER)
    key = a_key("theirs", of=owner())
    for path in (f"/settings/keys/{key.pk}/rotate/", f"/settings/keys/{key.pk}/revoke/"):
        assert viewer.post(path).status_code == HTTPStatus.NOT_FOUND
    assert shown_names(viewer.get("/settings/keys/").text) == []
    assert shown_names(editor.get("/settings/keys/").text) == ["theirs"]
    assert shown_names(admin.get("/settings/keys/").text) == ["theirs"]
    admin.post(f"/settings/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.state == ApiKey.State.REVOKED


def test_a_hostile_name_is_shown_inert(htmx: Client) -> None:
    a_key('"><script>alert(1)</script>')
    html = htmx.get("/settings/keys/").text
    assert "<script>alert" not in html
    assert 'Revoke the key "' not in html


@pytest.mark.parametrize("path", ["new", "1/rotate", "1/revoke"])
def test_a_write_needs_the_csrf_token(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create(username="anna"))
    assert client.post(f"/settings/keys/{path}/").status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("rows", [5, 24])
def test_the_list_needs_the_same_number_of_queries_for_any_number_of_keys(
    htmx: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        a_key(str(number))
    with django_assert_num_queries(4):
        htmx.get("/settings/keys/")
