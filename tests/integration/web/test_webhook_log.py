"""What was sent: the log of an endpoint, one delivery, testing, resending, recovering (C2, C3)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus, Outcome
from tests.integration.web.conftest import events_of
from tests.integration.web.webhook_pages import (
    a_delivery,
    an_attempt,
    an_endpoint,
    of,
    row_of,
    words_of,
)
from tests.servers.receiver import Reply, run_receiver

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries, Settings

    from pricebook.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\u202egnp.exe\x07"


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return an_endpoint()


def shown_ids(html: str) -> list[str]:
    return re.findall(r'<span class="clip note d-none d-md-block">(.*?)</span>', html)


def page_of(delivery: Delivery) -> str:
    return of(delivery.endpoint, f"deliveries/{delivery.pk}/")


def test_the_log_has_a_line_for_each_delivery(browser: Client, endpoint: Endpoint) -> None:
    taken = a_delivery(endpoint, event_id="evt-a", tries=2)
    an_attempt(taken, outcome=Outcome.TIMED_OUT, status=None, total_ms=15_000)
    an_attempt(taken, total_ms=40)
    failed = a_delivery(endpoint, event_id="evt-b", status=DeliveryStatus.FAILED, is_test=True)
    an_attempt(failed, outcome=Outcome.UNRESOLVED, status=None, total_ms=0.4)
    a_delivery(endpoint, event_id="evt-c", status=DeliveryStatus.PENDING, tries=0)
    html = browser.get(of(endpoint)).text
    at = f"{taken.happened_at:%-d %b %Y, %H:%M:%S} UTC"
    assert row_of(html, "evt-a") == f"{at} product.updated evt-a Delivered 2 200 40 ms"
    assert row_of(html, "evt-b").endswith(
        "test evt-b Failed 1 Name not found <1 ms".replace("<", "&lt;")
    )
    assert row_of(html, "evt-c").endswith("evt-c Waiting 0 – –")
    assert shown_ids(html) == ["evt-c", "evt-b", "evt-a"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["new", "failed", "old"]),
        ("status=failed", ["failed"]),
        ("event_type=product.deleted", ["old"]),
        ("since=2026-01-02T00:00", ["new", "failed"]),
        ("until=2026-01-02T00:00", ["old"]),
        ("since=2026-01-02T00:00&until=2026-01-03T00:00", ["failed"]),
        ("event_id=new", ["new"]),
        ("event_id=other", []),
        ("status=odd&since=soon", ["new", "failed", "old"]),
    ],
)
def test_the_filters_stand_in_the_address(
    htmx: Client, endpoint: Endpoint, query: str, ids: list[str]
) -> None:
    a_delivery(
        endpoint, event_id="old", event_type="product.deleted", happened_at="2026-01-01T10:00Z"
    )
    a_delivery(endpoint, event_id="failed", status="failed", happened_at="2026-01-02T10:00Z")
    a_delivery(endpoint, event_id="new", happened_at="2026-01-03T10:00Z")
    a_delivery(an_endpoint("Other"), event_id="not-ours")
    html = htmx.get(f"{of(endpoint)}?{query}").text
    assert shown_ids(html) == ids
    assert ("No delivery matches" in html) is (not ids)


def test_a_long_log_is_neither_counted_nor_turned_to_its_end(
    htmx: Client, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pricebook.web.lines.COUNTED_TO", 26)
    for number in range(28):
        a_delivery(endpoint, event_id=str(number))
    assert "1–25 of more than 26" in words_of(htmx.get(of(endpoint)).text)
    last = htmx.get(f"{of(endpoint)}?page=2").text
    assert shown_ids(last) == ["2"]
    assert "Pages end here." in last


@pytest.mark.parametrize(
    ("status", "query", "seconds"),
    [("pending", "", 3), ("pending", "?status=pending", 10), ("delivered", "", 20)],
)
def test_it_looks_again_more_often_the_more_is_under_way(
    htmx: Client, endpoint: Endpoint, status: str, query: str, seconds: int
) -> None:
    a_delivery(endpoint, status=status)
    assert f"every {seconds}s" in htmx.get(f"{of(endpoint)}{query}").text


def test_what_a_filter_leaves_is_not_counted(
    htmx: Client, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(52):
        a_delivery(endpoint, event_id=str(number), status="failed")
    page = f"{of(endpoint)}?status=failed&page="
    with CaptureQueriesContext(connection) as queries:
        first = htmx.get(f"{page}1").text
    assert not [each for each in queries if "COUNT(" in each["sql"]]
    assert "1–25 of more than 25" in words_of(first)
    assert "Page 1 Next" in words_of(first)
    last = htmx.get(f"{page}3").text
    assert shown_ids(last) == ["1", "0"]
    assert "51–52 of 52 Previous Page 3" in words_of(last)
    for behind in ("4", "0", "x"):
        assert shown_ids(htmx.get(f"{page}{behind}").text) == shown_ids(first)
    monkeypatch.setattr("pricebook.web.lines.COUNTED_TO", 30)
    cut = htmx.get(f"{page}2").text
    assert len(shown_ids(cut)) == 5
    assert "26–30 of more than 30 Pages end here." in words_of(cut)


def test_one_delivery_shows_what_is_told_and_every_attempt(
    browser: Client, endpoint: Endpoint
) -> None:
    delivery = a_delivery(endpoint, tries=2)
    an_attempt(
        delivery,
        outcome=Outcome.REFUSED,
        status=500,
        error="It answered 500.",
        request_headers={"webhook-id": delivery.event_id},
        response_headers=[["Server", HOSTILE]],
        response_excerpt=HOSTILE,
    )
    an_attempt(delivery, tls_ms=None, is_reused=True)
    html = browser.get(page_of(delivery)).text
    words = words_of(html)
    assert "&quot;name&quot;: &quot;Café&quot;" in html
    assert words.index("Attempt 2 Taken 200 in 40 ms to 203.0.113.7") < words.index("Attempt 1")
    assert "Attempt 1 Answered with an error 500 in 40 ms to 203.0.113.7" in words
    assert "Look-up 2 ms Connect 8 ms TLS 10 ms First byte 15 ms Rest 5 ms" in words
    assert "Look-up 2 ms Connect 8 ms First byte 15 ms Rest 15 ms" in words
    assert f"webhook-id {delivery.event_id}" in words
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert html.count('title="right-to-left override">U+202E</span>') == 2
    assert html.count('title="control character">U+0007</span>') == 2
    assert "style=" not in html


def test_a_hostile_name_is_shown_inert(browser: Client) -> None:
    endpoint = an_endpoint('"><script>alert(1)</script>\u202e')
    for page in ("/webhooks/", of(endpoint), page_of(a_delivery(endpoint)), of(endpoint, "edit/")):
        html = browser.get(page).text
        assert "<script>alert" not in html
        assert 'Test "' not in html


def test_a_delivery_that_ended_can_be_sent_again(htmx: Client, endpoint: Endpoint) -> None:
    delivery = a_delivery(endpoint, status=DeliveryStatus.FAILED, tries=11)
    assert ">Resend</button>" in htmx.get(page_of(delivery)).text
    answer = htmx.post(f"{page_of(delivery)}resend/")
    assert "Queued again: it is sent now, with the same id." in answer.text
    assert events_of(answer) == ["deliveries-changed"]
    before = delivery.event_id
    delivery.refresh_from_db()
    assert (delivery.status, delivery.event_id) == (DeliveryStatus.PENDING, before)
    html = htmx.get(page_of(delivery)).text
    assert "Resend" not in html
    assert "every 3s" in html
    late = htmx.post(f"{page_of(delivery)}resend/")
    assert "It is about to be sent anyway." in late.text


def test_a_disabled_endpoint_is_not_sent_to_again(htmx: Client) -> None:
    endpoint = an_endpoint(enabled=False, disabled_because="by_person")
    answer = htmx.post(f"{page_of(a_delivery(endpoint))}resend/")
    assert "The endpoint is disabled. Enable it first." in answer.text


def test_a_time_is_recovered_and_how_much_is_said(htmx: Client, endpoint: Endpoint) -> None:
    now = timezone.now()
    for hours in (1, 2, 30):
        a_delivery(endpoint, status="failed", happened_at=now - timedelta(hours=hours))
    form = {
        "since": f"{now - timedelta(hours=24):%Y-%m-%dT%H:%M}",
        "until": f"{now:%Y-%m-%dT%H:%M}",
    }
    answer = htmx.post(of(endpoint, "recover/"), form)
    assert "2 deliveries are queued again." in answer.text
    assert events_of(answer) == ["modal-close", "deliveries-changed", "webhooks-changed"]
    assert Delivery.objects.filter(status="pending").count() == 2
    again = htmx.post(of(endpoint, "recover/"), form)
    assert "Nothing of that time is left to send." in again.text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "ends before it begins"),
        ({"since": "2020-01-02T00:00", "until": "2020-01-03T00:00"}, "The log goes back"),
        ({"since": "soon", "until": "2020-01-03T00:00"}, "Enter a valid date/time."),
    ],
)
def test_a_time_that_cannot_be_is_told_in_the_modal(
    htmx: Client, endpoint: Endpoint, form: dict[str, str], sentence: str
) -> None:
    answer = htmx.post(of(endpoint, "recover/"), form)
    assert sentence in answer.text
    assert events_of(answer) == []


def test_a_test_shows_at_once_what_came_back(htmx: Client, settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.1/32"),)
    with run_receiver() as receiver:
        receiver.reply = lambda _: Reply(200, body=HOSTILE.encode())
        endpoint = an_endpoint(url=receiver.url)
        answer = htmx.post(of(endpoint, "test/"))
        another = htmx.post(of(endpoint, "test/"), {"event_type": "import.completed"})
    words = words_of(answer.text)
    assert re.search(r"Taken 200 in (<1|&lt;1|\d+) ms to 127\.0\.0\.1", words)
    assert "U+202E" in words
    assert "<script>alert" not in answer.text
    assert events_of(answer) == ["webhooks-changed", "deliveries-changed"]
    assert [json.loads(each.body)["type"] for each in receiver.requests] == [
        "product.updated",
        "import.completed",
    ]
    assert 'value="import.completed" selected' in another.text
    sent = Delivery.objects.earliest("pk")
    assert receiver.requests[0].headers["webhook-id"] == sent.event_id
    assert (sent.is_test, sent.status) == (True, DeliveryStatus.DELIVERED)
    assert f'href="{page_of(sent)}"' in answer.text


def test_a_name_that_is_not_found_is_a_result(htmx: Client) -> None:
    endpoint = an_endpoint(url="https://nobody.invalid/hooks")
    answer = htmx.post(of(endpoint, "test/"))
    assert answer.status_code == HTTPStatus.OK
    assert "nobody.invalid" in Attempt.objects.get().error
    assert "Name not found" in words_of(answer.text)
    assert Attempt.objects.get().error in words_of(answer.text)


def test_a_delivery_of_another_endpoint_is_not_found(htmx: Client, endpoint: Endpoint) -> None:
    delivery = a_delivery(endpoint)
    other = an_endpoint("Other")
    for path in ("", "resend/"):
        address = of(other, f"deliveries/{delivery.pk}/{path}")
        answer = htmx.post(address) if path else htmx.get(address)
        assert answer.status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("rows", [1, 20])
def test_an_endpoint_needs_nine_queries_for_any_number_of_deliveries(
    browser: Client,
    endpoint: Endpoint,
    django_assert_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for _ in range(rows):
        an_attempt(a_delivery(endpoint))
    with django_assert_num_queries(9):
        browser.get(of(endpoint))


@pytest.mark.parametrize("tries", [1, 20])
def test_a_delivery_needs_five_queries_for_any_number_of_attempts(
    browser: Client,
    endpoint: Endpoint,
    django_assert_num_queries: DjangoAssertNumQueries,
    tries: int,
) -> None:
    delivery = a_delivery(endpoint)
    for _ in range(tries):
        an_attempt(delivery)
    page = page_of(delivery)
    with django_assert_num_queries(5):
        browser.get(page)


def test_what_waits_for_a_later_retry_can_be_sent_now(htmx: Client, endpoint: Endpoint) -> None:
    later = timezone.now() + timedelta(hours=20)
    waiting = a_delivery(endpoint, status=DeliveryStatus.PENDING, ended_at=None, due_at=later)
    assert "Resend" in htmx.get(page_of(waiting)).content.decode()
    Delivery.objects.update(due_at=timezone.now())
    assert "Resend" not in htmx.get(page_of(waiting)).content.decode()
