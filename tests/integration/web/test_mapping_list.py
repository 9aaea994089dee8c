"""Settings → Mappings (A10)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.feed.choices import Choices
from pricebook.imports.mappings import mark_used, save_mapping
from pricebook.imports.models import SavedMapping
from tests.integration.web.conftest import events_of

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from pricebook.accounts.models import User

pytestmark = pytest.mark.django_db

LIST = "/settings/mappings/"
CHOICES = Choices(columns={"sku": "Nummer", "unit_size": "<Größe>"}, attributes=("Lager", "Regal"))


def a_mapping(name: str = "", fingerprint: str = "", actor: User | None = None) -> SavedMapping:
    return save_mapping(choices=CHOICES, actor=actor, name=name, fingerprint=fingerprint)


def shown_names(html: str) -> list[str]:
    found = re.findall(r'<th scope="row" class="mapping-name">(.*?)</th>', html)
    return [" ".join(re.sub("<.*?>", " ", name).split()) for name in found]


def test_without_mappings_the_page_says_how_one_is_made(browser: Client) -> None:
    html = browser.get(LIST).text
    assert "No mapping is kept yet" in html
    assert "Change how it is read" in html


def test_the_list_shows_what_the_columns_hold_and_who_said_so(
    browser: Client, person: User
) -> None:
    mark_used(a_mapping("Groß<b>handel", "f1", person))
    a_mapping(fingerprint="f2")
    html = browser.get(LIST).text
    named = "Groß&lt;b&gt;handel remembered for its header"
    assert shown_names(html) == ["Remembered header", named]
    assert '<code dir="auto">&lt;Größe&gt;</code> → Unit size' in html
    assert html.count(", 2 kept as attributes") == 2
    assert html.count(">manager</td>") == 1
    assert html.count(">never</td>") == 1


def test_one_without_columns_reads_files_by_their_words(browser: Client) -> None:
    save_mapping(choices=Choices(delimiter=";"), actor=None, name="semicolons")
    assert "By the words of the header" in browser.get(LIST).text


def test_a_mapping_is_renamed_in_the_modal(htmx: Client) -> None:
    mapping = a_mapping("Grosshandel")
    address = f"{LIST}{mapping.pk}/rename/"
    assert 'value="Grosshandel"' in htmx.get(address).text
    answer = htmx.post(address, {"name": " Großhandel "})
    assert events_of(answer) == ["modal-close", "mappings-changed"]
    mapping.refresh_from_db()
    assert mapping.name == "Großhandel"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("SPRING", "There is a mapping “SPRING” already."),
        ("", "not remembered for a header needs a name"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_cannot_be_is_told_in_the_modal(htmx: Client, name: str, sentence: str) -> None:
    a_mapping("Spring")
    mapping = a_mapping("Autumn")
    answer = htmx.post(f"{LIST}{mapping.pk}/rename/", {"name": name})
    assert sentence in answer.text
    assert events_of(answer) == []
    mapping.refresh_from_db()
    assert mapping.name == "Autumn"


def test_one_that_is_found_by_its_header_can_do_without_a_name(htmx: Client) -> None:
    mapping = a_mapping("Autumn", "f1")
    htmx.post(f"{LIST}{mapping.pk}/rename/", {"name": ""})
    assert shown_names(htmx.get(LIST).text) == ["Remembered header"]


def test_a_mapping_is_deleted(htmx: Client) -> None:
    mapping = a_mapping("Autumn")
    answer = htmx.post(f"{LIST}{mapping.pk}/delete/")
    assert "Forgotten." in answer.text
    assert events_of(answer) == ["modal-close", "mappings-changed"]
    assert not SavedMapping.objects.exists()


def test_a_viewer_sees_the_list_and_changes_nothing(viewer: Client) -> None:
    mapping = a_mapping("Autumn")
    html = viewer.get(LIST).text
    assert shown_names(html) == ["Autumn"]
    assert "/rename/" not in html
    assert "/delete/" not in html
    for deed in ("rename", "delete"):
        answer = viewer.post(f"{LIST}{mapping.pk}/{deed}/", {"name": "x"})
        assert answer.status_code == HTTPStatus.FORBIDDEN
    assert SavedMapping.objects.get().name == "Autumn"


def test_deleting_is_asked_for_by_a_form_alone(browser: Client) -> None:
    mapping = a_mapping("Autumn")
    answer = browser.get(f"{LIST}{mapping.pk}/delete/")
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_needs_four_queries_for_any_number_of_mappings(
    browser: Client, person: User, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        a_mapping(f"m{number}", actor=person)
    with django_assert_num_queries(4):
        browser.get(LIST)
