"""Background work on the pages: the job page, its card, and undo (A13, B3)."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest
from django.test import Client

from pricebook.accounts.models import User
from pricebook.catalogue.bulk import start_bulk_edit, start_undo
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.catalogue.writes import update_product
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, imported
from tests.integration.web.conftest import MakeImport, events_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def deleted_all(person: User) -> Job:
    """Return the finished job that emptied a book of three products."""
    for number in range(3):
        a_product(f"A-{number}", active=number > 0)
    edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=person)
    assert run_job(edit.job_id)
    return Job.objects.get(pk=edit.job_id)


def shown_counts(html: str) -> dict[str, str]:
    return dict(re.findall(r'<dt>([\w ]+)</dt><dd data-value="\w+">([\d,]+)</dd>', html))


def heading(html: str) -> str:
    return str(re.findall(r"<h1><bdi>(.*?)</bdi></h1>", html)[0])


def test_the_page_of_a_finished_job_tells_its_counts_and_offers_undo(
    browser: Client, deleted_all: Job
) -> None:
    html = browser.get(f"/jobs/{deleted_all.pk}/").text
    assert heading(html) == "Delete all products"
    assert shown_counts(html) == {"Products": "3", "Changed": "3", "Unchanged": "0"}
    assert f'hx-post="/jobs/{deleted_all.pk}/undo/"' in html
    assert "data-watch" not in html


def test_a_waiting_job_is_watched_and_can_be_cancelled(browser: Client) -> None:
    chosen = ProductFilter(brand="Acme <b>", active=True)
    edit = start_bulk_edit(action=BulkAction.DEACTIVATE, chosen=chosen, actor=None)
    html = browser.get(f"/jobs/{edit.pk}/").text
    assert heading(html) == "Deactivate products · Brand: Acme &lt;b&gt; · Active"
    assert f'data-watch="/jobs/{edit.pk}/progress/"' in html
    assert f'hx-post="/jobs/{edit.pk}/cancel/"' in html
    assert "/undo/" not in html
    browser.post(f"/jobs/{edit.pk}/cancel/")
    assert Job.objects.get(pk=edit.pk).status == Status.CANCELLED


def test_undo_starts_a_job_whose_page_names_what_it_kept(htmx: Client, person: User) -> None:
    products = [a_product(f"A-{number}") for number in range(3)]
    edit = start_bulk_edit(action=BulkAction.DEACTIVATE, chosen=ProductFilter(), actor=person)
    assert run_job(edit.job_id)
    update_product(product_id=products[1].pk, values={"active": True}, actor=person)
    response = htmx.post(f"/jobs/{edit.pk}/undo/")
    undo = Job.objects.exclude(pk=edit.pk).get()
    assert response["HX-Redirect"] == f"/jobs/{undo.pk}/"
    assert run_job(undo.pk)
    html = htmx.get(f"/jobs/{undo.pk}/").text
    assert shown_counts(html) == {"Products": "3", "Put back": "2", "Kept as they are": "1"}
    assert '<a href="/products/?sku=A-1"><bdi>A-1</bdi></a>' in html
    assert Product.objects.filter(active=True).count() == 3
    assert "Undone" in htmx.get(f"/jobs/{edit.pk}/").text


def test_a_job_is_undone_once(htmx: Client, deleted_all: Job) -> None:
    htmx.post(f"/jobs/{deleted_all.pk}/undo/")
    html = htmx.post(f"/jobs/{deleted_all.pk}/undo/").text
    assert "This job is being undone already." in html
    assert "/undo/" not in htmx.get(f"/jobs/{deleted_all.pk}/").text


def test_the_names_of_undos_say_what_they_undo(browser: Client, deleted_all: Job) -> None:
    undo = start_undo(job_id=deleted_all.pk, actor=None)
    assert run_job(undo.job_id)
    again = start_undo(job_id=undo.job_id, actor=None)
    assert run_job(again.job_id)
    of_import = start_undo(job_id=imported("sku,name\nB,x\n", name="b.csv").pk, actor=None)
    names = [heading(browser.get(f"/jobs/{job.pk}/").text) for job in (undo, again, of_import)]
    assert names == ["Undo: Delete all products", "Undo: an earlier undo", "Undo: b.csv"]


def test_an_import_can_be_undone_from_its_page(htmx: Client) -> None:
    a_product("A", name="old")
    job = imported("sku,name\nA,new\nB,x\n")
    assert f'hx-post="/jobs/{job.pk}/undo/"' in htmx.get(f"/imports/{job.pk}/").text
    htmx.post(f"/jobs/{job.pk}/undo/")
    assert run_job(Job.objects.exclude(pk=job.pk).get().pk)
    assert list(Product.objects.live().values_list("sku", "name")) == [("A", "old")]


def test_the_page_of_an_import_is_its_own(browser: Client, make_import: MakeImport) -> None:
    import_ = make_import()
    assert browser.get(f"/jobs/{import_.pk}/")["Location"] == f"/imports/{import_.pk}/"


def test_the_tray_shows_jobs_of_every_kind_in_the_order_of_the_queue(
    browser: Client, make_import: MakeImport
) -> None:
    make_import("first.csv")
    start_bulk_edit(action=BulkAction.ACTIVATE, chosen=ProductFilter(search="x"), actor=None)
    make_import("third.csv")
    html = browser.get("/jobs/tray/").text
    assert re.findall(r"<bdi>(.*?)</bdi>", html) == [
        "first.csv",
        "Activate products · Search: x",
        "third.csv",
    ]


def test_the_list_of_products_is_loaded_again_when_a_job_has_ended(
    htmx: Client, deleted_all: Job
) -> None:
    assert events_of(htmx.get(f"/jobs/{deleted_all.pk}/card/")) == ["products-changed"]
    waiting = start_undo(job_id=deleted_all.pk, actor=None)
    assert events_of(htmx.get(f"/jobs/{waiting.pk}/card/")) == []


def test_the_figures_are_told_to_the_script(browser: Client, deleted_all: Job) -> None:
    told = browser.get(f"/jobs/{deleted_all.pk}/progress/").json()
    assert (told["status"], told["percent"], told["updated_rows"]) == ("completed", 100.0, 3)


def test_a_viewer_sees_the_job_and_does_nothing_to_it(viewer: Client, deleted_all: Job) -> None:
    html = viewer.get(f"/jobs/{deleted_all.pk}/").text
    assert shown_counts(html)["Changed"] == "3"
    assert "hx-post" not in html
    for deed in ("cancel", "retry", "undo"):
        response = viewer.post(f"/jobs/{deleted_all.pk}/{deed}/")
        assert response.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.parametrize("path", ["", "card/", "progress/", "cancel/", "retry/", "undo/"])
def test_a_job_that_does_not_exist_is_not_found(browser: Client, path: str) -> None:
    address = f"/jobs/00000000-0000-4000-8000-000000000000/{path}"
    asks = browser.get if path in {"", "card/", "progress/"} else browser.post
    assert asks(address).status_code == HTTPStatus.NOT_FOUND
