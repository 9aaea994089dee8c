"""The list of endpoints, and adding, changing and ending one (C1)."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from pricebook.accounts.models import User
from pricebook.changes.models import EventType
from pricebook.webhooks.models import (
    Backlog,
    BulkMode,
    Disabled,
    Endpoint,
    Outcome,
    SigningSecret,
)
from tests.integration.web.conftest import events_of
from tests.integration.web.webhook_pages import (
    LIST,
    URL,
    a_delivery,
    an_attempt,
    an_endpoint,
    of,
    row_of,
    words_of,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

FORM = {
    "url": URL,
    "description": "Warehouse",
    "event_types": ["product.updated", "import.completed"],
    "bulk_mode": "batch",
    "rate_limit": "7",
}


def shown_secret(html: str) -> str:
    return str(re.findall(r'id="secret" value="(.*?)"', html)[0])


def field_errors(html: str) -> dict[str, str]:
    found = re.findall(r'<div class="field-error" id="id_(\w+)_error">(.*?)</div>', html)
    return {name: words_of(text) for name, text in found}


def test_without_endpoints_the_page_says_what_one_is_for(browser: Client, viewer: Client) -> None:
    html = browser.get(LIST).text
    assert "A webhook tells another program at once" in html
    assert html.count("Add an endpoint</button>") == 2
    assert "Add an endpoint" not in viewer.get(LIST).text


def test_the_list_says_how_each_endpoint_does(viewer: Client) -> None:
    now = timezone.now()
    an_endpoint("Untried")
    failing = an_endpoint(
        "Till <1>",
        event_types=["product.created", "product.updated", "product.deleted"],
        failing_since=now - timedelta(hours=2),
        last_attempt_at=now,
        last_status=503,
        last_response_ms=1234.5,
        last_error="It answered 503.",
    )
    waiting = a_delivery(failing, status="pending")
    an_attempt(waiting, outcome=Outcome.REFUSED, status=503, total_ms=1234.5)
    an_attempt(a_delivery(failing))
    html = viewer.get(LIST).text
    since = f"{now - timedelta(hours=2):%-d %b %Y, %H:%M} UTC"
    at = f"{now:%-d %b %Y, %H:%M} UTC"
    assert row_of(html, "Till") == (
        "Till &lt;1&gt; https://hooks.example.com/pricebook "
        "product.created, product.updated and 1 more "
        f"Failing since {since} 503 in 1.2 s {at} 50 % of 2 1"
    )
    assert "Enabled nothing sent yet – nothing sent 0" in row_of(html, "Untried")
    assert "medians from 51 ms to 51 ms; 1 of 2 attempts failed." in html


def test_of_an_import_that_is_queued_bit_by_bit_more_waits_than_is_counted(viewer: Client) -> None:
    endpoint = an_endpoint()
    a_delivery(endpoint, status="pending")
    Backlog.objects.create(endpoint=endpoint, changeset_id=1, happened_at=timezone.now())
    assert row_of(viewer.get(LIST).text, "Warehouse").endswith(" 1+")
    assert "Waiting 1 and more to come" in words_of(viewer.get(of(endpoint, "facts/")).text)


def test_an_endpoint_is_added_and_its_secret_shown_this_once(htmx: Client, person: User) -> None:
    offered = htmx.get(f"{LIST}new/").text
    assert re.findall(r'name="event_types" value="(.*?)"', offered) == EventType.values
    answer = htmx.post(f"{LIST}new/", FORM)
    endpoint = Endpoint.objects.get()
    assert (endpoint.url, endpoint.description, endpoint.created_by) == (URL, "Warehouse", person)
    assert endpoint.event_types == ["product.updated", "import.completed"]
    assert (endpoint.bulk_mode, endpoint.rate_limit, endpoint.enabled) == ("batch", 7, True)
    secret = SigningSecret.objects.get().secret
    assert shown_secret(answer.text) == secret
    assert events_of(answer) == ["webhooks-changed"]
    assert "no-store" in answer["Cache-Control"]
    for page in (LIST, of(endpoint), of(endpoint, "edit/"), of(endpoint, "facts/")):
        assert secret not in htmx.get(page).text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "http://127.0.0.1/"}, "127.0.0.1"),
        ({"url": "file:///etc/passwd"}, "The URL has to begin with https:// or http://."),
        ({"url": "https://hooks.example.com:22/"}, "The port has to be 80, 443 or one from 1024"),
        ({"url": "https://a:b@hooks.example.com/"}, "Leave out the user name and password"),
        ({"event_types": []}, "Choose at least one event."),
        ({"event_types": ["prices.eaten"]}, "prices.eaten is not one of the available choices"),
        ({"bulk_mode": "some"}, "some is not one of the available choices"),
        ({"rate_limit": "0"}, "greater than or equal to 1"),
        ({"rate_limit": "1001"}, "less than or equal to 1000"),
        ({"description": "x" * 201}, "at most 200 characters"),
    ],
)
def test_a_mistake_is_named_beside_its_field(
    htmx: Client, change: dict[str, Any], sentence: str
) -> None:
    errors = field_errors(htmx.post(f"{LIST}new/", FORM | change).text)
    assert list(errors) == list(change)
    assert sentence in next(iter(errors.values()))
    assert not Endpoint.objects.exists()


def test_an_endpoint_is_changed_in_the_modal(htmx: Client) -> None:
    endpoint = an_endpoint()
    html = htmx.get(of(endpoint, "edit/")).text
    assert f'value="{URL}"' in html
    assert re.findall(r'value="([\w.]+)"[^>]*checked', html) == ["product.updated", "summary"]
    answer = htmx.post(of(endpoint, "edit/"), FORM | {"rate_limit": "", "bulk_mode": "each"})
    assert events_of(answer) == ["modal-close", "webhooks-changed"]
    endpoint.refresh_from_db()
    assert (endpoint.bulk_mode, endpoint.rate_limit) == (BulkMode.EACH, None)
    assert "no limit" in htmx.get(of(endpoint, "facts/")).text


def test_disabled_and_enabled_again_it_can_have_what_it_missed(htmx: Client) -> None:
    endpoint = an_endpoint()
    answer = htmx.post(of(endpoint, "disable/"))
    assert "Warehouse is disabled: nothing is sent to it." in answer.text
    assert "Disabled Disabled by hand" in row_of(htmx.get(LIST).text, "Warehouse")
    since = timezone.now() - timedelta(hours=5)
    Endpoint.objects.update(disabled_at=since)
    answer = htmx.post(of(endpoint, "enable/"))
    endpoint.refresh_from_db()
    assert endpoint.enabled
    assert events_of(answer) == ["webhooks-changed"]
    assert f'hx-post="{of(endpoint, "recover/")}"' in answer.text
    assert f'name="since" value="{since:%Y-%m-%dT%H:%M}"' in answer.text


@pytest.mark.parametrize(
    ("because", "sentence"),
    [(Disabled.GONE, "it answered 410 Gone"), (Disabled.FAILING, "it has taken nothing since")],
)
def test_one_that_was_disabled_by_itself_is_told_at_the_top(
    browser: Client, viewer: Client, because: Disabled, sentence: str
) -> None:
    now = timezone.now()
    fields: dict[str, Any] = {
        "disabled_at": now,
        "failing_since": now,
        "last_error": "No <answer>.",
    }
    endpoint = an_endpoint(enabled=False, disabled_because=because, **fields)
    an_endpoint("By hand", enabled=False, disabled_because=Disabled.BY_PERSON)
    for page in (LIST, of(endpoint)):
        html = browser.get(page).text
        assert html.count('class="stopped"') == 1
        assert sentence in html
        assert "No &lt;answer&gt;." in html
        assert html.count(">Enable again</button>") == 1
    assert "Enable again" not in viewer.get(LIST).text


def test_deleted_from_the_list_it_is_gone_from_it(htmx: Client) -> None:
    endpoint = an_endpoint()
    delivery = a_delivery(endpoint)
    answer = htmx.post(of(endpoint, "delete/"))
    assert "Warehouse is deleted." in answer.text
    assert events_of(answer) == ["modal-close", "webhooks-changed"]
    assert "Nobody is told of changes yet" in htmx.get(LIST).text
    for page in ("", "facts/", "edit/", f"deliveries/{delivery.pk}/"):
        assert htmx.get(of(endpoint, page)).status_code == HTTPStatus.NOT_FOUND
    for deed in ("test/", "recover/", f"deliveries/{delivery.pk}/resend/"):
        assert htmx.post(of(endpoint, deed)).status_code == HTTPStatus.NOT_FOUND


def test_deleted_from_its_page_it_leads_to_the_list(htmx: Client) -> None:
    endpoint = an_endpoint()
    here = {"HX-Current-URL": f"http://testserver{of(endpoint)}"}
    assert htmx.post(of(endpoint, "delete/"), headers=here)["HX-Redirect"] == LIST


def test_a_rotation_shows_a_new_secret_and_says_how_long_the_old_one_signs(htmx: Client) -> None:
    endpoint = an_endpoint()
    old = SigningSecret.objects.get()
    assert 'value="24"' in htmx.get(of(endpoint, "rotate/")).text
    answer = htmx.post(of(endpoint, "rotate/"), {"overlap_hours": "2"})
    new = SigningSecret.objects.get(expires_at=None)
    assert shown_secret(answer.text) == new.secret != old.secret
    old.refresh_from_db()
    assert old.expires_at is not None
    until = f"{old.expires_at:%-d %b %Y, %H:%M} UTC"
    assert f"signs as well until {until}" in words_of(htmx.get(of(endpoint, "facts/")).text)


@pytest.mark.parametrize("hours", ["", "-1", "169", "soon"])
def test_an_overlap_that_is_too_long_or_no_number_is_refused(htmx: Client, hours: str) -> None:
    answer = htmx.post(of(an_endpoint(), "rotate/"), {"overlap_hours": hours})
    assert list(field_errors(answer.text)) == ["overlap_hours"]
    assert SigningSecret.objects.count() == 1


def test_operators_see_no_secret() -> None:
    secret = SigningSecret.objects.get(endpoint=an_endpoint())
    operator = Client()
    operator.force_login(User.objects.create_superuser("admin"))
    for path in ("", f"{secret.pk}/change/"):
        answer = operator.get(f"/admin/webhooks/signingsecret/{path}")
        assert answer.status_code == HTTPStatus.OK
        assert secret.secret not in answer.text


DEEDS = ["edit", "enable", "disable", "delete", "rotate", "test", "recover"]


def test_a_viewer_sees_it_all_and_changes_nothing(viewer: Client) -> None:
    endpoint = an_endpoint(actor=None)
    delivery = a_delivery(endpoint)
    for page in (
        LIST,
        of(endpoint),
        of(endpoint, "facts/"),
        of(endpoint, f"deliveries/{delivery.pk}/"),
    ):
        html = viewer.get(page).text
        assert "hx-post" not in html
        assert "rotate/" not in html
    for deed in (*DEEDS, f"deliveries/{delivery.pk}/resend"):
        assert viewer.post(of(endpoint, f"{deed}/"), FORM).status_code == HTTPStatus.FORBIDDEN
    assert viewer.post(f"{LIST}new/", FORM).status_code == HTTPStatus.FORBIDDEN
    assert Endpoint.objects.count() == 1


def test_one_that_is_gone_is_not_found(htmx: Client) -> None:
    forms = FORM | {"overlap_hours": "1"}
    for deed in DEEDS:
        answer = htmx.post(of(uuid4(), f"{deed}/"), forms)
        assert answer.status_code == HTTPStatus.NOT_FOUND, deed


@pytest.mark.parametrize("deed", ["enable", "disable", "delete", "test"])
def test_a_link_does_no_deed(browser: Client, deed: str) -> None:
    answer = browser.get(of(an_endpoint(), f"{deed}/"))
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_needs_seven_queries_for_any_number_of_endpoints(
    browser: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        an_attempt(a_delivery(an_endpoint(f"e{number}")))
    with django_assert_num_queries(7):
        browser.get(LIST)
