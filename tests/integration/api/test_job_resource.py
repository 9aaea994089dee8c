"""Jobs of every kind: reading, cancelling, retrying and undoing them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from pricebook.catalogue.bulk import start_bulk_edit
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, Product
from pricebook.jobs.models import Job, Status
from tests.factories import imported
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from tests.integration.api.conftest import MakeImport

NOBODY = "/api/jobs/00000000-0000-4000-8000-000000000000/"

pytestmark = pytest.mark.django_db


def test_the_list_has_jobs_of_every_kind(writer: Client, make_import: MakeImport) -> None:
    make_import()
    start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(sku="a"), actor=None)
    newest, oldest = writer.get("/api/jobs/").json()["results"]
    assert (newest["kind"], newest["action"], newest["import_url"]) == ("bulk_edit", "delete", None)
    assert (oldest["kind"], oldest["action"], oldest["created_by"]) == ("import", None, "manager")
    assert writer.get(oldest["import_url"]).json()["id"] == oldest["id"]
    assert writer.get(newest["url"]).json() == newest


@pytest.mark.parametrize(
    ("query", "kinds"),
    [("?kind=import", ["import"]), ("?status=pending", ["import"]), ("?status=failed", [])],
)
def test_the_list_is_filtered(
    writer: Client, make_import: MakeImport, query: str, kinds: list[str]
) -> None:
    make_import()
    results = writer.get(f"/api/jobs/{query}").json()["results"]
    assert [job["kind"] for job in results] == kinds


def test_a_job_is_cancelled_and_retried(writer: Client, make_import: MakeImport) -> None:
    path = f"/api/jobs/{make_import().pk}/"
    assert writer.post(f"{path}cancel/").json()["status"] == Status.CANCELLED
    expect_problem(writer.post(f"{path}cancel/"), HTTPStatus.CONFLICT)
    retried = writer.post(f"{path}retry/")
    assert (retried.status_code, retried.json()["status"]) == (HTTPStatus.ACCEPTED, Status.PENDING)
    assert retried["Location"] == f"http://testserver{path}"
    expect_problem(writer.post(f"{path}retry/"), HTTPStatus.CONFLICT)


def test_cancelling_a_job_that_works_waits_for_its_next_step(
    writer: Client, make_import: MakeImport
) -> None:
    found = make_import(status=Status.PROCESSING, lease_token=1)
    Job.objects.filter(pk=found.pk).update(lease_expires_at="2999-01-01T00:00Z")
    response = writer.post(f"/api/jobs/{found.pk}/cancel/")
    assert (response.status_code, response.json()["status"]) == (
        HTTPStatus.ACCEPTED,
        Status.PROCESSING,
    )


@pytest.mark.parametrize("resource", ["jobs", "imports"])
def test_an_import_is_undone_by_a_job(writer: Client, resource: str) -> None:
    job = imported("sku,name\nA,a\nB,b\n")
    response = writer.post(f"/api/{resource}/{job.pk}/undo/")
    assert response.status_code == HTTPStatus.ACCEPTED
    assert response["Location"] == response.json()["url"] != f"/api/jobs/{job.pk}/"
    again = writer.post(f"/api/jobs/{job.pk}/undo/")
    assert "being undone already" in expect_problem(again, HTTPStatus.CONFLICT)["detail"]
    assert Product.objects.live().count() == 2


def test_only_an_import_is_undone_as_one(writer: Client) -> None:
    edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(sku="a"), actor=None)
    expect_problem(writer.post(f"/api/imports/{edit.pk}/undo/"), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("action", ["", "cancel/", "retry/", "undo/"])
def test_a_job_that_is_not_there_is_not_found(writer: Client, action: str) -> None:
    method = writer.post if action else writer.get
    expect_problem(method(f"{NOBODY}{action}"), HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("jobs", [1, 12])
def test_a_list_of_jobs_needs_four_queries(
    writer: Client,
    make_import: MakeImport,
    django_assert_num_queries: DjangoAssertNumQueries,
    jobs: int,
) -> None:
    for _ in range(jobs):
        make_import()
    with django_assert_num_queries(4):  # the key, the count, the page, its bulk edits
        writer.get("/api/jobs/")
