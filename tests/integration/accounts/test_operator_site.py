"""Django's admin: for administrators, to look at (B6)."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.db.models import CompositePrimaryKey, Model
from django.test import Client

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Role, Scope, User
from tests.factories import a_product, imported

pytestmark = pytest.mark.django_db

# The API's stored answers are between it and the one who asked.
OURS = [
    model
    for config in apps.get_app_configs()
    if config.name.startswith("pricebook.") and config.label != "api"
    for model in config.get_models()
]
# Django's admin cannot show a table without a key of one column.
SHOWN = [model for model in OURS if not isinstance(model._meta.pk, CompositePrimaryKey)]


def list_of(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/admin/jobs/job/"])
def test_the_anonymous_is_sent_to_our_sign_in(client: Client, path: str) -> None:
    response = client.get(path, follow=True)
    assert response.redirect_chain[-1] == (f"/sign-in/?next={path}", HTTPStatus.FOUND)


def test_the_admins_own_sign_in_leads_to_ours(client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/jobs/job/")["Location"] == (
        "/sign-in/?next=/admin/jobs/job/"
    )
    assert client.post("/admin/login/", {"username": "a"})["Location"] == "/sign-in/?next=/admin/"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_other_roles_are_refused_without_a_circle(client: Client, role: Role) -> None:
    client.force_login(User.objects.create_user("anna", role=role))
    response = client.get("/admin/", follow=True)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "You may not do that" in response.text


def test_every_table_of_ours_is_shown(operator: Client) -> None:
    assert [model for model in SHOWN if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_a_table_can_be_looked_at_and_searched_and_not_changed(
    operator: Client, model: type[Model]
) -> None:
    a_product("A-1")
    imported("sku,price\nB-1,1\nB-2,cheap\n")
    issue_api_key(owner=User.objects.get(), name="crawler", scopes=[Scope.READ])
    assert operator.get(list_of(model)).status_code == HTTPStatus.OK
    assert operator.get(list_of(model) + "?q=a").status_code == HTTPStatus.OK
    row = model._default_manager.first()
    if row is not None:
        page = operator.get(f"{list_of(model)}{row.pk}/change/")
        assert page.status_code == HTTPStatus.OK
        assert 'name="_save"' not in page.text
        refused = operator.post(f"{list_of(model)}{row.pk}/change/", {})
        assert refused.status_code == HTTPStatus.FORBIDDEN
        refused = operator.post(f"{list_of(model)}{row.pk}/delete/", {"post": "yes"})
        assert refused.status_code == HTTPStatus.FORBIDDEN
    assert operator.get(list_of(model) + "add/").status_code == HTTPStatus.FORBIDDEN


def test_hashes_are_shown_to_nobody(operator: Client) -> None:
    person = User.objects.create_user("anna", password="a long password")
    key = issue_api_key(owner=person, name="crawler", scopes=[Scope.READ]).api_key
    assert key.secret_hash not in operator.get(f"/admin/accounts/apikey/{key.pk}/change/").text
    assert "md5$" not in operator.get(f"/admin/accounts/user/{person.pk}/change/").text


def test_an_operator_can_open_the_lock_of_a_sign_in(operator: Client) -> None:
    for _ in range(10):
        Client().post("/sign-in/", {"username": "anna", "password": "wrong"})
    attempt = AccessAttempt.objects.get()
    operator.post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})
    assert not AccessAttempt.objects.exists()


def test_the_admin_changes_no_password(operator: Client) -> None:
    assert operator.get("/admin/password_change/")["Location"] == "/settings/password/"
    user = User.objects.get()
    assert operator.get(f"/admin/accounts/user/{user.pk}/password/").status_code != HTTPStatus.OK
