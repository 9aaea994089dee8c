"""The description of the API is true: every route is in it, and answers are as it says."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pricebook.accounts.keys import issue_api_key
from pricebook.accounts.models import Scope, User
from pricebook.api.schema import describe_api
from pricebook.api.urls import urlpatterns
from pricebook.catalogue.sources import find_source
from pricebook.catalogue.writes import create_product, update_product
from pricebook.feed.choices import Choices
from pricebook.files.uploads import open_upload
from pricebook.imports.mappings import save_mapping
from pricebook.webhooks.event_catalogue import CATALOGUE
from pricebook.webhooks.models import DeliveryStatus, Endpoint
from tests.depth import examples
from tests.factories import imported
from tests.integration.api.hooks import a_delivery, an_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

product = get_wsgi_application()


def application(environ: Any, start_response: Any) -> list[bytes]:
    """Serve like a WSGI server: read the answer and close it, and with it the files it held."""
    answer = product(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


described = schemathesis.openapi.from_dict(describe_api())
described.app = application
# What is streamed wants a server, and has tests of its own.
requests = described.exclude(
    operation_id=["getImportEvents", "getImportRejects", "getProductExport"]
)


def operations() -> list[dict[str, Any]]:
    return [each for path in describe_api()["paths"].values() for each in path.values()]


def test_it_is_read_by_those_who_may_read(reader: Client) -> None:
    response = reader.get("/api/schema/")
    assert response["Content-Type"] == "application/json"
    assert response.json() == describe_api()
    assert response.json()["openapi"] == "3.1.0"


def test_it_is_well_formed_and_nothing_was_guessed() -> None:
    describe_api.cache_clear()
    GENERATOR_STATS.reset()
    validate_schema(describe_api())  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS


def test_every_route_is_in_it() -> None:
    routes = {
        "/api/" + re.sub("<[a-z]+:([a-z_]+)>", r"{\1}", str(pattern.pattern))
        for pattern in urlpatterns
        if pattern.name not in {"api-unknown", "api-docs"}
    }
    assert set(describe_api()["paths"]) == routes


def test_every_event_that_is_sent_is_in_it() -> None:
    sent = describe_api()["webhooks"]
    assert set(sent) == set(CATALOGUE)
    for type_, entry in CATALOGUE.items():
        request = sent[type_]["post"]
        assert [(header["name"], header["in"]) for header in request["parameters"]] == [
            ("webhook-id", "header"),
            ("webhook-timestamp", "header"),
            ("webhook-signature", "header"),
        ]
        content = request["requestBody"]["content"]["application/json"]
        assert (content["schema"], content["example"]) == (entry.schema, entry.example)
        assert set(request["responses"]) == {"2XX", "410", "default"}


def test_every_operation_says_what_it_does_and_how_it_fails() -> None:
    for operation in operations():
        assert operation["summary"].endswith(".")
        problems = {status for status in operation["responses"] if status >= "400"}
        assert problems >= {"400", "401", "403", "429"}
        for status in problems:
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"]


def test_operations_have_names_of_their_own() -> None:
    sent = [event["post"] for event in describe_api()["webhooks"].values()]
    names = [operation["operationId"] for operation in (*operations(), *sent)]
    assert len(names) == len(set(names))


@pytest.fixture
def numbers(person: User) -> dict[str, object]:
    """Fill the book, and return the numbers of things that are there."""
    made = create_product(values={"sku": "A-1", "price": "1.5"}, actor=person)
    update_product(product_id=made.pk, values={"name": "x"}, actor=person)
    job = imported("sku,name,price\nB-1,x,1\nB-2,y,cheap\n")
    upload = open_upload(actor=person, name="products.csv", size=100_000_000)
    mapping = save_mapping(choices=Choices(delimiter=";"), actor=person, name="Wholesale")
    other = issue_api_key(owner=person, name="other", scopes=[Scope.READ]).api_key
    endpoint = an_endpoint()
    # No trial of it leaves this machine.
    Endpoint.objects.update(url="http://127.0.0.1:9/")
    delivery = a_delivery(endpoint, status=DeliveryStatus.FAILED)
    return {
        "product_id": made.pk,
        "sku": "B-1",
        "changeset_id": made.changed_in,
        "job_id": str(job.pk),
        "import_id": str(job.pk),
        "upload_id": str(upload.pk),
        "key_id": other.pk,
        "mapping_id": mapping.pk,
        "source_id": find_source("North").pk,
        "endpoint_id": str(endpoint.pk),
        "delivery_id": delivery.pk,
    }


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the connection with the test's transaction, as Django's own client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def token_of_all(person: User, settings: Settings) -> str:
    """Return a token that may do everything, as often as it likes."""
    settings.API_RATE_PER_MINUTE = 10**9
    return issue_api_key(owner=person, name="everything", scopes=[Scope.ADMIN]).token


@pytest.mark.usefixtures("one_connection")
@requests.parametrize()
@settings(
    max_examples=examples(12),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(
    case: Case[Any], numbers: dict[str, object], token_of_all: str
) -> None:
    # Half of the requests mean things that are there; keys always, or the one in use would end.
    for name in case.path_parameters:
        if name == "key_id" or len(str(case.path_parameters[name])) % 2:
            case.path_parameters[name] = numbers[name]
    response = case.call(headers={"X-API-Key": token_of_all})
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
        ],
    )
    assert response.status_code != HTTPStatus.UNAUTHORIZED
