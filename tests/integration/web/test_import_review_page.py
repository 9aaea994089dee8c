"""Looking at what an import would do, and deciding, on its page (A11)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.models import Product, Source
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.sources import forget_source
from pricebook.feed.choices import Choices
from pricebook.imports.options import Options
from pricebook.imports.remap import remap_import
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_product, an_import, book, imported
from tests.integration.web.conftest import events_of

if TYPE_CHECKING:
    from django.test import Client

    from pricebook.imports.models import Import

pytestmark = pytest.mark.django_db

FILE = "sku,name,price,currency\nA,Apple,250,EUR\nB,<b>Pear</b>,2,EUR\n"


def waiting(content: str, options: Options) -> Import:
    """Return an import that waits for a decision."""
    record = an_import(content, options=options)
    assert run_job(record.pk)
    assert Job.objects.get(pk=record.pk).status == Status.NEEDS_REVIEW
    return record


def shown_counts(html: str) -> dict[str, int]:
    """Return the counts of a preview, by the words that people read."""
    found = re.findall(r"<dt>(\w+)</dt><dd>([\d,]+)</dd>", html[html.index('class="counts"') :])
    return {name: int(number.replace(",", "")) for name, number in found}


@pytest.fixture
def previewed() -> Import:
    a_product("A", name="Apple", price=Decimal("2.50"), currency="EUR")
    return waiting(FILE, Options(preview=True))


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


def seen_at(html: str) -> str:
    """Return which review the button of a page approves."""
    return str(re.findall(r'<input type="hidden" name="written_at" value="(.*?)">', html)[0])


def test_the_review_that_the_page_shows_is_approved(htmx: Client, previewed: Import) -> None:
    address = f"/imports/{previewed.pk}/"
    seen = {"written_at": seen_at(htmx.get(address).text)}
    assert htmx.post(f"{address}approve/", seen)["HX-Refresh"] == "true"
    assert Job.objects.get(pk=previewed.pk).status == Status.PENDING


def test_a_review_that_the_page_does_not_show_is_not_approved(
    htmx: Client, previewed: Import
) -> None:
    address = f"/imports/{previewed.pk}/"
    seen = {"written_at": seen_at(htmx.get(address).text)}
    remap_import(import_id=previewed.pk, choices=Choices(currency="USD"), actor=None)
    assert run_job(previewed.pk)
    answer = htmx.post(f"{address}approve/", seen)
    assert "The import was looked at anew since you saw it. Look at it again." in answer.text
    assert events_of(answer) == ["job-changed"]
    assert Job.objects.get(pk=previewed.pk).status == Status.NEEDS_REVIEW
    assert seen_at(htmx.get(address).text) != seen["written_at"]


def test_only_a_moment_can_have_been_seen(htmx: Client, previewed: Import) -> None:
    answer = htmx.post(f"/imports/{previewed.pk}/approve/", {"written_at": "yesterday"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert Job.objects.get(pk=previewed.pk).status == Status.NEEDS_REVIEW


def test_a_source_that_is_forgotten_is_told_as_such(browser: Client) -> None:
    of_acme = Options(source="Acme", deactivate_missing=True)
    imported("sku,name\nA,Apple\nB,Pear\n", options=of_acme)
    job = imported("sku,name\nA,Apple\n", options=of_acme)
    forget_source(Source.objects.get().pk)
    words = " ".join(re.sub("<.*?>", "", browser.get(f"/imports/{job.pk}/").text).split())
    sentence = "1 product of a source that was forgotten that the file does not have was"
    assert sentence in words


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
    html = htmx.get(f"/imports/{previewed.pk}/").text
    assert "What this file would have done" in html
    assert "Nothing has been changed yet." not in html


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


def test_what_the_mode_does_not_let_through_is_counted_as_skipped(browser: Client) -> None:
    a_product("A", name="Other")
    record = waiting(FILE, Options(preview=True, mode=Mode.CREATE))
    html = browser.get(f"/imports/{record.pk}/").text
    counts = shown_counts(html)
    assert (counts["Skipped"], counts["New"], counts["Changed"]) == (1, 1, 0)
    assert counts.pop("Rows") == sum(counts.values())
    assert "in the book already, and this import only creates" in html
    assert "<dt>It may</dt><dd>only create</dd>" in html


def test_without_a_mode_nothing_is_said_of_skipping(browser: Client, previewed: Import) -> None:
    assert "Skipped" not in shown_counts(browser.get(f"/imports/{previewed.pk}/").text)


def test_what_the_source_has_no_more_is_named_before_it_is_switched_off(browser: Client) -> None:
    of_acme = Options(source="Acme <Ltd>", deactivate_missing=True)
    imported("sku,name\nA,Apple\nB,Pear\nC,Plum\n", options=of_acme)
    record = waiting("sku,name\nA,Apple\n", replace(of_acme, preview=True))
    html = browser.get(f"/imports/{record.pk}/").text
    words = " ".join(re.sub("<.*?>", "", html).split())
    assert "2 products of Acme &lt;Ltd&gt; are missing from the file and will be switched" in words
    assert re.findall(r'href="/products/\d+/"><bdi>(\w)</bdi>', html) == ["B", "C"]
    assert ">Switch off 2 products</button>" in html
    assert "Acme &lt;Ltd&gt;</bdi>; what it lacks is switched off" in html
    browser.post(f"/imports/{record.pk}/approve/")
    assert run_job(record.pk)
    assert {sku: active for sku, (_, _, _, active) in book().items()} == {
        "A": True,
        "B": False,
        "C": False,
    }
    words = " ".join(re.sub("<.*?>", "", browser.get(f"/imports/{record.pk}/").text).split())
    assert "2 products of Acme &lt;Ltd&gt; that the file does not have were switched off." in words


def test_the_button_names_all_that_it_does(browser: Client) -> None:
    of_acme = Options(source="Acme", deactivate_missing=True)
    imported("sku,name\nA,Apple\nB,Pear\n", options=of_acme)
    record = waiting("sku,name\nB,Plum\n", replace(of_acme, preview=True))
    html = browser.get(f"/imports/{record.pk}/").text
    assert ">Import 1 product and switch off 1</button>" in html


def test_a_decision_may_be_to_read_it_in_another_way(
    browser: Client, viewer: Client, previewed: Import
) -> None:
    link = f'href="/imports/{previewed.pk}/mapping/">Change how it is read</a>'
    assert browser.get(f"/imports/{previewed.pk}/").text.count(link) == 1
    assert link not in viewer.get(f"/imports/{previewed.pk}/").text
