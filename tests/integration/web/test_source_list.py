"""Settings → Sources (A15)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.models import Source, SourceProduct
from pricebook.catalogue.sources import find_source
from pricebook.imports.models import Import
from pricebook.imports.options import Options
from tests.factories import book, imported
from tests.integration.web.conftest import events_of

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

LIST = "/settings/sources/"


def shown(html: str) -> list[list[str]]:
    """Return the cells of each source, without its buttons."""
    rows = re.findall(r"<tr><?\s*(<th scope=\"row\".*?)</tr>", html, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)[:4] for row in rows]
    return [[" ".join(re.sub("<.*?>", " ", cell).split()) for cell in row] for row in cells]


def test_without_sources_the_page_says_how_one_is_made(browser: Client) -> None:
    html = browser.get(LIST).text
    assert "No file has named a source yet" in html
    assert "More options" in html


def test_the_list_says_what_each_one_sent_last(browser: Client) -> None:
    imported("sku,name\nA,x\nA,y\nB,z\n", options=Options(source="South <Ltd>"))
    find_source("north")
    last = Source.objects.get(name="South <Ltd>").last_import_at
    assert last is not None
    assert shown(browser.get(LIST).text) == [
        ["north", "–", "0", "none is in the book yet"],
        ["South &lt;Ltd&gt;", "3", "2", f"{last:%-d %b %Y, %H:%M} UTC"],
    ]


def test_a_source_is_renamed_in_the_modal(htmx: Client) -> None:
    job = imported("sku,name\nA,x\n", options=Options(source="Nroth"))
    address = f"{LIST}{Source.objects.get().pk}/rename/"
    assert 'value="Nroth"' in htmx.get(address).text
    answer = htmx.post(address, {"name": " North "})
    assert events_of(answer) == ["modal-close", "sources-changed"]
    assert Import.objects.get(pk=job.pk).source == find_source("NORTH")
    assert shown(htmx.get(LIST).text)[0][:3] == ["North", "1", "1"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("SOUTH", "There is a source “SOUTH” already."),
        (" ", "This field is required."),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_cannot_be_is_told_in_the_modal(htmx: Client, name: str, sentence: str) -> None:
    find_source("South")
    source = find_source("North")
    answer = htmx.post(f"{LIST}{source.pk}/rename/", {"name": name})
    assert sentence in answer.text
    assert events_of(answer) == []
    source.refresh_from_db()
    assert source.name == "North"


def test_a_source_is_forgotten_and_its_products_stay(htmx: Client) -> None:
    imported("sku,name\nA,x\n", options=Options(source="North"))
    before = book()
    answer = htmx.post(f"{LIST}{Source.objects.get().pk}/forget/")
    assert "North is forgotten. Its products stay as they are." in answer.text
    assert events_of(answer) == ["modal-close", "sources-changed"]
    assert (book(), Source.objects.count(), SourceProduct.objects.count()) == (before, 0, 0)


def test_a_viewer_sees_the_list_and_changes_nothing(viewer: Client) -> None:
    source = find_source("North")
    html = viewer.get(LIST).text
    assert [row[0] for row in shown(html)] == ["North"]
    assert "/rename/" not in html
    assert "/forget/" not in html
    for deed in ("rename", "forget"):
        answer = viewer.post(f"{LIST}{source.pk}/{deed}/", {"name": "x"})
        assert answer.status_code == HTTPStatus.FORBIDDEN
    assert Source.objects.get().name == "North"


def test_forgetting_is_asked_for_by_a_form_alone(browser: Client) -> None:
    answer = browser.get(f"{LIST}{find_source('North').pk}/forget/")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_one_that_is_gone_is_not_found(htmx: Client) -> None:
    for deed in ("rename", "forget"):
        assert htmx.post(f"{LIST}1/{deed}/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_needs_four_queries_for_any_number_of_sources(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        find_source(f"s{number}")
    with django_assert_num_queries(4):
        browser.get(LIST)
