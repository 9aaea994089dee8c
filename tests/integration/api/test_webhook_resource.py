"""/api/webhooks/: made, listed, changed, deleted, and what endpoints are refused for (C1, C2)."""

from __future__ import annotations

import logging
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from pricebook.accounts.models import Role, Scope, User
from pricebook.api.models import StoredAnswer
from pricebook.changes.models import EventType
from pricebook.webhooks.models import Disabled, Endpoint, Outcome, SigningSecret
from tests.integration.api.expect import expect_problem
from tests.integration.api.hooks import URL, a_delivery, an_attempt, an_endpoint

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from tests.integration.api.conftest import KeyedClient

JSON = "application/json"
PATH = "/api/webhooks/"
WHOLE: dict[str, Any] = {"url": URL, "event_types": ["product.updated"]}
OWN_SECRET = "whsec_" + "QUJD" * 10

pytestmark = pytest.mark.django_db


def make(client: Client, **body: Any) -> Any:
    return client.post(PATH, {**WHOLE, **body}, JSON)


def path_of(endpoint: Endpoint, then: str = "") -> str:
    return f"{PATH}{endpoint.pk}/{then}"


def test_a_new_endpoint_is_answered_once_with_its_secret(writer: Client, person: User) -> None:
    answer = make(writer)
    assert answer.status_code == HTTPStatus.CREATED
    assert answer["Cache-Control"] == "no-store"
    made = answer.json()
    endpoint = Endpoint.objects.get()
    assert made.pop("secret") == SigningSecret.objects.get().secret
    assert answer["Location"] == f"http://testserver{path_of(endpoint)}"
    at = endpoint.created_at.isoformat().replace("+00:00", "Z")
    updated_at = endpoint.updated_at.isoformat().replace("+00:00", "Z")
    assert made == {
        "id": str(endpoint.pk),
        "url": URL,
        "description": "",
        "event_types": ["product.updated"],
        "bulk_mode": "summary",
        "rate_limit": 20,
        "enabled": True,
        "disabled_because": "",
        "disabled_at": None,
        "last_status": None,
        "last_response_time": None,
        "last_error": "",
        "last_attempt_at": None,
        "failing_since": None,
        "success_share_24h": None,
        "pending": 0,
        "pending_is_exact": True,
        "created_by": "manager",
        "created_at": at,
        "updated_at": updated_at,
    }
    assert writer.get(path_of(endpoint)).json() == made
    assert writer.get(PATH).json() == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [made],
    }


def test_no_secret_is_in_any_other_answer_nor_in_the_log(
    writer: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = make(writer).json()
    endpoint = Endpoint.objects.get(pk=made["id"])
    delivery = a_delivery(endpoint)
    an_attempt(delivery)
    secrets = [
        made["secret"],
        writer.post(path_of(endpoint, "rotate-secret/"), content_type=JSON).json()["secret"],
    ]
    answers = [
        writer.get(PATH),
        writer.get(path_of(endpoint)),
        writer.put(path_of(endpoint), WHOLE, JSON),
        writer.patch(path_of(endpoint), {}, JSON),
        writer.get(path_of(endpoint, "deliveries/")),
        writer.get(path_of(endpoint, f"deliveries/{delivery.pk}/")),
    ]
    for secret in secrets:
        shown = secret.removeprefix("whsec_")
        assert not [answer for answer in answers if shown in answer.text]
        assert shown not in caplog.text


def test_a_repeated_request_makes_another_one_and_no_secret_is_kept(writer: Client) -> None:
    first, second = (
        writer.post(PATH, WHOLE, JSON, headers={"Idempotency-Key": "once"}).json()["secret"]
        for _ in range(2)
    )
    assert first != second
    assert not StoredAnswer.objects.exists()


def test_a_caller_may_bring_its_own_secret(writer: Client) -> None:
    assert make(writer, secret=OWN_SECRET).json()["secret"] == OWN_SECRET
    assert make(writer, secret="").json()["secret"] != OWN_SECRET


def test_all_can_be_said_of_a_new_endpoint(writer: Client) -> None:
    values = {
        "description": "Warehouse",
        "bulk_mode": "batch",
        "rate_limit": None,
        "enabled": False,
    }
    made = make(writer, **values).json()
    assert {name: made[name] for name in values} == values
    assert (made["disabled_because"], made["disabled_at"] is None) == ("by_person", False)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["upload.completed"], ["import.completed"]),
        (["product_imported", "import.completed"], ["import.completed"]),
        (
            ["all_products_deleted", "product_deleted", "product_updated"],
            ["product.updated", "product.deleted", "products.all_deleted"],
        ),
    ],
)
def test_older_names_of_events_are_taken(writer: Client, given: list[str], kept: list[str]) -> None:
    assert make(writer, event_types=given).json()["event_types"] == kept


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"url": ""}, "#/url", "blank"),
        ({"url": None}, "#/url", "null"),
        ({"url": "ftp://hooks.example.com/"}, "#/url", "http"),
        ({"url": "http://127.0.0.1/"}, "#/url", "127.0.0.1"),
        ({"url": "https://hooks.example.com/\r\n"}, "#/url", ""),
        ({"url": "https://hooks.example.com/" + "x" * 2000}, "#/url", "2000"),
        ({"event_types": []}, "#/event_types", "at least one"),
        ({"event_types": "product.updated"}, "#/event_types", "list"),
        ({"event_types": ["product.odd"]}, "#/event_types", "“product.odd”"),
        ({"event_types": ["products.batch"]}, "#/event_types", "“products.batch”"),
        ({"event_types": ["x" * 51]}, "#/event_types/0", "50"),
        ({"bulk_mode": "flood"}, "#/bulk_mode", "not a valid choice"),
        ({"rate_limit": 0}, "#/rate_limit", "1"),
        ({"rate_limit": 1001}, "#/rate_limit", "1000"),
        ({"description": "x" * 201}, "#/description", "200"),
        ({"description": "\x00"}, "#/description", "ull"),
        ({"enabled": "perhaps"}, "#/enabled", "boolean"),
        ({"secret": "too short"}, "#/secret", "whsec_"),
        ({"secret": "whsec_" + "é" * 40}, "#/secret", "whsec_"),
        ({"is_active": True}, "#/is_active", "There is no field 'is_active' here"),
        ({"id": 7}, "#/id", "There is no field 'id' here"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_with_a_pointer(
    writer: Client, body: dict[str, Any], pointer: str, words: str
) -> None:
    problem = expect_problem(make(writer, **body), HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert words in problem["errors"][0]["detail"]
    assert not Endpoint.objects.exists()


def test_every_mistake_is_named_at_once(writer: Client) -> None:
    answer = make(writer, url="http://127.0.0.1/", event_types=["odd"])
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == ["#/url", "#/event_types"]


@pytest.mark.parametrize("missing", ["url", "event_types"])
def test_an_endpoint_needs_an_address_and_types(writer: Client, missing: str) -> None:
    body = {name: value for name, value in WHOLE.items() if name != missing}
    for answer in (
        writer.post(PATH, body, JSON),
        writer.put(path_of(an_endpoint()), body, JSON),
    ):
        problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
        assert [error["pointer"] for error in problem["errors"]] == [f"#/{missing}"]


def test_put_replaces_and_patch_changes_what_is_given(writer: Client) -> None:
    endpoint = an_endpoint(description="Warehouse", rate_limit=5, bulk_mode="each")
    secret = SigningSecret.objects.get().secret
    changed = writer.patch(path_of(endpoint), {"rate_limit": None}, JSON).json()
    assert (changed["rate_limit"], changed["description"]) == (None, "Warehouse")
    replaced = writer.put(path_of(endpoint), WHOLE, JSON).json()
    names = ("event_types", "description", "bulk_mode", "rate_limit", "enabled")
    assert [replaced[name] for name in names] == [["product.updated"], "", "summary", 20, True]
    assert SigningSecret.objects.get().secret == secret
    expect_problem(
        writer.patch(path_of(endpoint), {"secret": OWN_SECRET}, JSON), HTTPStatus.BAD_REQUEST
    )


def test_disabling_and_enabling_it_again(writer: Client) -> None:
    endpoint = an_endpoint()
    Endpoint.objects.update(
        enabled=False,
        disabled_because=Disabled.FAILING,
        disabled_at=timezone.now(),
        failing_since=timezone.now(),
    )
    assert writer.get(path_of(endpoint)).json()["disabled_because"] == "failing"
    enabled = writer.patch(path_of(endpoint), {"enabled": True}, JSON).json()
    names = ("enabled", "disabled_because", "disabled_at", "failing_since")
    assert [enabled[name] for name in names] == [True, "", None, None]


def test_one_is_deleted_with_its_log(writer: Client) -> None:
    endpoint = an_endpoint()
    delivery = a_delivery(endpoint)
    an_attempt(delivery)
    assert writer.delete(path_of(endpoint)).status_code == HTTPStatus.NO_CONTENT
    assert writer.get(PATH).json()["results"] == []
    expect_problem(writer.delete(path_of(endpoint)), HTTPStatus.NOT_FOUND)
    for then in ("", "deliveries/", f"deliveries/{delivery.pk}/"):
        expect_problem(writer.get(path_of(endpoint, then)), HTTPStatus.NOT_FOUND)
    for then in ("test/", f"deliveries/{delivery.pk}/resend/"):
        expect_problem(writer.post(path_of(endpoint, then)), HTTPStatus.NOT_FOUND)


def test_putting_it_does_not_enable_one_that_was_disabled(writer: Client) -> None:
    endpoint = an_endpoint()
    Endpoint.objects.update(enabled=False, disabled_because=Disabled.GONE)
    replaced = writer.put(path_of(endpoint), WHOLE, JSON).json()
    assert (replaced["enabled"], replaced["disabled_because"]) == (False, "gone")
    enabled = writer.put(path_of(endpoint), {**WHOLE, "enabled": True}, JSON).json()
    assert (enabled["enabled"], enabled["disabled_because"]) == (True, "")


def test_it_shows_how_the_last_attempts_went(reader: Client) -> None:
    endpoint = an_endpoint()
    for number in range(3):
        an_attempt(a_delivery(endpoint, f"evt_{number}"))
    late = a_delivery(endpoint, "evt_late")
    an_attempt(late, outcome=Outcome.REFUSED, status=500)
    Endpoint.objects.update(last_status=500, last_response_ms=81.5, last_error="It answered 500.")
    shown = reader.get(path_of(endpoint)).json()
    names = ("last_status", "last_response_time", "last_error", "success_share_24h", "pending")
    assert [shown[name] for name in names] == [500, 81.5, "It answered 500.", 0.75, 4]


@pytest.mark.parametrize("rows", [2, 9])
def test_a_list_needs_the_same_queries_for_any_number(
    reader: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        an_endpoint()
    reader.get(PATH)
    # The key, the count, the page, the health of 24 hours and what is pending.
    with django_assert_num_queries(5):
        assert len(reader.get(PATH).json()["results"]) == rows


def test_the_newest_comes_first_in_pages(reader: Client) -> None:
    numbers = [str(an_endpoint().pk) for _ in range(3)]
    page = reader.get(f"{PATH}?page_size=2").json()
    assert [each["id"] for each in page["results"]] == [numbers[2], numbers[1]]
    assert page["next"] == f"http://testserver{PATH}?page=2&page_size=2"
    problem = expect_problem(reader.get(f"{PATH}?state=x"), HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["parameter"] == "state"


def test_a_rotation_answers_with_a_new_secret_and_the_old_one_signs_on(writer: Client) -> None:
    endpoint = an_endpoint()
    (old,) = SigningSecret.objects.all()
    answer = writer.post(path_of(endpoint, "rotate-secret/"), content_type=JSON)
    assert (answer.status_code, answer["Cache-Control"]) == (HTTPStatus.OK, "no-store")
    new = answer.json()
    assert (new["id"], new["secret"] != old.secret) == (str(endpoint.pk), True)
    old.refresh_from_db()
    assert old.expires_at is not None
    assert timedelta(hours=23) < old.expires_at - timezone.now() <= timedelta(hours=24)
    assert SigningSecret.objects.get(expires_at=None).secret == new["secret"]


def test_without_an_overlap_the_old_secret_ends(writer: Client) -> None:
    body = {"overlap_hours": 0, "secret": OWN_SECRET}
    answer = writer.post(path_of(an_endpoint(), "rotate-secret/"), body, JSON)
    assert answer.json()["secret"] == OWN_SECRET
    assert [each.secret for each in SigningSecret.objects.all()] == [OWN_SECRET]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"overlap_hours": -1}, "#/overlap_hours"),
        ({"overlap_hours": 169}, "#/overlap_hours"),
        ({"overlap_hours": None}, "#/overlap_hours"),
        ({"secret": "x"}, "#/secret"),
        ({"hours": 1}, "#/hours"),
    ],
)
def test_a_rotation_that_makes_no_sense_changes_nothing(
    writer: Client, body: dict[str, Any], pointer: str
) -> None:
    endpoint = an_endpoint()
    answer = writer.post(path_of(endpoint, "rotate-secret/"), body, JSON)
    problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert [each.expires_at for each in SigningSecret.objects.all()] == [None]


NOWHERE = UUID("00000000-0000-4000-8000-000000000000")
READS = ("", "deliveries/", "deliveries/1/")
WRITES = (
    ("PUT", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("POST", "test/"),
    ("POST", "rotate-secret/"),
    ("POST", "recover/"),
    ("POST", "deliveries/1/resend/"),
)


def test_what_is_not_there_is_not_found(writer: Client) -> None:
    bodies = {"": WHOLE, "recover/": {"since": "2026-11-20T00:00:00Z"}}
    asked = [("GET", then) for then in READS]
    for method, then in (*asked, *WRITES):
        answer = writer.generic(
            method, f"{PATH}{NOWHERE}/{then}", str(bodies.get(then, {})).replace("'", '"'), JSON
        )
        problem = expect_problem(answer, HTTPStatus.NOT_FOUND)
        assert "endpoint" in problem["detail"]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.UPLOAD, Scope.ARCHIVES_READ])
def test_a_key_that_may_not_write_changes_nothing(keyed: KeyedClient, scope: Scope) -> None:
    endpoint, client = an_endpoint(), keyed(scope)
    tries = [("POST", PATH), *((method, path_of(endpoint, then)) for method, then in WRITES)]
    for method, path in tries:
        problem = expect_problem(client.generic(method, path), HTTPStatus.FORBIDDEN)
        assert problem["detail"] == "This API key lacks the scope “write”."
    may_read = scope is Scope.READ
    for path in (PATH, f"{PATH}events/", path_of(endpoint), path_of(endpoint, "deliveries/")):
        assert (client.get(path).status_code == HTTPStatus.OK) is may_read


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.VIEWER, HTTPStatus.FORBIDDEN),
        (Role.EDITOR, HTTPStatus.CREATED),
        (Role.ADMIN, HTTPStatus.CREATED),
    ],
)
def test_a_viewer_sees_and_an_editor_changes(role: Role, status: HTTPStatus) -> None:
    client = Client()
    client.force_login(User.objects.create_user("anna", role=role))
    assert client.get(PATH).status_code == HTTPStatus.OK
    assert make(client).status_code == status


def test_the_catalogue_of_events_is_served(reader: Client) -> None:
    found = {each["type"]: each for each in reader.get(f"{PATH}events/").json()["results"]}
    assert set(found) == {*EventType.values, "products.batch"}
    completed = found["import.completed"]
    assert completed["aliases"] == ["product_imported", "upload.completed"]
    assert completed["example"]["type"] == "import.completed"
    assert completed["schema"]["properties"]["type"] == {"const": "import.completed"}
    assert [type_ for type_ in found if not found[type_]["can_be_subscribed"]] == ["products.batch"]


def test_no_body_at_all_means_the_usual(writer: Client) -> None:
    endpoint = an_endpoint()
    answer = writer.generic("POST", path_of(endpoint, "rotate-secret/"))
    assert answer.status_code == HTTPStatus.OK
