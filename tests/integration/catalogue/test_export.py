"""Products as files, and those files imported again: nothing changes (B5)."""

from __future__ import annotations

import io
import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from pricebook.catalogue import export
from pricebook.catalogue.edits import InvalidProductError, Value, values_of
from pricebook.catalogue.export import ExportFormat, ExportRefusedError, export_products
from pricebook.catalogue.fields import NAMES
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import create_product, delete_product
from pricebook.changes.models import Change, ChangeSet
from pricebook.feed.escapes import unescape_cell
from tests.depth import examples
from tests.factories import a_product, counts, imported

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings

BLANK: dict[str, Value] = {
    **dict.fromkeys(NAMES, ""),
    "price": None,
    "active": True,
    "attributes": {},
}


@pytest.fixture(autouse=True)
def files_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    return tmp_path


def exported(kind: ExportFormat, chosen: ProductFilter | None = None) -> bytes:
    products = Product.objects.live().matching(chosen or ProductFilter()).order_by("sku_key")
    return b"".join(export_products(products, kind))


def csv_lines() -> list[str]:
    return exported(ExportFormat.CSV).removeprefix(BOM_UTF8).decode().splitlines()[1:]


def json_lines(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.removesuffix(b"\n").split(b"\n"):
        row = json.loads(line)
        yield {**row, "price": None if row["price"] is None else Decimal(row["price"])}


def workbook_rows(content: bytes) -> Iterator[dict[str, Any]]:
    """Read a workbook as the guide says; blank cells are blank values."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    for cells in rows:
        row: dict[str, Any] = dict(zip(map(str, header), cells, strict=True))
        price, attributes = row["price"], row["attributes"]
        texts = {name: unescape_cell(cell) for name, cell in row.items() if isinstance(cell, str)}
        yield {
            **row,
            **texts,
            "price": None if price == "" else Decimal(repr(price)),
            "attributes": json.loads(attributes) if attributes else {},
        }


@pytest.mark.django_db
class TestCsv:
    def test_every_field_under_its_name(self) -> None:
        create_product(
            values={
                "sku": "A-1",
                "name": 'An "apple", red',
                "description": "two\nlines",
                "price": Decimal("12.50"),
                "currency": "EUR",
                "active": False,
                "brand": "Orchard",
                "gtin": "4006381333931",
                "category": "Fruit > Apples",
                "image_url": "https://example.com/a.jpg",
                "url": "https://example.com/a",
                "unit_size": "1 kg",
                "attributes": {"colour": "rød"},
            },
            actor=None,
        )
        assert (
            exported(ExportFormat.CSV)
            == (
                "\ufeffsku,name,description,price,currency,active,brand,gtin,category,image_url,url,"
                "unit_size,attributes\n"
                'A-1,"An ""apple"", red","two\nlines",12.5,EUR,false,Orchard,4006381333931,'
                "Fruit > Apples,https://example.com/a.jpg,https://example.com/a,1 kg,"
                '"{""colour"": ""rød""}"\n'
            ).encode()
        )

    def test_blanks_are_nothing(self) -> None:
        a_product("A-1")
        assert csv_lines() == ["A-1,,,,,true,,,,,,,"]

    def test_an_empty_book_is_a_header(self) -> None:
        assert exported(ExportFormat.CSV) == BOM_UTF8 + ",".join(NAMES).encode() + b"\n"

    def test_no_ids_at_all_are_a_header_too(self) -> None:
        a_product("A-1")
        none = ProductFilter(ids=())
        assert exported(ExportFormat.CSV, none) == BOM_UTF8 + ",".join(NAMES).encode() + b"\n"
        assert exported(ExportFormat.JSONL, none) == b""

    def test_the_filter_and_the_order_of_the_list_count_and_tombstones_do_not(self) -> None:
        for sku, price in (("A", 3), ("B", 1), ("C", 2), ("D", 9)):
            a_product(sku, price=Decimal(price))
        gone = a_product("E", price=Decimal(2))
        delete_product(product_id=gone.pk, actor=None)
        chosen = ProductFilter(price_max=Decimal(3))
        products = Product.objects.live().matching(chosen).order_by("-price")
        content = b"".join(export_products(products, ExportFormat.CSV)).decode()
        assert [line.split(",")[0] for line in content.splitlines()[1:]] == ["A", "C", "B"]

    def test_blocks_end_with_lines_and_are_no_larger_than_they_need_be(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(export, "_BLOCK", 50)
        for number in range(10):
            a_product(f"A-{number}", name="x" * 10)
        _, *blocks = export_products(Product.objects.order_by("sku_key"), ExportFormat.CSV)
        assert len(blocks) == 5
        assert all(block.endswith(b"\n") for block in blocks)


@pytest.mark.django_db
class TestJsonLines:
    def test_every_field_under_its_name_and_money_as_text(self) -> None:
        a_product(
            "A-1",
            name='"\\n" \u2028',
            price=Decimal("0.0100"),
            attributes={"b": [1, None, 2.5], "a": "\\"},
        )
        (line,) = exported(ExportFormat.JSONL).decode().strip("\n").split("\n")
        assert json.loads(line) == {
            **BLANK,
            "sku": "A-1",
            "name": '"\\n" \u2028',
            "price": "0.01",
            "attributes": {"b": [1, None, 2.5], "a": "\\"},
        }
        assert list(json.loads(line)) == list(NAMES)


@pytest.mark.django_db
class TestWorkbook:
    def test_prices_are_numbers_and_skus_are_texts(self) -> None:
        a_product("0012", gtin="04006381333931", price=Decimal("12.50"), name="=1+1")
        sheet = CalamineWorkbook.from_filelike(
            io.BytesIO(exported(ExportFormat.XLSX))
        ).get_sheet_by_index(0)
        header, row = sheet.to_python()
        assert header == list(NAMES)
        assert row[:4] == ["0012", "=1+1", "", 12.5]
        assert row[5:8] == [True, "", "04006381333931"]

    def test_more_rows_than_a_sheet_has_are_refused_before_anything_is_written(
        self, monkeypatch: pytest.MonkeyPatch, files_folder: Path
    ) -> None:
        monkeypatch.setattr(export, "MAX_SHEET_ROWS", 2)
        for sku in "ABC":
            a_product(sku)
        with pytest.raises(ExportRefusedError, match="A sheet of a workbook has room for 2 prod"):
            exported(ExportFormat.XLSX)
        assert list(files_folder.iterdir()) == []
        assert len(list(workbook_rows(exported(ExportFormat.XLSX, ProductFilter(sku="A"))))) == 1

    def test_a_text_that_no_cell_holds_is_refused_by_the_name_of_its_product(
        self, files_folder: Path
    ) -> None:
        a_product("A-1", description="x" * 40_000)
        with pytest.raises(ExportRefusedError, match="The description of A-1 has 40,000 char"):
            exported(ExportFormat.XLSX)
        assert list(files_folder.iterdir()) == []

    def test_nothing_stays_on_the_disk(self, files_folder: Path) -> None:
        a_product("A-1")
        exported(ExportFormat.XLSX)
        assert list(files_folder.iterdir()) == []


PIECES = ["a", "Z9", "é", "€", '"', "'", ",", ";", "\t", "|", "\n", "\r\n", "\r", " ", "\\"]
PIECES += ["=", "+", "-", "@", "＝", "＠", "\\N", "\\.", "😀", "\u202e", "\u200b", "\x01", "\u2028"]
PIECES += [
    "sku",
    "name",
    "price",
    "sep=;",
    "%s",
    "%",
    "{",
    "\x7f",
    "\x85",
    "\ufeff",
    "1.234",
    "0012",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
PRODUCTS = st.fixed_dictionaries(
    {
        "sku": TEXTS,
        "name": TEXTS,
        "description": TEXTS,
        "price": st.none()
        | st.decimals(min_value=0, max_value=Decimal("9999999999.9999"), places=4),
        "currency": st.sampled_from(["", "EUR", "usd"]),
        "active": st.booleans(),
        "brand": TEXTS,
        "gtin": st.sampled_from(["", "4006381333931", "'123", "4.00638E+12", "=1", "00012345"]),
        "category": TEXTS,
        "image_url": st.sampled_from(["", "https://example.com/a,b|c;d?e=\"f'g"]),
        "url": st.sampled_from(["", "http://example.com/ä%20=1"]),
        "unit_size": TEXTS,
        "attributes": st.dictionaries(TEXTS, SCALARS | st.lists(SCALARS, max_size=3), max_size=3),
    }
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ExportFormat)
@pytest.mark.parametrize("name", ["'=1+1", "''-x", "=1+1", "'quoted'"])
def test_an_apostrophe_before_what_looks_like_a_formula_comes_back(
    kind: ExportFormat, name: str
) -> None:
    create_product(values={"sku": "A-1", "name": name}, actor=None)
    assert counts(imported(exported(kind))) == {"total": 1, "unchanged": 1}


@pytest.mark.django_db(transaction=True)
@given(rows=st.lists(PRODUCTS, min_size=1, max_size=6))
@settings(
    max_examples=examples(15),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_an_export_imported_again_changes_nothing(rows: list[dict[str, Value]]) -> None:
    fill_book(rows)
    book = the_book()
    event(f"{len(book)} products")
    if not book:
        return
    files = {kind: exported(kind) for kind in ExportFormat}
    sets = ChangeSet.objects.count()
    for content in files.values():
        assert counts(imported(content)) == {"total": len(book), "unchanged": len(book)}
    assert ChangeSet.objects.count() == sets

    assert by_sku(json_lines(files[ExportFormat.JSONL])) == book
    assert by_sku(workbook_rows(files[ExportFormat.XLSX])) == book

    for content in files.values():
        Product.objects.all().delete()
        assert counts(imported(content)) == {"total": len(book), "created": len(book)}
        assert the_book() == book


def fill_book(rows: list[dict[str, Value]]) -> None:
    for model in (Product, Change, ChangeSet):
        model.objects.all().delete()
    for row in rows:
        try:
            create_product(values=row, actor=None)
        except InvalidProductError:
            event("refused")


def the_book() -> dict[str, dict[str, Value]]:
    return by_sku(values_of(product) for product in Product.objects.live())


def by_sku(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["sku"]: row for row in rows}
