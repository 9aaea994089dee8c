"""Following imports, stopping them and fetching what they refused."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from pricebook.accounts.models import Scope
from pricebook.catalogue.sources import find_source
from pricebook.feed.choices import Choices
from pricebook.files.keys import new_key
from pricebook.files.storage import storage
from pricebook.imports.choices import choices_to_json
from pricebook.imports.models import Import, RejectCause, SavedMapping
from pricebook.jobs import progress
from pricebook.jobs.models import Job, Status
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from tests.integration.api.conftest import Address, KeyedClient, MakeImport

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(keyed: KeyedClient) -> Client:
    return keyed(Scope.WRITE)


def test_the_list_begins_with_the_newest(reader: Client, make_import: MakeImport) -> None:
    made = [str(make_import(f"{number}.csv").pk) for number in range(3)]
    page = reader.get("/api/imports/").json()
    assert (page["count"], page["next"], page["previous"]) == (3, None, None)
    assert [row["id"] for row in page["results"]] == made[::-1]


def test_the_list_comes_in_pages(reader: Client, make_import: MakeImport) -> None:
    made = [str(make_import(f"{number}.csv").pk) for number in range(3)]
    first = reader.get("/api/imports/?page_size=2").json()
    second = reader.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert (second["count"], second["next"]) == (3, None)
    assert reader.get(second["previous"]).json() == first


def test_the_list_can_be_narrowed_to_a_status(reader: Client, make_import: MakeImport) -> None:
    make_import()
    failed = make_import(status=Status.FAILED, error="The file has no SKU column.")
    rows = reader.get("/api/imports/?status=failed").json()["results"]
    assert [(row["id"], row["error"]) for row in rows] == [
        (str(failed.pk), "The file has no SKU column.")
    ]


def test_a_status_that_does_not_exist_is_a_problem(reader: Client) -> None:
    problem = expect_problem(reader.get("/api/imports/?status=done"), HTTPStatus.BAD_REQUEST)
    assert problem["errors"][0]["parameter"] == "status"


@pytest.mark.parametrize("imports", [1, 20])
@pytest.mark.parametrize("path", ["/api/imports/", "/api/uploads/"])
def test_the_list_costs_the_same_however_long_it_is(
    reader: Client,
    make_import: MakeImport,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    imports: int,
) -> None:
    for number in range(imports):
        make_import(f"{number}.csv", status=Status.PROCESSING)
    mapping = SavedMapping.objects.create(name="Wholesale")
    said = choices_to_json(Choices(delimiter=";"))
    Import.objects.update(source=find_source("North"), mapping=mapping, choices=said)
    reader.get(path)
    with django_assert_num_queries(3):  # the key, the count, the page
        rows = reader.get(path).json()["results"]
    assert [row["choices"]["delimiter"] for row in rows] == [";"] * imports


def test_one_import_shows_its_live_progress(reader: Client, make_import: MakeImport) -> None:
    made = make_import(status=Status.PROCESSING)
    half_way = replace(
        progress.of_row(made.job),
        phase="merging",
        percent=50.0,
        total_rows=1000,
        processed_rows=500,
        created_rows=500,
        rows_per_second=250.0,
        seconds_left=2.0,
    )
    progress.publish(half_way)
    row = reader.get(f"/api/imports/{made.pk}/").json()
    assert (row["status"], row["phase"], row["percent"]) == ("processing", "merging", 50.0)
    assert (row["total_rows"], row["processed_rows"], row["created_rows"]) == (1000, 500, 500)
    assert (row["rows_per_second"], row["seconds_left"]) == (250.0, 2.0)


def test_an_import_outlives_the_person_who_sent_it(reader: Client, make_import: MakeImport) -> None:
    made = make_import()
    Job.objects.update(actor=None)
    assert reader.get(f"/api/imports/{made.pk}/").json()["created_by"] is None


def test_the_status_adds_the_causes_of_rejections(reader: Client, make_import: MakeImport) -> None:
    made = make_import(status=Status.COMPLETED, total_rows=5, failed_rows=5)
    for column, rows in (("price", 2), ("sku", 3)):
        RejectCause.objects.create(
            parent=made, code="invalid", column=column, message="It is no such thing.", rows=rows
        )
    status = reader.get(f"/api/imports/{made.pk}/status/").json()
    causes = status.pop("causes")
    assert (status.pop("review"), status.pop("forecast")) == (None, None)
    assert status == reader.get(f"/api/imports/{made.pk}/").json()
    assert (status["total_rows"], status["failed_rows"]) == (5, 5)
    assert causes == [
        {"code": "invalid", "column": column, "message": "It is no such thing.", "rows": rows}
        for column, rows in (("sku", 3), ("price", 2))
    ]


def test_a_job_of_another_kind_is_no_import(reader: Client) -> None:
    job = Job.objects.create(kind="delete-all", queue_number=1)
    expect_problem(reader.get(f"/api/imports/{job.pk}/"), HTTPStatus.NOT_FOUND)


def test_a_waiting_import_is_cancelled_at_once(writer: Client, make_import: MakeImport) -> None:
    response = writer.post(f"/api/imports/{make_import().pk}/cancel/")
    assert response.status_code == HTTPStatus.OK
    assert response.json()["status"] == "cancelled"
    assert Job.objects.get().status == Status.CANCELLED


def test_a_working_import_is_asked_to_stop(writer: Client, make_import: MakeImport) -> None:
    made = make_import(status=Status.PROCESSING)
    response = writer.post(f"/api/imports/{made.pk}/cancel/")
    assert response.status_code == HTTPStatus.ACCEPTED
    assert response.json()["status"] == "processing"
    assert Job.objects.get().cancel_requested


@pytest.mark.parametrize(
    ("action", "status"),
    [("cancel", Status.COMPLETED), ("retry", Status.COMPLETED), ("retry", Status.PENDING)],
)
def test_what_a_state_does_not_allow_is_a_conflict(
    writer: Client, make_import: MakeImport, action: str, status: Status
) -> None:
    made = make_import(status=status)
    problem = expect_problem(writer.post(f"/api/imports/{made.pk}/{action}/"), HTTPStatus.CONFLICT)
    assert "errors" not in problem
    assert Job.objects.get().status == status


@pytest.mark.parametrize("action", ["cancel", "retry"])
def test_what_is_no_import_cannot_be_cancelled_or_retried(writer: Client, action: str) -> None:
    job = Job.objects.create(kind="delete-all", queue_number=1)
    expect_problem(writer.post(f"/api/imports/{job.pk}/{action}/"), HTTPStatus.NOT_FOUND)
    assert Job.objects.get().status == Status.PENDING


def test_a_failed_import_waits_again(writer: Client, make_import: MakeImport) -> None:
    made = make_import(status=Status.FAILED, error="The disk is full.")
    response = writer.post(f"/api/imports/{made.pk}/retry/")
    assert response.status_code == HTTPStatus.ACCEPTED
    assert (response.json()["status"], response.json()["error"]) == ("pending", "")


def test_an_import_without_rejections_has_no_reject_file(
    reader: Client, make_import: MakeImport
) -> None:
    made = make_import()
    response = reader.get(f"/api/imports/{made.pk}/rejects.csv")
    expect_problem(response, HTTPStatus.NOT_FOUND)


def test_the_reject_file_is_a_download(
    asgi_server: Address, token: str, make_import: MakeImport
) -> None:
    content = b"sku,name,reason\n" + b"A-1,\xc3\x84pfel,Too long\n" * 50_000
    made = make_import('pr"eis\r\nliste.2024.csv')
    key = new_key()
    with storage().write(key) as target:
        target.write(content)
    Import.objects.filter(pk=made.pk).update(rejects_key=key)
    connection = HTTPConnection(*asgi_server, timeout=10)
    connection.request("GET", f"/api/imports/{made.pk}/rejects.csv", headers={"X-API-Key": token})
    response = connection.getresponse()
    assert response.status == HTTPStatus.OK
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    disposition = r'attachment; filename="pr\"eisliste.2024-rejects.csv"'
    assert response.headers["Content-Disposition"] == disposition
    assert response.read() == content
    connection.close()


def test_an_import_says_whose_rejected_rows_it_mends(
    reader: Client, make_import: MakeImport
) -> None:
    first, second = make_import(), make_import()
    Import.objects.filter(pk=second.pk).update(mends=first)
    assert reader.get(f"/api/imports/{second.pk}/").json()["mends"] == str(first.pk)


def test_an_import_with_rejections_says_where_they_are(
    reader: Client, make_import: MakeImport
) -> None:
    made = make_import()
    Import.objects.filter(pk=made.pk).update(rejects_key=new_key())
    shown = reader.get(f"/api/imports/{made.pk}/").json()["rejects_url"]
    assert shown == f"http://testserver/api/imports/{made.pk}/rejects.csv"


def test_a_reject_file_that_is_gone_is_a_problem(reader: Client, make_import: MakeImport) -> None:
    made = make_import()
    Import.objects.filter(pk=made.pk).update(rejects_key=new_key())
    problem = expect_problem(
        reader.get(f"/api/imports/{made.pk}/rejects.csv"), HTTPStatus.NOT_FOUND
    )
    assert "no longer kept" in problem["detail"]
