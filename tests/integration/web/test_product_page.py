"""One product: its form, its page, its history, and undoing single changes (B1, B2, B4)."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from http import HTTPStatus

import pytest
from django.test import Client

from pricebook.accounts.models import User
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import create_product, delete_product, update_product
from pricebook.changes.models import Change, ChangeSet
from tests.factories import a_product, imported
from tests.integration.web.conftest import events_of

pytestmark = pytest.mark.django_db

WRITES = ["edit/", "delete/", "changes/1/undo/"]


@pytest.fixture
def lamp(person: User) -> Product:
    return create_product(
        values={"sku": "LAMP-1", "name": "Floor lamp", "price": "19.90", "currency": "EUR"},
        actor=person,
    )


def form_of(html: str) -> dict[str, str]:
    """Return what the fields of a form hold, as a browser would send it."""
    values = dict(re.findall(r'<input [^>]*name="(\w+)" value="(.*?)"', html))
    values |= dict(re.findall(r'<textarea name="(\w+)".*?>\n(.*?)</textarea>', html, re.DOTALL))
    if re.search(r'<input [^>]*name="active"[^>]* checked', html):
        values["active"] = "on"
    return {name: unescape(value).replace("\n", "\r\n") for name, value in values.items()}


def problems_of(html: str) -> dict[str, str]:
    """Return {field: sentence}."""
    return dict(re.findall(r'<div class="field-error" id="id_(\w+)_error">(.*?)</div>', html))


def differences_of(html: str) -> list[tuple[str, str]]:
    """Return each field that changed, with [-removed-] and {+added+} words."""
    found = re.findall(r"<dt><bdi>([^<]*)</bdi></dt><dd dir=\"auto\">(.*?)</dd>", html, re.DOTALL)
    for tag, (left, right) in {"del": ("[-", "-]"), "ins": ("{+", "+}")}.items():
        found = [
            (name, text.replace(f"<{tag}>", left).replace(f"</{tag}>", right))
            for name, text in found
        ]
    return found


# --- the form -----------------------------------------------------------------------------------


def test_a_product_is_created_by_what_is_typed(htmx: Client, person: User) -> None:
    typed = {
        "sku": " CUP-1 ",
        "name": "Cup",
        "description": "White.\r\nRound.",
        "price": "4.50",
        "currency": "eur",
        "brand": "Acme",
        "category": "Kitchen",
        "gtin": "4006381333931",
        "unit_size": "1 pc",
        "url": "https://example.com/cup",
        "image_url": "https://example.com/cup.jpg",
        "attributes": '{"colour": "white"}',
    }
    response = htmx.post("/products/new/", typed)
    product = Product.objects.get()
    assert {name: getattr(product, name) for name in typed} == typed | {
        "sku": "CUP-1",
        "description": "White.\nRound.",
        "price": Decimal("4.5"),
        "currency": "EUR",
        "attributes": {"colour": "white"},
    }
    assert product.active is False
    assert "Created CUP-1." in response.text
    assert f'hx-post="/products/{product.pk}/changes/{product.changed_in}/undo/"' in response.text
    assert events_of(response) == ["modal-close", "products-changed"]
    assert ChangeSet.objects.get().actor_id == person.pk


def test_a_new_product_is_active_unless_one_says_otherwise(htmx: Client) -> None:
    assert form_of(htmx.get("/products/new/").text)["active"] == "on"


def test_each_problem_stands_beside_its_field_and_nothing_typed_is_lost(htmx: Client) -> None:
    typed = {
        "sku": "X" * 101,
        "name": '"><b>',
        "price": "cheap",
        "currency": "XX",
        "attributes": "{a: 1}",
        "url": "javascript:alert(1)",
    }
    html = htmx.post("/products/new/", typed).text
    assert problems_of(html).keys() == {"sku", "price", "currency", "attributes", "url"}
    assert problems_of(html)["price"] == (
        "This is not a price. Write it as plain digits, such as 1234.50."
    )
    assert {name: form_of(html)[name] for name in typed} == typed
    assert "active" not in form_of(html)
    assert not Product.objects.exists()


def test_a_blank_sku_and_a_character_that_no_text_can_hold_are_refused_beside_the_field(
    htmx: Client,
) -> None:
    html = htmx.post("/products/new/", {"sku": "", "name": "nul\0"}).text
    assert problems_of(html) == {
        "sku": "Every product needs a SKU.",
        "name": "Null characters are not allowed.",
    }


def test_a_sku_that_is_taken_is_said_beside_it(htmx: Client, lamp: Product) -> None:
    html = htmx.post("/products/new/", {"sku": "lamp-1"}).text
    assert problems_of(html) == {
        "sku": f"The SKU LAMP-1 is taken by another product (number {lamp.pk})."
    }


def test_saving_an_untouched_form_changes_nothing(htmx: Client) -> None:
    product = a_product(
        "A",
        name=" spaces ",
        description="two\nlines\r\nof text",
        price=Decimal("1.5"),
        attributes={"b": [1, 2.5], "a": "ü"},
    )
    response = htmx.post(
        f"/products/{product.pk}/edit/", form_of(htmx.get(f"/products/{product.pk}/edit/").text)
    )
    assert "Nothing was changed." in response.text
    assert events_of(response) == ["modal-close"]
    assert not Change.objects.exists()


def test_an_edit_writes_what_was_changed_alone(htmx: Client, lamp: Product) -> None:
    form = form_of(htmx.get(f"/products/{lamp.pk}/edit/").text)
    assert form["price"] == "19.90"
    del form["active"]
    response = htmx.post(f"/products/{lamp.pk}/edit/", form | {"price": "25", "name": ""})
    assert "Saved LAMP-1." in response.text
    assert Change.objects.latest("changeset_id").fields == {
        "name": ["Floor lamp", ""],
        "price": ["19.9", "25"],
        "active": [True, False],
    }


def test_an_edit_never_overwrites_what_somebody_else_did_meanwhile(
    htmx: Client, lamp: Product
) -> None:
    form = form_of(htmx.get(f"/products/{lamp.pk}/edit/").text)
    update_product(product_id=lamp.pk, values={"name": "Theirs"}, actor=None)
    html = htmx.post(f"/products/{lamp.pk}/edit/", form | {"name": "Mine"}).text
    assert "Somebody has changed this product since you opened it." in html
    assert "Load what is there now" in html
    assert form_of(html)["name"] == "Mine"
    assert Product.objects.get().name == "Theirs"
    again = htmx.post(f"/products/{lamp.pk}/edit/", form_of(html)).text
    assert "Somebody has changed this product since you opened it." in again


def test_a_product_that_was_deleted_meanwhile_is_not_written(htmx: Client, lamp: Product) -> None:
    form = form_of(htmx.get(f"/products/{lamp.pk}/edit/").text)
    delete_product(product_id=lamp.pk, actor=None)
    html = htmx.post(f"/products/{lamp.pk}/edit/", form | {"name": "Mine"}).text
    assert "This product does not exist, or it was deleted." in html


# --- the page -----------------------------------------------------------------------------------


def test_the_page_shows_every_fact(browser: Client) -> None:
    product = a_product(
        "LAMP-1",
        name="Floor lamp",
        price=Decimal("1234.5"),
        currency="EUR",
        brand="Acme",
        category="Home > Lamps",
        gtin="4006381333931",
        unit_size="1 pc",
        url="https://example.com/lamp",
        image_url="http://example.com/lamp.jpg",
        description="Two\nlines",
        attributes={"watts": 12, "colour": "red"},
    )
    html = unescape(browser.get(f"/products/{product.pk}/").text)
    for fact in ("1,234.50 EUR", "Acme", "Home > Lamps", "4006381333931", "1 pc", "Two\nlines"):
        assert fact in html
    assert "<dt><bdi>watts</bdi></dt><dd><bdi>12</bdi></dd>" in html
    for address in (product.url, product.image_url):
        assert f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">' in html
    assert "wrong check digit" not in html
    assert '<img src="http' not in html


@pytest.mark.parametrize(
    ("gtin", "fault"),
    [
        ("4006381333932", "wrong check digit"),
        ("123456", "6 digits; a GTIN has 8, 12, 13 or 14"),
        ("ISBN 12", "not only digits"),
        ("00000000", "only zeros"),
    ],
)
def test_a_gtin_that_is_none_is_flagged_with_the_reason(
    browser: Client, gtin: str, fault: str
) -> None:
    product = a_product("A", gtin=gtin)
    html = browser.get(f"/products/{product.pk}/").text
    assert f'<span class="flag">{fault}</span>' in html


def test_an_address_that_opens_no_page_is_no_link(browser: Client) -> None:
    product = a_product("A", url="javascript:alert(1)")
    html = browser.get(f"/products/{product.pk}/").text
    assert "<bdi>javascript:alert(1)</bdi>" in html
    assert 'href="javascript' not in html


def test_hostile_texts_are_shown_inert_and_what_is_invisible_is_marked(browser: Client) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202egpj.exe\u200b"
    product = a_product("SKU\u200b1", name=hostile, brand=hostile, attributes={hostile: hostile})
    update_product(product_id=product.pk, values={"name": f"{hostile}2"}, actor=None)
    for path in ("/products/", f"/products/{product.pk}/"):
        html = browser.get(path).text
        shown = html.partition("<main")[2]
        assert "<img src=x" not in html
        assert "\u202e" not in shown.replace("Edit SKU", "")
        assert (
            '&lt;img src=x onerror=alert(1)&gt;<span class="unseen" '
            'title="right-to-left override">U+202E</span>gpj.exe' in shown
        )
        assert 'SKU<span class="unseen" title="zero width space">U+200B</span>1' in shown


def test_the_history_says_what_changed_when_and_by_whom(
    browser: Client, person: User, lamp: Product
) -> None:
    update_product(
        product_id=lamp.pk,
        values={"price": "25", "active": False, "attributes": {"a": 1, "b": "x"}},
        actor=person,
    )
    update_product(product_id=lamp.pk, values={"attributes": {"a": 2}}, actor=None)
    html = browser.get(f"/products/{lamp.pk}/").text
    assert differences_of(html) == [
        ("Attribute a", "[-1-] {+2+}"),
        ("Attribute b", "[-x-]"),
        ("Price", "[-19.90-] {+25.00+}"),
        ("Active", "[-yes-] {+no+}"),
        ("Attribute a", "{+1+}"),
        ("Attribute b", "{+x+}"),
    ]
    kinds = re.findall(r"<strong>(\w+)</strong>( by <bdi>manager</bdi>)?", html)
    assert [(kind, bool(by)) for kind, by in kinds] == [
        ("Updated", False),
        ("Updated", True),
        ("Created", True),
    ]


def test_a_change_by_an_import_leads_to_the_import(browser: Client) -> None:
    job = imported("sku,name\nA,x\n", name="spring.csv")
    html = browser.get(f"/products/{Product.objects.get().pk}/").text
    assert f'<a href="/imports/{job.pk}/"><bdi>spring.csv</bdi></a>' in html


def test_older_changes_come_on_demand(browser: Client, htmx: Client, lamp: Product) -> None:
    for number in range(24):
        update_product(product_id=lamp.pk, values={"name": f"Name {number}"}, actor=None)
    html = browser.get(f"/products/{lamp.pk}/").text
    assert html.count("<strong>Updated</strong>") == 20
    (older,) = re.findall(r'hx-get="(/products/\d+/changes/before/\d+/)"', html)
    html = htmx.get(older).text
    assert html.count("<strong>Updated</strong>") == 4
    assert html.count("<strong>Created</strong>") == 1
    assert "Older changes" not in html


def test_a_product_from_before_the_ledger_says_so(browser: Client) -> None:
    html = browser.get(f"/products/{a_product('A').pk}/").text
    assert "the product is older than the history that is kept" in html


# --- delete and undo ----------------------------------------------------------------------------


def test_a_deleted_product_keeps_its_page_and_comes_back(htmx: Client, lamp: Product) -> None:
    path = f"/products/{lamp.pk}/"
    assert "Deleted LAMP-1." in htmx.post(f"{path}delete/").text
    html = htmx.get(path).text
    assert "This product was deleted" in html
    assert "/edit/" not in html
    lamp.refresh_from_db()
    assert f'hx-post="{path}changes/{lamp.changed_in}/undo/"' in html
    response = htmx.post(f"{path}changes/{lamp.changed_in}/undo/")
    assert "Undone." in response.text
    assert events_of(response) == ["modal-close", "products-changed"]
    assert "This product was deleted" not in htmx.get(path).text
    assert Product.objects.live().get().name == "Floor lamp"


def test_only_what_can_be_taken_back_now_offers_it(htmx: Client, lamp: Product) -> None:
    path = f"/products/{lamp.pk}/"
    created = lamp.changed_in
    htmx.post(f"{path}delete/")
    lamp.refresh_from_db()
    offered = re.compile(rf'hx-post="{path}changes/(\d+)/undo/"[^>]*aria-label')
    assert offered.findall(htmx.get(path).text) == [str(lamp.changed_in)]
    htmx.post(f"{path}changes/{lamp.changed_in}/undo/")
    lamp.refresh_from_db()
    assert offered.findall(htmx.get(path).text) == [str(lamp.changed_in)]
    assert created != lamp.changed_in


def test_a_change_is_taken_back_and_its_undoing_as_well(htmx: Client, lamp: Product) -> None:
    changed = update_product(product_id=lamp.pk, values={"price": "25"}, actor=None)
    html = htmx.post(f"/products/{lamp.pk}/changes/{changed.changed_in}/undo/").text
    lamp.refresh_from_db()
    assert lamp.price == Decimal("19.9")
    (again,) = re.findall(r'hx-post="(.*?)"', html)
    htmx.post(again)
    lamp.refresh_from_db()
    assert lamp.price == Decimal(25)


def test_what_cannot_be_taken_back_any_more_is_said(htmx: Client, lamp: Product) -> None:
    changed = update_product(product_id=lamp.pk, values={"price": "25"}, actor=None)
    update_product(product_id=lamp.pk, values={"price": "26"}, actor=None)
    html = htmx.post(f"/products/{lamp.pk}/changes/{changed.changed_in}/undo/").text
    assert "Changed again since then: price." in html
    assert "toast-error" in html


def test_deleting_twice_is_said(htmx: Client, lamp: Product) -> None:
    htmx.post(f"/products/{lamp.pk}/delete/")
    html = htmx.post(f"/products/{lamp.pk}/delete/").text
    assert "This product does not exist, or it was deleted." in html


# --- who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WRITES)
def test_a_viewer_changes_nothing(viewer: Client, lamp: Product, path: str) -> None:
    assert viewer.post(f"/products/{lamp.pk}/{path}").status_code == HTTPStatus.FORBIDDEN
    assert viewer.post("/products/new/", {"sku": "X"}).status_code == HTTPStatus.FORBIDDEN
    html = viewer.get(f"/products/{lamp.pk}/").text
    assert "Floor lamp" in html
    assert "hx-post" not in html
    assert Product.objects.live().values_list("sku", flat=True).get() == "LAMP-1"


@pytest.mark.parametrize("path", ["new/", *(f"1/{path}" for path in WRITES)])
def test_a_write_needs_the_csrf_token(person: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(f"/products/{path}").status_code == HTTPStatus.FORBIDDEN


def test_before_any_number_there_is_an_answer(htmx: Client, lamp: Product) -> None:
    for before, events in ((0, 0), (10**30, 1)):
        html = htmx.get(f"/products/{lamp.pk}/changes/before/{before}/").text
        assert html.count('<li class="event">') == events


@pytest.mark.parametrize("path", ["", *WRITES[:2], "changes/before/5/"])
@pytest.mark.parametrize("product_id", [4711, 10**30])
def test_a_product_that_does_not_exist_is_not_found(
    browser: Client, product_id: int, path: str
) -> None:
    address = f"/products/{product_id}/{path}"
    response = browser.post(address) if path in WRITES else browser.get(address)
    assert response.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("changeset_id", [4711, 10**30])
def test_a_change_that_does_not_exist_is_said(
    htmx: Client, lamp: Product, changeset_id: int
) -> None:
    html = htmx.post(f"/products/{lamp.pk}/changes/{changeset_id}/undo/").text
    assert "There is no such change any more." in html
