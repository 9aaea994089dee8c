"""Hostile texts through the API (ABUSE 17): kept as they are, and the same SKU by the one key."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.models import Product
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client

JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "\u202egnp.exe",
        "🥐🧑‍🌾",
        "e\u0301\u0301\u0301",
        "a\u200bb",
        "=1+1",
        "'=1+1",
        "{{ 7 * 7 }}",
        "'; DROP TABLE catalogue_product; --",
    ],
)
def test_a_text_comes_back_as_it_was_sent(writer: Client, text: str) -> None:
    sent = writer.post("/api/products/", {"sku": "A-1", "name": text}, content_type=JSON)
    assert sent.status_code == HTTPStatus.CREATED
    read = writer.get("/api/products/by-sku/A-1/")
    assert read.json()["name"] == Product.objects.get().name == text
    assert (read["Content-Type"], read["X-Content-Type-Options"]) == (JSON, "nosniff")


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\\ud800"])
def test_a_text_that_nothing_can_hold_is_refused(writer: Client, text: str) -> None:
    escaped = text.replace("\x00", "\\u0000")
    body = f'{{"sku": "A-1", "name": "{escaped}"}}'
    expect_problem(writer.post("/api/products/", body, content_type=JSON), HTTPStatus.BAD_REQUEST)
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("first", "second"), [("ß", "SS"), ("１２", "12"), ("ﬁ-1", "FI-1"), ("Å", "å"), ("ς", "Σ")]
)
def test_two_spellings_of_one_sku_are_one_product(writer: Client, first: str, second: str) -> None:
    path = writer.put(f"/api/products/by-sku/{first}/", {}, content_type=JSON)["Location"]
    taken = writer.post("/api/products/", {"sku": second}, content_type=JSON)
    expect_problem(taken, HTTPStatus.CONFLICT)
    assert writer.get(f"/api/products/by-sku/{second}/").json() == writer.get(path).json()


def test_letters_that_only_look_alike_are_two_products(writer: Client) -> None:
    for sku in ("İ", "i", "I\u0307x", "ı"):
        answer = writer.post("/api/products/", {"sku": sku}, content_type=JSON)
        assert answer.status_code == HTTPStatus.CREATED
    assert Product.objects.count() == 4
