"""Webhooks in a real browser, with a real receiver (C1–C3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook, WebhookVerificationError

from tests.browser.conftest import Product, free_port, running_product
from tests.servers.receiver import Received, Receiver, Reply, run_receiver


@pytest.fixture(scope="module")
def product(browser_program: str) -> Iterator[Product]:
    """Run a product of its own, which may send to this machine."""
    with running_product(free_port(), PRICEBOOK_WEBHOOK_NETWORKS="127.0.0.1/32") as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as running:
        running.reply = lambda _: Reply(200, body=b"thanks")
        yield running


def add_endpoint(page: Page, url: str, name: str) -> str:
    """Add an endpoint that hears of changed products; return its secret."""
    page.goto("/webhooks/")
    page.get_by_role("button", name="Add an endpoint").first.click()
    expect(page.get_by_label("URL")).to_be_focused()
    page.keyboard.type(url)
    page.get_by_label("Description").fill(name)
    page.get_by_label("A product was changed").check()
    page.get_by_label("A product was added").check()
    page.get_by_role("button", name="Add the endpoint").click()
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    # It is shown this once: a slip of the finger does not lose it.
    page.keyboard.press("Escape")
    secret = page.get_by_label("Signing secret").input_value()
    page.get_by_role("button", name="I have copied it").click()
    expect(page.locator("#modal-frame")).to_be_hidden()
    return secret


def create_product(page: Page, sku: str) -> None:
    page.goto("/products/")
    page.get_by_role("button", name="New product").click()
    page.locator("#modal").get_by_label("SKU").fill(sku)
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".toast")).to_contain_text(f"Created {sku}.")


def verify(heard: Received, secret: str) -> dict[str, object]:
    """Check a request as a receiver does; return its event."""
    event: dict[str, object] = Webhook(secret).verify(heard.body, heard.headers)
    return event


def test_an_endpoint_is_added_tested_told_resent_to_and_its_secret_rotated(
    page: Page, receiver: Receiver
) -> None:
    secret = add_endpoint(page, receiver.url, "Warehouse")

    page.get_by_role("button", name="Test Warehouse").click()
    expect(page.locator(".test-result")).to_contain_text(re.compile(r"Taken\s*200\s*in"))
    expect(page.locator(".test-result")).to_contain_text("to 127.0.0.1")
    assert verify(receiver.requests[0], secret)["type"] == "product.created"
    page.get_by_role("button", name="Close").last.click()
    row = page.get_by_role("row").filter(has_text="Warehouse")
    expect(row).to_contain_text("100 %")
    expect(page.get_by_role("button", name="Test Warehouse")).to_be_focused()

    create_product(page, "HOOK-1")
    page.goto("/webhooks/")
    page.get_by_role("link", name="Warehouse").click()
    log = page.locator("#delivery-table tbody tr")
    expect(log).to_have_count(2)
    expect(log.first).to_contain_text("product.created")
    expect(log.first).to_contain_text("Delivered")
    told = receiver.requests[1]
    assert json.loads(told.body)["data"]["product"]["sku"] == "HOOK-1"
    page.get_by_label("Event id").fill("no such id")
    expect(page.get_by_role("heading", name="No delivery matches")).to_be_visible()
    page.get_by_label("Event id").fill(told.headers["webhook-id"])
    expect(log).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?event_id="))
    log.get_by_role("link").click()

    expect(page.get_by_label("Body")).to_contain_text('"sku": "HOOK-1"')
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_role("article", name="Attempt 2")).to_contain_text("Taken")
    again = receiver.requests[2]
    assert (again.headers["webhook-id"], again.body) == (told.headers["webhook-id"], told.body)

    page.get_by_role("link", name="Warehouse").click()
    page.get_by_role("button", name="Rotate").click()
    page.get_by_label("Hours for which the old secret signs as well").fill("0")
    page.get_by_role("button", name="Rotate the secret").click()
    new = page.get_by_label("Signing secret").input_value()
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("button", name="Test Warehouse").click()
    expect(page.locator(".test-result")).to_contain_text("200")
    assert verify(receiver.requests[3], new)["type"] == "product.created"
    with pytest.raises(WebhookVerificationError):
        verify(receiver.requests[3], secret)


def test_one_that_fails_is_seen_to_and_ends_on_a_phone(page: Page, receiver: Receiver) -> None:
    receiver.reply = lambda _: Reply(503, body=b"thanks")
    page.set_viewport_size({"width": 390, "height": 844})
    add_endpoint(page, receiver.url, "Till")
    page.get_by_role("button", name="Test Till").click()
    expect(page.locator(".test-result")).to_contain_text("It answered 503.")
    page.get_by_role("link", name="All of this request").click()
    expect(page.get_by_role("article", name="Attempt 1")).to_contain_text("thanks")
    for leave in ("Till", "Webhooks"):
        for element in ("document.documentElement", "document.querySelector('.table-responsive')"):
            too_wide = f"({element}?.scrollWidth ?? 0) > ({element}?.clientWidth ?? 0)"
            assert page.evaluate(too_wide) is False, page.url
        page.locator(".crumb").get_by_role("link", name=leave).click()
        page.wait_for_load_state()
    page.get_by_role("button", name="More for Till").click()
    page.get_by_role("button", name="Delete …").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.locator(".toast")).to_contain_text("Till is deleted.")
    expect(page.get_by_role("link", name="Till")).to_have_count(0)
