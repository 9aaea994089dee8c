"""Looking at what an import would do, and deciding, on its page (A11)."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.models import Product
from pricebook.imports.intake import create_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_file, a_product, book, imported

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.imports.models import Import

pytestmark = pytest.mark.django_db

FILE = "sku,name,price,currency\nA,Apple,250,EUR\nB,<b>Pear</b>,2,EUR\n"


@pytest.fixture
def previewed() -> Import:
    a_product("A", name="Apple", price=Decimal("2.50"), currency="EUR")
    record = create_import(file=a_file(FILE), actor=None, preview=True)
    run_job(record.pk)
    return record


def test_it_shows_what_would_change_and_asks(browser: Client, previewed: Import) -> None:
    html = browser.get(f"/imports/{previewed.pk}/").text
    for text in (
        "What this file would do",
        "Nothing has been changed yet.",
        "Import 2 products",
        "<strong>1</strong> row: The price becomes a hundred times",
        "<del>2.50</del> <ins>250.00</ins>",
        f'<a href="/products/{Product.objects.get(sku="A").pk}/">',
        "&lt;b&gt;Pear&lt;/b&gt;",
    ):
        assert text in html
    assert "<b>Pear</b>" not in html


def test_who_may_not_write_sees_it_and_is_not_asked(viewer: Client, previewed: Import) -> None:
    html = viewer.get(f"/imports/{previewed.pk}/").text
    assert "What this file would do" in html
    assert "Import 2 products" not in html
    answer = viewer.post(f"/imports/{previewed.pk}/approve/")
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_approved_it_goes_on_and_says_who_approved(htmx: Client, previewed: Import) -> None:
    answer = htmx.post(f"/imports/{previewed.pk}/approve/")
    assert answer["HX-Refresh"] == "true"
    run_job(previewed.pk)
    assert set(book()) == {"A", "B"}
    html = htmx.get(f"/imports/{previewed.pk}/").text
    assert "What was approved" in html
    assert "Approved by" in html


def test_discarded_it_leaves_the_book_alone(htmx: Client, previewed: Import) -> None:
    before = book()
    assert htmx.post(f"/imports/{previewed.pk}/discard/")["HX-Refresh"] == "true"
    assert (book(), Job.objects.get(pk=previewed.pk).status) == (before, Status.CANCELLED)


def test_a_decision_that_comes_too_late_is_told(htmx: Client, previewed: Import) -> None:
    htmx.post(f"/imports/{previewed.pk}/discard/")
    late = htmx.post(f"/imports/{previewed.pk}/approve/")
    assert "Only a job that needs review can be approved" in late.text
    again = htmx.post(f"/imports/{previewed.pk}/discard/")
    assert "This job has ended already (cancelled)." in again.text


def test_the_same_content_again_is_told(browser: Client) -> None:
    first = imported("sku,name\nA,Apple\n", name="monday.csv")
    second = imported("sku,name\nA,Apple\n", name="tuesday.csv")
    html = browser.get(f"/imports/{second.pk}/").text
    assert "The same content was imported as monday.csv on" in html
    assert f'<a href="/imports/{first.pk}/">' in html
    assert "The same content" not in browser.get(f"/imports/{first.pk}/").text
