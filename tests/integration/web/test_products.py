"""The product list, the first page and the sample file (B2, G5)."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from http import HTTPStatus

import pytest
from django.test import Client

from pricebook.catalogue.models import Product
from tests.factories import a_product, imported

pytestmark = pytest.mark.django_db


def shown_skus(html: str) -> list[str]:
    """Return the SKUs of the table, from top to bottom."""
    return re.findall(r'<th scope="row" class="sku"><a [^>]*><bdi>(.*?)</bdi></a></th>', html)


@pytest.fixture
def lamps() -> None:
    a_product(
        "LAMP-2",
        name="Desk lamp",
        price=Decimal("1234.5"),
        currency="EUR",
        brand="Acme",
        active=False,
        changed_in=1,
    )
    a_product("LAMP-1", name="Floor lamp", price=Decimal("19.995"), changed_in=2)
    a_product("CUP-1", name="Café cup", category="Kitchen", changed_in=3)
    a_product("GONE-1", name="Gone lamp", deleted_at="2026-01-01T00:00Z")


def test_an_empty_book_leads_to_the_import_page(browser: Client) -> None:
    html = browser.get("/products/").text
    assert "The book is empty" in html
    assert 'href="/imports/"' in html


def test_nothing_found_leads_back_to_all(browser: Client, lamps: None) -> None:
    html = browser.get("/products/?sku=XYZ").text
    assert "No product matches" in html
    assert 'href="/products/">Clear the filters' in html


@pytest.mark.parametrize(
    ("query", "skus"),
    [
        ("", ["CUP-1", "LAMP-1", "LAMP-2"]),
        ("sku=lamp", ["LAMP-1", "LAMP-2"]),
        ("name=CAFÉ", ["CUP-1"]),
        ("active=false", ["LAMP-2"]),
        ("sku=lamp&name=lamp&active=true", ["LAMP-1"]),
        ("search=lamp floor", ["LAMP-1"]),
        ("search=cup-1", ["CUP-1"]),
        ("brand=ACME", ["LAMP-2"]),
        ("category=kitchen", ["CUP-1"]),
        ("price_min=20", ["LAMP-2"]),
        ("price_max=19.995", ["LAMP-1"]),
        ("price_min=cheap&price_max=-1&brand=%00&size=7", ["CUP-1", "LAMP-1", "LAMP-2"]),
        ("active=perhaps&sort=colour&page=x", ["CUP-1", "LAMP-1", "LAMP-2"]),
        ("sort=-sku", ["LAMP-2", "LAMP-1", "CUP-1"]),
        ("sort=price", ["LAMP-1", "LAMP-2", "CUP-1"]),
        ("sort=-name", ["LAMP-1", "LAMP-2", "CUP-1"]),
        ("sort=-brand", ["LAMP-2", "LAMP-1", "CUP-1"]),
        ("sort=-updated_at", ["CUP-1", "LAMP-1", "LAMP-2"]),
    ],
)
def test_the_address_filters_and_sorts(
    browser: Client, lamps: None, query: str, skus: list[str]
) -> None:
    assert shown_skus(browser.get(f"/products/?{query}").text) == skus


def test_prices_are_grouped_and_keep_more_than_two_decimals_only_where_there_are(
    browser: Client, lamps: None
) -> None:
    html = browser.get("/products/").text
    assert re.findall(r'<td class="number">(.*?)</td>', html) == [
        "–",
        "19.995",
        '1,234.50 <span class="note">EUR</span>',
    ]


def test_there_are_fifty_on_a_page_and_the_links_keep_the_filters(browser: Client) -> None:
    imported("\n".join(["sku,name", *(f"A-{number:04},x" for number in range(1_151)), ""]))
    html = browser.get("/products/?sku=a&page=2").text
    assert shown_skus(html) == [f"A-{number:04}" for number in range(50, 100)]
    assert "51–100 of <strong>1,151</strong>" in html
    assert "Page 2 of 24" in html
    assert 'href="/products/?sku=a&amp;page=1"' in html
    assert 'href="/products/?sku=a&amp;page=3"' in html
    assert 'href="/products/?sku=a&amp;sort=name"' in html


def chips(html: str) -> dict[str, str]:
    """Return {condition: the address without it}."""
    found = re.findall(r'<a class="chip" href="(.*?)" aria-label="Remove the filter (.*?)">', html)
    return {text: address.replace("&amp;", "&") for address, text in found}


def test_each_condition_is_a_chip_that_takes_it_away(browser: Client, lamps: None) -> None:
    html = browser.get("/products/?search=lamp&active=false&price_min=5&sort=-price&page=2").text
    assert chips(html) == {
        "Search: lamp": "/products/?active=false&price_min=5&sort=-price",
        "Inactive": "/products/?search=lamp&price_min=5&sort=-price",
        "Price from 5.00": "/products/?search=lamp&active=false&sort=-price",
    }


def test_a_condition_that_makes_no_sense_is_no_chip(browser: Client, lamps: None) -> None:
    assert chips(browser.get("/products/?price_min=cheap&active=perhaps").text) == {}


def test_a_page_has_as_many_products_as_one_chooses(browser: Client) -> None:
    imported("\n".join(["sku,name", *(f"A-{number:04},x" for number in range(30)), ""]))
    html = browser.get("/products/?size=25&sort=-sku").text
    assert shown_skus(html) == [f"A-{number:04}" for number in range(29, 4, -1)]
    assert 'href="/products/?size=100&amp;sort=-sku"' in html


def test_pages_end_where_nobody_reads_on(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("catalogue.counts", "web.paging"):
        monkeypatch.setattr(f"pricebook.{module}.COUNT_LIMIT", 60)
    imported("\n".join(["sku,name", *(f"A-{number:04},x" for number in range(70)), ""]))
    of_all = browser.get("/products/?size=25&page=9").text
    assert shown_skus(of_all) == [f"A-{number:04}" for number in range(50, 60)]
    assert "51–60 of <strong>70</strong>" in of_all
    assert "Pages end here. Filter or sort to see the others." in of_all
    of_active = browser.get("/products/?size=25&active=true").text
    assert "1–25 of <strong>70</strong>" in of_active
    of_some = browser.get("/products/?size=25&search=a").text
    assert "1–25 of <strong>about 60</strong>" in of_some
    assert "Select all about 60 that match" in of_some
    assert "Pages end here" not in of_some


def test_a_viewer_is_offered_no_change(viewer: Client, browser: Client, lamps: None) -> None:
    writes = ('name="ids"', 'id="selection"', "/edit/", "New product", "Delete all products")
    html = browser.get("/products/").text
    assert [word for word in writes if word in html] == list(writes[:4])
    html = viewer.get("/products/", headers={"HX-Request": ""}).text
    assert shown_skus(html) == ["CUP-1", "LAMP-1", "LAMP-2"]
    assert [word for word in writes if word in html] == []


def test_the_fields_suggest_the_commonest_brands_and_categories(htmx: Client, lamps: None) -> None:
    a_product("X", brand='"><b>', category="Kitchen")
    html = htmx.get("/products/suggestions/").text
    assert re.findall(r'<option value="(.*?)">', html) == ["&quot;&gt;&lt;b&gt;", "Acme", "Kitchen"]


def test_htmx_gets_the_table_alone(htmx: Client, lamps: None) -> None:
    html = htmx.get("/products/?sku=cup").text
    assert shown_skus(html) == ["CUP-1"]
    assert "<html" not in html


def test_a_hostile_product_is_shown_inert(browser: Client) -> None:
    hostile = '"><script>alert(1)</script>'
    a_product(hostile, name=hostile, description=hostile)
    html = browser.get("/products/", {"sku": hostile}).text
    assert shown_skus(html) == ["&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"]
    assert "<script>alert" not in html


def test_the_first_page_of_an_empty_book_says_what_to_do(browser: Client) -> None:
    html = browser.get("/").text
    assert "The book is empty" in html
    assert 'href="/sample_products.csv"' in html


def test_the_first_page_counts_what_lives(browser: Client, lamps: None) -> None:
    html = browser.get("/").text
    assert re.findall(r"<span>(\w+)</span><strong>(\d+)</strong>", html) == [
        ("Products", "3"),
        ("Active", "2"),
        ("Imports", "0"),
    ]


def test_the_sample_file_imports_without_a_reject(browser: Client) -> None:
    response = browser.get("/sample_products.csv")
    assert response.status_code == HTTPStatus.OK
    assert response["Content-Disposition"] == 'attachment; filename="sample_products.csv"'
    rows = list(csv.DictReader(response.text.splitlines()))
    assert list(rows[0]) == ["sku", "name", "description", "price", "active"]
    job = imported(response.content)
    assert (job.total_rows, job.created_rows) == (1_000, 1_000)
    assert Product.objects.live().filter(active=False).exists()
