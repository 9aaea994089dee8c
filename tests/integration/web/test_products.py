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
    return re.findall(r'<th scope="row" class="sku">(.*?)</th>', html)


@pytest.fixture
def lamps() -> None:
    a_product("LAMP-2", name="Desk lamp", price=Decimal("1234.5"), active=False)
    a_product("LAMP-1", name="Floor lamp", price=Decimal("19.995"))
    a_product("CUP-1", name="Café cup")
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
        ("active=perhaps&sort=colour&page=x", ["CUP-1", "LAMP-1", "LAMP-2"]),
        ("sort=-sku", ["LAMP-2", "LAMP-1", "CUP-1"]),
        ("sort=price", ["LAMP-1", "LAMP-2", "CUP-1"]),
        ("sort=-name", ["LAMP-1", "LAMP-2", "CUP-1"]),
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
    assert re.findall(r'<td class="number">(.*?)</td>', html) == ["–", "19.995", "1,234.50"]


def test_there_are_fifty_on_a_page_and_the_links_keep_the_filters(browser: Client) -> None:
    imported("\n".join(["sku,name", *(f"A-{number:04},x" for number in range(1_151)), ""]))
    html = browser.get("/products/?sku=a&page=2").text
    assert shown_skus(html) == [f"A-{number:04}" for number in range(50, 100)]
    assert "51–100 of <strong>1,151</strong>" in html
    assert "Page 2 of 24" in html
    assert 'href="/products/?sku=a&amp;page=1"' in html
    assert 'href="/products/?sku=a&amp;page=3"' in html
    assert 'href="/products/?sku=a&amp;sort=name"' in html


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
