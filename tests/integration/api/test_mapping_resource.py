"""How the file of an import is read: shown, changed, kept for other files (A10)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from pricebook.accounts.models import Scope
from pricebook.imports.intake import start_import
from pricebook.imports.models import Import, SavedMapping
from pricebook.imports.options import Options
from pricebook.jobs.models import Job, Status
from pricebook.jobs.runner import run_job
from tests.factories import a_file, book
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from uuid import UUID

    from django.test import Client

    from tests.integration.api.conftest import KeyedClient

pytestmark = pytest.mark.django_db

JSON = "application/json"
MAPPINGS = "/api/mappings/"
# No word of this header says what its columns hold.
UNKNOWN = "Kennung;Was;Wieviel\nA-1;Apfel;1,20\nB-2;Birne;2,00\n"
COLUMNS = {"sku": "Kennung", "name": "Was", "price": "Wieviel"}
ABSENT = "00000000-0000-4000-8000-000000000000"
AS_FOUND_OUT: dict[str, Any] = {
    "encoding": "",
    "delimiter": "",
    "decimal": None,
    "minor_units": False,
    "currency": "",
    "preset": "",
    "columns": None,
    "inverted": None,
    "attributes": [],
    "defaults": {},
    "key_columns": [],
    "fill_down": False,
    "clear_token": "[clear]",
}


def run(content: str, options: Options | None = None) -> UUID:
    """Import the content here and now; return the number of the import."""
    record = start_import(file=a_file(content), actor=None, options=options or Options())
    assert run_job(record.pk)
    number: UUID = record.pk
    return number


def mapping_of(number: object) -> str:
    return f"/api/imports/{number}/mapping/"


def remap(client: Client, number: object, **body: object) -> Any:
    return client.post(mapping_of(number), body, content_type=JSON)


class TestReading:
    def test_it_shows_the_columns_with_samples_and_how_they_were_read(self, reader: Client) -> None:
        number = run("sku,title,colour\nA-1,Apple,red\nB-2,Banana,red\n")
        shown = reader.get(mapping_of(number)).json()
        assert len(shown.pop("fingerprint")) == 64
        assert shown == {
            "preset": "",
            "columns": [
                {"name": "sku", "samples": ["A-1", "B-2"]},
                {"name": "title", "samples": ["Apple", "Banana"]},
                {"name": "colour", "samples": ["red"]},
            ],
            "choices": {
                **AS_FOUND_OUT,
                "preset": "none",
                "columns": {"sku": "sku", "name": "title"},
                "inverted": False,
            },
        }

    def test_a_file_whose_columns_were_not_understood_has_one_too(self, reader: Client) -> None:
        number = run(UNKNOWN)
        assert Job.objects.get().status == Status.FAILED
        shown = reader.get(mapping_of(number)).json()
        assert [column["name"] for column in shown["columns"]] == ["Kennung", "Was", "Wieviel"]

    def test_before_the_head_was_read_there_is_none(self, reader: Client) -> None:
        record = start_import(file=a_file(UNKNOWN), actor=None)
        problem = expect_problem(reader.get(mapping_of(record.pk)), HTTPStatus.NOT_FOUND)
        assert problem["detail"] == (
            f"The head of the file of the import {record.pk} has not been read yet."
        )


class TestReadingAgain:
    def test_a_failed_import_is_read_by_the_choices_and_waits(self, writer: Client) -> None:
        number = run(UNKNOWN)
        answer = remap(writer, number, choices={"columns": COLUMNS})
        assert answer.status_code == HTTPStatus.ACCEPTED
        assert answer["Location"] == f"http://testserver/api/imports/{number}/"
        shown = answer.json()
        assert (shown["id"], shown["status"]) == (str(number), "pending")
        assert shown["choices"] == {**AS_FOUND_OUT, "columns": COLUMNS}
        assert run_job(number)
        assert Job.objects.get().status == Status.NEEDS_REVIEW
        writer.post(f"/api/imports/{number}/approve/", content_type=JSON)
        assert run_job(number)
        assert {sku: (row[0], str(row[2])) for sku, row in book().items()} == {
            "A-1": ("Apfel", "1.2000"),
            "B-2": ("Birne", "2.0000"),
        }

    def test_of_one_that_changed_the_book_the_file_is_imported_anew(self, writer: Client) -> None:
        number = run("sku,name,price\nA-1,Apple,120\n")
        answer = remap(writer, number, choices={"minor_units": True})
        again = answer.json()["id"]
        assert again != str(number)
        assert answer["Location"] == f"http://testserver/api/imports/{again}/"
        assert Import.objects.get(pk=again).file_id == Import.objects.get(pk=number).file_id
        assert Job.objects.get(pk=number).status == Status.COMPLETED

    def test_it_is_remembered_for_the_header_and_by_a_name(self, writer: Client) -> None:
        number = run(UNKNOWN)
        answer = remap(
            writer, number, choices={"columns": COLUMNS}, remember=True, name=" Großhandel "
        )
        assert answer.json()["mapping"] == "Großhandel"
        saved = SavedMapping.objects.get()
        fingerprint = writer.get(mapping_of(number)).json()["fingerprint"]
        assert (saved.name, saved.fingerprint) == ("Großhandel", fingerprint)
        writer.post(f"/api/imports/{number}/cancel/")
        other = run(UNKNOWN)
        shown = writer.get(f"/api/imports/{other}/").json()
        assert (shown["status"], shown["mapping"]) == ("completed", "Großhandel")
        assert shown["choices"]["columns"] == COLUMNS

    def test_without_being_asked_nothing_is_remembered(self, writer: Client) -> None:
        remap(writer, run(UNKNOWN), choices={"columns": COLUMNS})
        assert not SavedMapping.objects.exists()

    def test_one_that_is_under_way_is_a_conflict(self, writer: Client) -> None:
        record = start_import(file=a_file(UNKNOWN), actor=None)
        problem = expect_problem(remap(writer, record.pk, choices={}), HTTPStatus.CONFLICT)
        assert problem["detail"] == (
            "The import is under way. Cancel it first, or wait for its end."
        )

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "#/choices", "required"),
            ({"choices": None}, "#/choices", "null"),
            ({"choices": []}, "#/choices", "invalid"),
            ({"choices": {"colour": "red"}}, "#/choices/colour", "invalid"),
            ({"choices": {"encoding": "klingon"}}, "#/choices/encoding", "invalid"),
            ({"choices": {"columns": {"colour": "Was"}}}, "#/choices/columns", "invalid"),
            ({"choices": {}, "name": "x" * 101}, "#/name", "max_length"),
            ({"choices": {}, "forget": True}, "#/forget", "unknown"),
        ],
    )
    def test_a_fault_is_pointed_at(
        self, writer: Client, body: dict[str, object], pointer: str, code: str
    ) -> None:
        number = run(UNKNOWN)
        problem = expect_problem(remap(writer, number, **body), HTTPStatus.BAD_REQUEST)
        faults = [(fault["pointer"], fault["code"]) for fault in problem["errors"]]
        assert faults == [(pointer, code)]
        assert Job.objects.get().status == Status.FAILED

    def test_an_import_that_is_not_there_is_not_found(self, writer: Client) -> None:
        expect_problem(remap(writer, ABSENT, choices={}), HTTPStatus.NOT_FOUND)

    def test_only_who_may_write_chooses(self, keyed: KeyedClient) -> None:
        client = keyed(Scope.READ, Scope.UPLOAD)
        expect_problem(remap(client, run(UNKNOWN), choices={}), HTTPStatus.FORBIDDEN)


def made(client: Client, name: str, **choices: object) -> dict[str, Any]:
    """Save a mapping and return it."""
    answer = client.post(MAPPINGS, {"name": name, "choices": choices}, content_type=JSON)
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    created: dict[str, Any] = answer.json()
    assert answer["Location"] == f"http://testserver{MAPPINGS}{created['id']}/"
    return created


class TestSaved:
    def test_a_mapping_is_saved_under_a_name(self, writer: Client) -> None:
        saved = made(writer, " Wholesale ", delimiter=";", columns={"sku": "No."})
        assert saved == {
            "id": SavedMapping.objects.get().pk,
            "name": "Wholesale",
            "fingerprint": "",
            "choices": {**AS_FOUND_OUT, "delimiter": ";", "columns": {"sku": "No."}},
            "created_by": "manager",
            "created_at": saved["created_at"],
            "updated_at": saved["updated_at"],
            "used_at": None,
        }
        assert writer.get(f"{MAPPINGS}{saved['id']}/").json() == saved

    def test_the_list_is_sorted_and_searched_by_name(self, writer: Client) -> None:
        for name in ("Wholesale", "Harbour", "Sale"):
            made(writer, name)
        SavedMapping.objects.create(fingerprint="f" * 64)

        def names(query: str = "") -> list[str]:
            page = writer.get(MAPPINGS + query).json()
            assert page["count"] == len(page["results"])
            return [each["name"] for each in page["results"]]

        assert names() == ["", "Harbour", "Sale", "Wholesale"]
        assert names("?name=SALE") == ["Sale", "Wholesale"]
        expect_problem(writer.get(f"{MAPPINGS}?colour=red"), HTTPStatus.BAD_REQUEST)

    def test_a_name_is_there_once_whatever_its_case(self, writer: Client) -> None:
        first, second = made(writer, "Wholesale"), made(writer, "Harbour")
        body = {"name": "WHOLESALE", "choices": {}}
        answers = [
            writer.post(MAPPINGS, body, content_type=JSON),
            writer.put(f"{MAPPINGS}{second['id']}/", body, content_type=JSON),
            writer.patch(f"{MAPPINGS}{second['id']}/", {"name": "wholesale"}, content_type=JSON),
        ]
        details = [expect_problem(each, HTTPStatus.CONFLICT)["detail"] for each in answers]
        assert details == [
            "There is a mapping “WHOLESALE” already.",
            "There is a mapping “WHOLESALE” already.",
            "There is a mapping “wholesale” already.",
        ]
        page = writer.get(MAPPINGS).json()
        assert page["results"] == [second, first]

    def test_it_is_renamed_alone_and_replaced_as_a_whole(self, writer: Client) -> None:
        saved = made(writer, "Wholesale", delimiter=";")
        address = f"{MAPPINGS}{saved['id']}/"
        renamed = writer.patch(address, {"name": "Harbour"}, content_type=JSON).json()
        assert (renamed["name"], renamed["choices"]) == ("Harbour", saved["choices"])
        assert renamed["updated_at"] > saved["updated_at"]
        body = {"name": "Pier", "choices": {"decimal": ","}}
        replaced = writer.put(address, body, content_type=JSON).json()
        assert (replaced["name"], replaced["choices"]) == ("Pier", {**AS_FOUND_OUT, "decimal": ","})
        rechosen = writer.patch(address, {"choices": {}}, content_type=JSON).json()
        assert (rechosen["name"], rechosen["choices"]) == ("Pier", AS_FOUND_OUT)

    def test_a_whole_one_has_a_name_and_choices(self, writer: Client) -> None:
        answers = [
            writer.post(MAPPINGS, {}, content_type=JSON),
            writer.put(f"{MAPPINGS}{made(writer, 'x')['id']}/", {}, content_type=JSON),
        ]
        for answer in answers:
            problem = expect_problem(answer, HTTPStatus.BAD_REQUEST)
            assert [fault["pointer"] for fault in problem["errors"]] == ["#/name", "#/choices"]

    def test_only_one_that_is_remembered_for_a_header_goes_without_a_name(
        self, writer: Client
    ) -> None:
        named = made(writer, "Wholesale")
        remembered = SavedMapping.objects.create(name="Harbour", fingerprint="f" * 64)
        answer = writer.patch(f"{MAPPINGS}{named['id']}/", {"name": " "}, content_type=JSON)
        assert expect_problem(answer, HTTPStatus.BAD_REQUEST)["errors"] == [
            {
                "pointer": "#/name",
                "code": "blank",
                "detail": "A mapping that is not remembered for a header needs a name.",
            }
        ]
        answer = writer.patch(f"{MAPPINGS}{remembered.pk}/", {"name": ""}, content_type=JSON)
        assert (answer.status_code, answer.json()["name"]) == (HTTPStatus.OK, "")

    def test_imports_outlive_the_mapping_that_they_used(self, writer: Client) -> None:
        saved = made(writer, "Wholesale", columns=COLUMNS)
        number = run(UNKNOWN, Options(mapping="wholesale"))
        shown = writer.get(f"/api/imports/{number}/").json()
        assert (shown["status"], shown["mapping"]) == ("completed", "Wholesale")
        assert writer.get(f"{MAPPINGS}{saved['id']}/").json()["used_at"] is not None
        answer = writer.delete(f"{MAPPINGS}{saved['id']}/")
        assert (answer.status_code, answer.content) == (HTTPStatus.NO_CONTENT, b"")
        expect_problem(writer.delete(f"{MAPPINGS}{saved['id']}/"), HTTPStatus.NOT_FOUND)
        after = writer.get(f"/api/imports/{number}/").json()
        assert after == {**shown, "mapping": None}

    def test_a_mapping_outlives_who_made_it(self, writer: Client) -> None:
        saved = made(writer, "Wholesale")
        SavedMapping.objects.update(created_by=None)
        assert writer.get(f"{MAPPINGS}{saved['id']}/").json()["created_by"] is None

    def test_only_who_may_write_changes_one(self, writer: Client, reader: Client) -> None:
        address = f"{MAPPINGS}{made(writer, 'Wholesale')['id']}/"
        body = {"name": "y", "choices": {}}
        for answer in (
            reader.post(MAPPINGS, body, content_type=JSON),
            reader.put(address, body, content_type=JSON),
            reader.patch(address, body, content_type=JSON),
            reader.delete(address),
        ):
            expect_problem(answer, HTTPStatus.FORBIDDEN)
