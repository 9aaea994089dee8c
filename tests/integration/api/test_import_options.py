"""What an upload may want of its import: by the form, and by the start of a direct one (A15)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from pricebook.accounts.models import Scope
from pricebook.catalogue.models import Source
from pricebook.catalogue.sources import find_source
from pricebook.feed.choices import Choices
from pricebook.files.local import LocalStorage
from pricebook.files.models import StoredFile
from pricebook.files.tickets import PREFIX, check_ticket
from pricebook.imports.choices import choices_from_json
from pricebook.imports.mappings import save_mapping
from pricebook.imports.models import Import
from pricebook.jobs.models import Job
from pricebook.jobs.runner import run_job
from tests.factories import a_product, book, imported
from tests.integration.api.expect import expect_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.integration.api.conftest import KeyedClient

    Send = Callable[..., Any]

pytestmark = pytest.mark.django_db

CONTENT = b"sku;name\nA-1;Apple\nA-2;Pear\n"
CREATE, START, FORM = "/api/imports/create-upload/", "/api/imports/start/", "/api/uploads/"
JSON = "application/json"


@pytest.fixture
def uploader(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD, Scope.READ)


@pytest.fixture
def writing(keyed: KeyedClient) -> Client:
    return keyed(Scope.UPLOAD, Scope.READ, Scope.WRITE)


def send_form(client: Client, content: bytes = CONTENT, **options: object) -> Any:
    """Upload by the form, whose fields are texts."""
    fields = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in options.items()
    }
    return client.post(FORM, {"file": SimpleUploadedFile("products.csv", content), **fields})


def send_directly(client: Client, content: bytes = CONTENT, **options: object) -> Any:
    """Bring a file to the local storage as its gate does, and start its import."""
    body = {"filename": "products.csv", "size": len(content)}
    upload = client.post(CREATE, body, content_type=JSON).json()
    address = urlsplit(upload["url"])
    ticket = check_ticket(address.path.removeprefix(PREFIX), address.query)
    with LocalStorage(settings.FILES_ROOT).receive(ticket) as stream:
        stream.write(content)
    return client.post(START, {"key": upload["key"], **options}, content_type=JSON)


@pytest.fixture(params=[send_form, send_directly])
def send(request: pytest.FixtureRequest) -> Send:
    """Return one of the two ways in; both take the same."""
    way: Send = request.param
    return way


def run_latest() -> Job:
    """Run the import that was queued last; return how it ended."""
    job = Job.objects.order_by("-queue_number")[0]
    assert run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def test_without_options_an_import_is_as_usual(uploader: Client, send: Send) -> None:
    answer = send(uploader)
    assert answer.status_code == HTTPStatus.CREATED
    shown = answer.json()
    names = (
        "mode",
        "source",
        "deactivate_missing",
        "all_or_nothing",
        "mapping",
        "choices",
        "deactivated_products",
        "mends",
    )
    assert {name: shown[name] for name in names} == {
        "mode": "upsert",
        "source": None,
        "deactivate_missing": False,
        "all_or_nothing": False,
        "mapping": None,
        "choices": None,
        "deactivated_products": 0,
        "mends": None,
    }
    assert not Import.objects.get().preview


def test_every_option_reaches_the_import(uploader: Client, send: Send) -> None:
    find_source("North")
    choices = {"delimiter": ";", "columns": {"sku": "sku", "name": "name"}}
    answer = send(
        uploader,
        preview=True,
        mode="create",
        source=" North ",
        deactivate_missing=True,
        all_or_nothing=True,
        choices=choices,
    )
    assert answer.status_code == HTTPStatus.CREATED
    shown = answer.json()
    record = Import.objects.get()
    assert (record.preview, shown["mode"], shown["source"]) == (True, "create", "North")
    assert (shown["deactivate_missing"], shown["all_or_nothing"]) == (True, True)
    assert record.choices == shown["choices"]
    assert choices_from_json(shown["choices"]) == Choices(
        delimiter=";", columns={"sku": "sku", "name": "name"}
    )


def test_a_saved_mapping_goes_by_its_name(uploader: Client, send: Send) -> None:
    choices = Choices(columns={"sku": "name", "name": "sku"})
    save_mapping(choices=choices, actor=None, name="Turned round")
    answer = send(uploader, mapping="turned round")
    assert answer.json()["mapping"] == "Turned round"
    run_latest()
    assert {sku: row[0] for sku, row in book().items()} == {"Apple": "A-1", "Pear": "A-2"}


def test_the_mode_skips_rows(uploader: Client, send: Send) -> None:
    a_product("A-1", name="Old")
    number = send(uploader, mode="create").json()["id"]
    run_latest()
    shown = uploader.get(f"/api/imports/{number}/").json()
    assert (shown["created_rows"], shown["skipped_rows"]) == (1, 1)


def test_what_is_missing_is_switched_off_and_counted(uploader: Client, send: Send) -> None:
    imported("sku,name\nother,x\n")
    find_source("North")
    send(uploader, source="North")
    run_latest()
    number = send(uploader, b"sku;name\nA-2;Pear\n", source="NORTH", deactivate_missing=True)
    run_latest()
    shown = uploader.get(f"/api/imports/{number.json()['id']}/").json()
    assert (shown["source"], shown["total_rows"], shown["deactivated_products"]) == ("North", 1, 1)
    assert {sku: row[3] for sku, row in book().items()} == {
        "other": True,
        "A-1": False,
        "A-2": True,
    }


def test_a_preview_says_what_is_skipped_and_what_is_missing(uploader: Client, send: Send) -> None:
    find_source("North")
    send(uploader, source="North")
    run_latest()
    options = {"source": "North", "deactivate_missing": True, "mode": "update", "preview": True}
    number = send(uploader, b"sku;name\nA-2;Pear\nA-3;Plum\n", **options).json()["id"]
    run_latest()
    review = uploader.get(f"/api/imports/{number}/status/").json()["review"]
    assert (review["new_rows"], review["changed_rows"], review["unchanged_rows"]) == (0, 0, 1)
    assert (review["skipped_rows"], review["missing_products"]) == (1, 1)
    sample = review["samples"][0]
    assert (sample["line"], sample["sku"]) == (0, "A-1")
    assert [field["field"] for field in sample["fields"]] == ["active"]


def test_who_may_only_upload_makes_no_source(uploader: Client, send: Send) -> None:
    problem = expect_problem(send(uploader, source="Nroth"), HTTPStatus.FORBIDDEN)
    assert problem["detail"] == (
        "There is no source “Nroth” yet. This API key lacks the scope “write”."
    )
    assert not Source.objects.exists()
    assert not Import.objects.exists()
    assert not StoredFile.objects.exists()


def test_who_may_write_makes_a_source(writing: Client, send: Send) -> None:
    assert send(writing, source="North").status_code == HTTPStatus.CREATED
    assert Source.objects.get().name == "North"


def test_who_may_only_upload_names_a_source_that_is_there(uploader: Client, send: Send) -> None:
    north = find_source("North")
    assert send(uploader, source=" NORTH ").status_code == HTTPStatus.CREATED
    assert Import.objects.get().source == north


@pytest.mark.parametrize(
    ("options", "pointer", "code"),
    [
        ({"mode": "replace"}, "#/mode", "invalid_choice"),
        ({"preview": "perhaps"}, "#/preview", "invalid"),
        ({"source": "x" * 101}, "#/source", "max_length"),
        ({"deactivate_missing": True}, "#/source", "refused"),
        ({"deactivate_missing": True, "source": " "}, "#/source", "refused"),
        ({"mapping": "nobody's"}, "#/mapping", "not_found"),
        ({"mapping": "Known", "choices": {}}, "#/mapping", "refused"),
        ({"choices": []}, "#/choices", "invalid"),
        ({"choices": {"colour": "red"}}, "#/choices/colour", "invalid"),
        ({"choices": {"a/b": 1}}, "#/choices/a~1b", "invalid"),
        ({"choices": {"delimiter": "x"}}, "#/choices/delimiter", "invalid"),
        ({"deactivate_mising": True}, "#/deactivate_mising", "unknown"),
    ],
)
def test_a_fault_is_pointed_at_and_nothing_is_taken_in(
    uploader: Client, send: Send, options: dict[str, object], pointer: str, code: str
) -> None:
    save_mapping(choices=Choices(), actor=None, name="Known")
    problem = expect_problem(send(uploader, **options), HTTPStatus.BAD_REQUEST)
    faults = [(fault["pointer"], fault["code"]) for fault in problem["errors"]]
    assert faults == [(pointer, code)]
    assert not StoredFile.objects.exists()
    assert not Import.objects.exists()
    assert not Source.objects.exists()


@pytest.mark.parametrize("said", [{"source": "", "mapping": "", "choices": ""}, {"mode": ""}])
def test_a_blank_field_of_the_form_says_nothing(uploader: Client, said: dict[str, str]) -> None:
    file = SimpleUploadedFile("products.csv", CONTENT)
    shown = uploader.post(FORM, {"file": file, **said}).json()
    options = (shown["mode"], shown["source"], shown["mapping"], shown["choices"])
    assert options == ("upsert", None, None, None)


def test_null_says_nothing(uploader: Client) -> None:
    shown = send_directly(uploader, source=None, mapping=None, choices=None).json()
    assert (shown["source"], shown["mapping"], shown["choices"]) == (None, None, None)


NO_JSON = {
    "pointer": "#/choices",
    "code": "invalid",
    "detail": 'Write the choices as one JSON object, such as {"delimiter": ";"}.',
}


@pytest.mark.parametrize(
    "text", ["{", "{'delimiter': ';'}", '{"source": NaN}', '["\\ud800"]', "[" * 60 + "]" * 60]
)
def test_choices_that_are_no_json_are_refused(uploader: Client, text: str) -> None:
    body = {"file": SimpleUploadedFile("products.csv", CONTENT), "choices": text}
    problem = expect_problem(uploader.post(FORM, body), HTTPStatus.BAD_REQUEST)
    assert problem["errors"] == [NO_JSON]


def test_half_a_character_in_a_form_is_no_json(uploader: Client) -> None:
    parts = {b"choices": b"+2AA-", b'file"; filename="products.csv': CONTENT}
    body = b"".join(
        b'--frontier\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part
        for part in parts.items()
    )
    form = "multipart/form-data; boundary=frontier; charset=utf-7"
    answer = uploader.post(FORM, body + b"--frontier--\r\n", content_type=form)
    assert expect_problem(answer, HTTPStatus.BAD_REQUEST)["errors"] == [NO_JSON]


def test_an_option_stands_in_a_form_once(uploader: Client) -> None:
    file = SimpleUploadedFile("products.csv", CONTENT)
    answer = uploader.post(FORM, {"file": file, "mode": ["create", "update"]})
    assert expect_problem(answer, HTTPStatus.BAD_REQUEST)["errors"] == [
        {"pointer": "#/mode", "code": "several", "detail": "Send mode once, not 2 times."}
    ]


def test_a_list_of_products_is_read_as_it_is_written(writer: Client) -> None:
    """No mapping that is kept for the same header turns the fields round, and no text clears."""
    rows = [{"sku": "A-1", "name": "Apple", "description": "[clear]"}]
    a_product("A-1", description="Round")
    job = writer.post("/api/products/bulk/", rows, content_type=JSON).json()
    run_latest()
    outline = writer.get(f"{job['import_url']}mapping/").json()
    turned = Choices(columns={"sku": "name", "name": "sku"})
    save_mapping(choices=turned, actor=None, fingerprint=outline["fingerprint"])
    rows[0]["name"] = "Pear"
    writer.post("/api/products/bulk/", rows, content_type=JSON)
    run_latest()
    assert {sku: row[:2] for sku, row in book().items()} == {"A-1": ("Pear", "[clear]")}
