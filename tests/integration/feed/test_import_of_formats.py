"""Files of every format go into the book, and the import says how each one was read."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from pricebook.files.storage import storage
from pricebook.imports.models import Import
from tests.factories import a_user, book, counts, imported
from tests.unit.feed.product_samples import (
    as_csv,
    as_json,
    as_json_lines,
    as_xlsx,
    as_xml,
    gzipped,
    zipped,
)

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = ["sku", "name", "price"]
ROWS = [["A-1", "Mug", "1.50"], ["", "No code", "2"], ["B-2", "Größe", ""]]
BOOK = {"A-1": ("Mug", "", Decimal("1.50"), True), "B-2": ("Größe", "", None, True)}


@pytest.mark.parametrize(
    ("data", "described"),
    [
        (as_csv(HEADER, ROWS), ("csv", "", "", "", "utf-8", ",", 1)),
        (gzipped(as_csv(HEADER, ROWS)), ("csv", "gzip", "", "", "utf-8", ",", 1)),
        (
            zipped({"p.jsonl.gz": gzipped(as_json_lines(HEADER, ROWS))}),
            ("jsonl", "gzip in zip", "p.jsonl.gz", "", "utf-8", "", None),
        ),
        (as_json(HEADER, ROWS, indent=1), ("json", "", "", "", "utf-8", "", None)),
        (as_xlsx(HEADER, ROWS), ("xlsx", "", "", "Products", "", "", 1)),
        (as_xml(HEADER, ROWS), ("xml", "", "", "", "utf-8", "", None)),
    ],
)
def test_a_file_of_any_format_is_imported_and_described(
    data: bytes, described: tuple[object, ...]
) -> None:
    job = imported(data, "products.bin")
    assert counts(job) == {"total": 3, "created": 2, "failed": 1}
    assert book() == BOOK
    record = Import.objects.get(pk=job.id)
    assert described == (
        *(record.format, record.packed_in, record.member, record.sheet),
        *(record.encoding, record.delimiter, record.header_line),
    )
    assert record.file.size == len(data)
    assert imported(data).unchanged_rows == 2


def test_the_rejects_of_a_workbook_are_csv_that_can_be_mended() -> None:
    job = imported(as_xlsx(HEADER, ROWS))
    with storage().open(Import.objects.get(pk=job.id).rejects_key) as stream:
        rejects = stream.read(100_000).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(rejects))
    assert header[:4] == [*HEADER, "error_line"]
    assert row[:4] == ["", "No code", "2", "3"]
    assert counts(imported(rejects.replace(",No code", "C-3,No code"))) == {
        "total": 1,
        "created": 1,
    }


def test_a_damaged_archive_imports_nothing_and_leaves_no_copy(settings: Settings) -> None:
    for data in (gzipped(as_csv(HEADER, ROWS))[:-4], zipped({"p.csv": as_csv(HEADER, ROWS)})[:-4]):
        job = imported(data)
        assert job.status == "failed"
        assert "archive" in job.error
    assert book() == {}
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*.xlsx")) == []


def test_the_imports_page_says_how_the_file_was_read(client: Client) -> None:
    client.force_login(a_user())
    job = imported(zipped({"list/p.xlsx": as_xlsx(HEADER, ROWS)}))
    page = client.get(reverse("import", args=[job.id])).content.decode()
    assert "<dt>Format</dt><dd>Excel workbook, packed as zip</dd>" in page
    assert "<dt>File inside</dt><dd>list/p.xlsx</dd>" in page
    assert "<dt>Sheet</dt><dd>Products</dd>" in page
    assert "<dt>Header</dt><dd>row 1</dd>" in page


def test_names_from_inside_a_file_are_kept_as_text() -> None:
    name = "<b>\u202e" + "x" * 400
    job = imported(zipped({name: as_csv(HEADER, ROWS)}), "p.zip")
    assert Import.objects.get(pk=job.id).member == name[:300]
