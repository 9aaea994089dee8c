"""Settings → Users and the own password (G4)."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from pricebook.accounts.models import Role, User

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"
ACTIONS = ("role", "password", "deactivate", "reactivate")


@pytest.fixture(autouse=True)
def quick_hashing(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("admin", password=PASSWORD)


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", "anna@example.com", PASSWORD, role=Role.VIEWER)


@pytest.fixture
def htmx(admin: User) -> Client:
    return client_of(admin)


def client_of(user: User) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    return client


def shown_names(html: str) -> list[str]:
    found = re.findall(r'<th scope="row" class="wide"><span class="clip">(.*?)[ <]', html)
    return [str(name) for name in found]


def shown_password(html: str) -> str:
    return str(re.findall(r'id="secret" value="(.*?)"', html)[0])


def errors_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<div class="field-error" id="id_(\w+)_error">(.*?)</div>', html))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_the_users_are_an_administrators_matter(role: Role, anna: User) -> None:
    client = client_of(User.objects.create(username="other", role=role))
    paths = ["", "new/", *(f"{anna.pk}/{action}/" for action in ACTIONS)]
    for path in paths:
        assert client.get(f"/settings/users/{path}").status_code == HTTPStatus.FORBIDDEN
        assert client.post(f"/settings/users/{path}").status_code == HTTPStatus.FORBIDDEN
    assert "/settings/users/" not in client.get("/settings/password/").text


def test_the_settings_lead_to_the_keys(htmx: Client) -> None:
    assert htmx.get("/settings/")["Location"] == "/settings/keys/"


def test_the_list_shows_who_there_is_those_who_cannot_sign_in_last(htmx: Client) -> None:
    User.objects.create(username="aaron", is_active=False)
    User.objects.create(username="zoe")
    html = htmx.get("/settings/users/").text
    assert shown_names(html) == ["admin", "zoe", "aaron"]
    assert "Deactivate zoe" in html
    assert "Reactivate aaron" in html
    assert "Deactivate admin" not in html


def test_a_new_user_signs_in_with_the_password_that_is_shown_once(htmx: Client) -> None:
    form = {"username": "bert", "email": "bert@example.com", "role": "editor"}
    response = htmx.post("/settings/users/new/", form)
    password = shown_password(response.text)
    assert "no-store" in response["Cache-Control"]
    assert response["HX-Trigger"] == '{"users-changed": {}}'
    bert = User.objects.get(username="bert")
    assert (bert.role, bert.email, bert.is_staff) == ("editor", "bert@example.com", False)
    signed_in = Client().post("/sign-in/", {"username": "bert", "password": password})
    assert signed_in["Location"] == "/"
    assert password not in htmx.get("/settings/users/").text


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"username": ""}, "username", "This field is required."),
        ({"username": "two words"}, "username", "Enter a valid username"),
        ({"username": "ANNA"}, "username", "There is a user ANNA already."),
        ({"email": "nowhere"}, "email", "Enter a valid email address."),
        ({"role": "king"}, "role", "king is not one of the available choices"),
    ],
)
def test_a_mistake_is_named_beside_its_field(
    htmx: Client, anna: User, change: dict[str, str], field: str, sentence: str
) -> None:
    form = {"username": "bert", "email": "", "role": "viewer"} | change
    errors = errors_of(htmx.post("/settings/users/new/", form).text)
    assert list(errors) == [field]
    assert sentence in errors[field]
    assert User.objects.count() == 2


def test_a_role_is_changed_in_the_modal(htmx: Client, anna: User) -> None:
    path = f"/settings/users/{anna.pk}/role/"
    assert re.search(r'value="viewer"[^>]* checked', htmx.get(path).text)
    response = htmx.post(path, {"role": "editor"})
    assert "anna has the role Editor now." in response.text
    assert response["HX-Trigger"] == '{"modal-close": {}, "users-changed": {}}'
    anna.refresh_from_db()
    assert anna.role == Role.EDITOR


def test_the_last_administrator_stays_one_and_the_form_says_why(htmx: Client, admin: User) -> None:
    html = htmx.post(f"/settings/users/{admin.pk}/role/", {"role": "viewer"}).text
    assert errors_of(html) == {
        "role": "admin is the last administrator: make somebody else one first."
    }
    html = htmx.post(f"/settings/users/{admin.pk}/deactivate/").text
    assert "admin is the last administrator" in html
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_an_account_is_closed_and_opened(htmx: Client, anna: User) -> None:
    assert "cannot sign in any more" in htmx.post(f"/settings/users/{anna.pk}/deactivate/").text
    answer = Client().post("/sign-in/", {"username": "anna", "password": PASSWORD})
    assert answer.status_code == HTTPStatus.OK
    assert "anna can sign in again." in htmx.post(f"/settings/users/{anna.pk}/reactivate/").text
    answer = Client().post("/sign-in/", {"username": "anna", "password": PASSWORD})
    assert answer["Location"] == "/"


def test_a_password_is_reset_after_a_question_and_shown_once(htmx: Client, anna: User) -> None:
    path = f"/settings/users/{anna.pk}/password/"
    assert "signed out everywhere" in htmx.get(path).text
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)
    password = shown_password(htmx.post(path).text)
    anna.refresh_from_db()
    assert anna.check_password(password)


def test_a_user_who_does_not_exist_is_not_found(htmx: Client) -> None:
    for action in ACTIONS:
        response = htmx.post(f"/settings/users/999999/{action}/")
        assert response.status_code == HTTPStatus.NOT_FOUND


def test_everybody_changes_the_own_password_and_stays_signed_in(anna: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(anna)
    elsewhere.force_login(anna)
    chosen = "chosen by anna herself"
    form = {"old_password": PASSWORD, "new_password1": chosen, "new_password2": chosen}
    response = here.post("/settings/password/", form, follow=True)
    assert "Your password is changed." in response.text
    assert elsewhere.get("/")["Location"] == "/sign-in/?next=/"
    anna.refresh_from_db()
    assert anna.check_password(chosen)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"old_password": "wrong"}, "old_password", "was entered incorrectly"),
        ({"new_password2": "another"}, "new_password2", "match"),
        ({"new_password1": "short", "new_password2": "short"}, "new_password2", "too short"),
        (
            {"new_password1": "anna@example.com", "new_password2": "anna@example.com"},
            "new_password2",
            "too similar",
        ),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_a_sentence(
    anna: User, change: dict[str, str], field: str, sentence: str
) -> None:
    client = Client()
    client.force_login(anna)
    chosen = "chosen by herself"
    form = {"old_password": PASSWORD, "new_password1": chosen, "new_password2": chosen} | change
    errors = errors_of(client.post("/settings/password/", form).text)
    assert sentence in errors[field]
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_write_needs_the_csrf_token(admin: User, anna: User, action: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    path = f"/settings/users/{anna.pk}/{action}/"
    assert client.post(path, {"role": "admin"}).status_code == HTTPStatus.FORBIDDEN
    anna.refresh_from_db()
    assert (anna.role, anna.is_active) == (Role.VIEWER, True)


@pytest.mark.parametrize("rows", [5, 45])
def test_the_list_needs_the_same_number_of_queries_for_any_number_of_users(
    htmx: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    User.objects.bulk_create([User(username=f"user-{number}") for number in range(rows)])
    with django_assert_num_queries(4):
        htmx.get("/settings/users/")
