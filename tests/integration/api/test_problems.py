"""How the API says no."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404

from pricebook.accounts.models import Scope
from pricebook.api.problems import api_error, problem_of
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client, RequestFactory

    from tests.integration.api.conftest import KeyedClient

NOBODY = "00000000-0000-4000-8000-000000000000"

pytestmark = pytest.mark.django_db


def test_an_unknown_path_is_a_problem(reader: Client) -> None:
    problem = expect_problem(reader.get("/api/nothing/"), HTTPStatus.NOT_FOUND)
    assert problem["detail"] == "There is nothing at /api/nothing/."


def test_a_forgotten_slash_is_named(reader: Client) -> None:
    problem = expect_problem(reader.post("/api/uploads"), HTTPStatus.NOT_FOUND)
    assert problem["detail"].endswith("The addresses of the API end with a slash.")


@pytest.mark.parametrize(
    "path",
    [
        f"/api/imports/{NOBODY}/",
        f"/api/imports/{NOBODY}/status/",
        f"/api/imports/{NOBODY}/events/",
        f"/api/imports/{NOBODY}/rejects.csv",
        f"/api/uploads/{NOBODY}/",
        "/api/imports/not-a-uuid/",
        "/api/products/0/",
        "/api/products/99999999999999999999/",
        f"/api/products/{'9' * 5000}/",
        "/api/products/%00/",
    ],
)
def test_an_id_that_leads_nowhere_is_a_problem(reader: Client, path: str) -> None:
    expect_problem(reader.get(path), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/products/"),
        ("POST", "/api/products/1/"),
        ("GET", f"/api/imports/{NOBODY}/cancel/"),
        ("HEAD", f"/api/imports/{NOBODY}/events/"),
        ("POST", f"/api/imports/{NOBODY}/events/"),
    ],
)
def test_a_method_that_a_resource_lacks_is_not_allowed(
    keyed: KeyedClient, method: str, path: str
) -> None:
    response = keyed(Scope.ADMIN).generic(method, path)
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert response["Content-Type"] == "application/problem+json"
    assert method not in response["Allow"]


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        (
            "/api/imports/?colour=red",
            "colour",
            "There is no parameter 'colour' here: it takes page, page_size, status.",
        ),
        (
            f"/api/imports/{NOBODY}/?fields=id",
            "fields",
            "There is no parameter 'fields' here: it takes none.",
        ),
        ("/api/products/?sku=a&sku=b", "sku", "sku is given 2 times, not once."),
    ],
)
def test_a_parameter_that_is_not_known_is_named(
    reader: Client, path: str, parameter: str, detail: str
) -> None:
    problem = expect_problem(reader.get(path), HTTPStatus.BAD_REQUEST)
    assert problem["detail"] == detail
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_any_accept_header_gets_json(reader: Client) -> None:
    response = reader.get("/api/products/", headers={"Accept": "text/html"})
    assert response.status_code == HTTPStatus.OK
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("No Product matches the given query."), HTTPStatus.NOT_FOUND),
        (SuspiciousOperation("inner words"), HTTPStatus.BAD_REQUEST),
        (RequestDataTooBig("inner words"), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    ],
)
def test_the_words_of_the_framework_are_not_shown(error: Exception, status: HTTPStatus) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status is status
    assert str(error) not in problem.detail


def test_a_mistake_of_our_own_is_not_dressed_up() -> None:
    assert problem_of(KeyError("price")) is None


def test_errors_outside_the_views_are_problems_under_the_api_only(rf: RequestFactory) -> None:
    answer = api_error(rf.get("/api/products/"), 500)
    assert answer is not None
    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer["Content-Type"] == "application/problem+json"
    assert api_error(rf.get("/products/"), 500) is None
