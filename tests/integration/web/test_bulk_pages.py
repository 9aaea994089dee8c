"""What is done to many products at once from the list, and how it is taken back (B2, B3)."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import Settings

from pricebook.accounts.models import User
from pricebook.catalogue.bulk import edit_products
from pricebook.catalogue.models import BulkAction, BulkEdit, Product
from pricebook.catalogue.writes import update_product
from pricebook.changes.models import ChangeSet
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product
from tests.integration.web.conftest import events_of

pytestmark = pytest.mark.django_db

BULK, DELETE_ALL = "/products/bulk/", "/products/delete-all/"


@pytest.fixture
def lamps() -> list[Product]:
    return [a_product(f"LAMP-{number}", active=number % 2 == 0) for number in range(4)]


def ids_of(products: list[Product]) -> list[int]:
    return [product.pk for product in products]


def live_skus(**conditions: object) -> list[str]:
    return list(Product.objects.live().filter(**conditions).values_list("sku", flat=True))


def undo_address(html: str) -> str:
    (address,) = re.findall(r'hx-post="(/changes/\d+/undo/)"', html)
    return str(address)


@pytest.mark.parametrize(
    ("action", "done", "active", "inactive"),
    [
        ("activate", "Activated 1 product.", ["LAMP-0", "LAMP-1", "LAMP-2"], ["LAMP-3"]),
        ("deactivate", "Deactivated 1 product.", ["LAMP-2"], ["LAMP-0", "LAMP-1", "LAMP-3"]),
        ("delete", "Deleted 2 products.", ["LAMP-2"], ["LAMP-3"]),
    ],
)
def test_the_ticked_products_are_changed_at_once_and_that_can_be_undone(
    htmx: Client,
    person: User,
    lamps: list[Product],
    action: str,
    done: str,
    active: list[str],
    inactive: list[str],
) -> None:
    response = htmx.post(BULK, {"action": action, "ids": ids_of(lamps[:2])})
    assert done in response.text
    assert events_of(response) == ["products-changed"]
    assert (live_skus(active=True), live_skus(active=False)) == (active, inactive)
    assert ChangeSet.objects.get().actor_id == person.pk
    undone = htmx.post(undo_address(response.text))
    assert "Undone for " in undone.text
    assert events_of(undone) == ["products-changed"]
    assert live_skus(active=True) == ["LAMP-0", "LAMP-2"]
    assert live_skus(active=False) == ["LAMP-1", "LAMP-3"]


def test_what_is_like_that_already_is_said(htmx: Client, lamps: list[Product]) -> None:
    html = htmx.post(BULK, {"action": "activate", "ids": [lamps[0].pk]}).text
    assert "Nothing to change: those products are like that already." in html
    assert "/undo/" not in html


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"action": "activate"}, "No product is ticked."),
        ({"action": "undo", "ids": [1]}, "Nothing of that kind can be done to products."),
        ({"ids": [1]}, "This field is required."),
        ({"action": "delete", "ids": ["1; DROP"]}, "That is no selection of products."),
        ({"action": "delete", "ids": [10**30]}, "That is no selection of products."),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(
    htmx: Client, lamps: list[Product], asked: dict[str, object], sentence: str
) -> None:
    html = htmx.post(BULK, asked).text
    assert sentence in html
    assert "toast-error" in html
    assert not ChangeSet.objects.exists()
    assert not Job.objects.exists()


def test_all_that_match_are_changed_by_a_job(htmx: Client, person: User) -> None:
    for number in range(3):
        a_product(f"LAMP-{number}", brand="Acme")
    a_product("CUP-1", brand="Other")
    response = htmx.post(f"{BULK}?brand=acme&sort=-name", {"action": "delete", "everything": "on"})
    edit = BulkEdit.objects.get()
    assert '<div id="tray" hx-swap-oob="beforeend">' in response.text
    assert f'data-watch="/jobs/{edit.pk}/progress/"' in response.text
    assert (edit.action, edit.selection) == ("delete", {"brand": "acme"})
    assert edit.job.actor == person
    assert run_job(edit.job_id)
    assert live_skus() == ["CUP-1"]


def test_everything_without_a_filter_may_be_deactivated_at_once(
    htmx: Client, lamps: list[Product]
) -> None:
    htmx.post(BULK, {"action": "deactivate", "everything": "on"})
    assert BulkEdit.objects.get().selection == {}


def test_who_deletes_everything_is_asked_for_the_number(
    admin: Client, lamps: list[Product]
) -> None:
    response = admin.post(BULK, {"action": "delete", "everything": "on"})
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#modal", "innerHTML")
    assert "Type 4 to confirm" in response.text
    assert f'hx-post="{DELETE_ALL}"' in response.text
    assert not Job.objects.exists()


def test_undoing_names_what_was_changed_since(htmx: Client, lamps: list[Product]) -> None:
    edited = edit_products(action=BulkAction.DEACTIVATE, ids=tuple(ids_of(lamps)), actor=None)
    update_product(product_id=lamps[0].pk, values={"active": True}, actor=None)
    html = htmx.post(f"/changes/{edited.changeset_id}/undo/").text
    assert "Undone for 1 product. Changed since then and left as they are: LAMP-0." in html
    html = htmx.post(f"/changes/{edited.changeset_id}/undo/").text
    assert "Nothing was undone. Changed since then and left as they are: LAMP-0, LAMP-2." in html


def test_what_is_too_old_is_not_undone(
    htmx: Client, lamps: list[Product], settings: Settings
) -> None:
    edited = edit_products(action=BulkAction.DELETE, ids=tuple(ids_of(lamps)), actor=None)
    settings.LEDGER_RETENTION *= 0
    html = htmx.post(f"/changes/{edited.changeset_id}/undo/").text
    assert "older than the history that is kept" in html
    assert live_skus() == []


def test_the_changes_of_a_job_are_not_undone_one_set_at_a_time(
    htmx: Client, admin: Client, lamps: list[Product]
) -> None:
    admin.post(DELETE_ALL, {"number": "4"})
    assert run_job(Job.objects.get().pk)
    address = f"/changes/{ChangeSet.objects.get().pk}/undo/"
    assert htmx.post(address).status_code == HTTPStatus.NOT_FOUND
    assert htmx.post(f"/changes/{10**30}/undo/").status_code == HTTPStatus.NOT_FOUND


def test_delete_all_wants_exactly_the_number_and_then_goes_to_its_job(admin: Client) -> None:
    for number in range(1_001):
        a_product(f"A-{number:04}")
    assert "Type 1,001 to confirm" in admin.get(DELETE_ALL).text
    for wrong in ("1000", "", "all", "1001.0"):
        html = admin.post(DELETE_ALL, {"number": wrong}).text
        assert 'class="field-error"' in html
        assert not Job.objects.exists()
    response = admin.post(DELETE_ALL, {"number": "1,001"})
    job = Job.objects.get()
    assert response["HX-Redirect"] == f"/jobs/{job.pk}/"
    assert BulkEdit.objects.get().selection == {}
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.updated_rows) == (Status.COMPLETED, 1_001)
    assert live_skus() == []
    assert "There is no product to delete." in admin.get(DELETE_ALL).text


@pytest.mark.parametrize("path", [BULK, "/changes/1/undo/"])
def test_a_viewer_changes_nothing(viewer: Client, lamps: list[Product], path: str) -> None:
    asked = {"action": "delete", "ids": ids_of(lamps)}
    assert viewer.post(path, asked).status_code == HTTPStatus.FORBIDDEN
    assert live_skus() == ["LAMP-0", "LAMP-1", "LAMP-2", "LAMP-3"]


def test_only_an_administrator_deletes_all(htmx: Client, lamps: list[Product]) -> None:
    everything = {"action": "delete", "everything": "on"}
    assert htmx.post(DELETE_ALL, {"number": "4"}).status_code == HTTPStatus.FORBIDDEN
    assert htmx.get(DELETE_ALL).status_code == HTTPStatus.FORBIDDEN
    assert htmx.post(BULK, everything).status_code == HTTPStatus.FORBIDDEN
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", [BULK, DELETE_ALL, "/changes/1/undo/"])
def test_a_write_needs_the_csrf_token(person: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    response = client.post(path)
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "That page was too old" in response.text
