"""Products as files that come back unchanged (B5): CSV, JSON lines, XLSX; constant memory.

The columns are those of `fields.NAMES`, under these names. PostgreSQL writes CSV and JSON itself:
one COPY, one snapshot of the book, and no Python for the single row.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.utils import timezone

from pricebook.catalogue.fields import FIELDS, NAMES, Field
from pricebook.core.db import lift_time_limit
from pricebook.core.errors import PermanentError
from pricebook.feed.errors import FeedError
from pricebook.feed.escapes import FORMULA, keep_cell
from pricebook.feed.write import MAX_SHEET_ROWS, Cell, write_workbook

if TYPE_CHECKING:
    from pricebook.catalogue.queries import ProductQuerySet

_BLOCK: Final = 1 << 18
_CONTENT_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Two decimals, and more only where there are more.
_NUMBER_FORMATS: Final = {"price": "0.00##"}


class ExportFormat(models.TextChoices):
    """The kinds of files that there are."""

    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON lines"
    XLSX = "xlsx", "Excel"

    @property
    def content_type(self) -> str:
        """Return the media type."""
        return _CONTENT_TYPES[self.value]

    @property
    def file_name(self) -> str:
        """Return what today's file is called."""
        return f"products-{timezone.now():%Y-%m-%d}.{self.value}"


class ExportRefusedError(PermanentError):
    """The products do not fit into such a file; the text says why."""


def export_products(products: ProductQuerySet, kind: ExportFormat) -> Generator[bytes]:
    """Return the blocks of a file of these products, in their order.

    CSV and JSON lines are read from the database while they are taken; a workbook is written
    before this returns. Raises ExportRefusedError for what no workbook holds.
    """
    return _EXPORTS[kind](products)


def _csv(products: ProductQuerySet) -> Generator[bytes]:
    """Write CSV (RFC 4180) in UTF-8, with the mark without which Excel takes it for cp1252."""
    yield BOM_UTF8 + ",".join(NAMES).encode() + b"\n"
    yield from _copied(_CSV, products, [FORMULA] * _CSV.count("%s"))


def _json_lines(products: ProductQuerySet) -> Generator[bytes]:
    """Write one JSON object a line (RFC 8259); money is a string, so that nobody rounds it."""
    yield from _copied(_JSON_LINES, products, [])


def _workbook(products: ProductQuerySet) -> Generator[bytes]:
    """Write a workbook from what a cursor of the server hands over, then read it away."""
    if products.order_by()[: MAX_SHEET_ROWS + 1].count() > MAX_SHEET_ROWS:
        message = (
            f"A sheet of a workbook has room for {MAX_SHEET_ROWS:,} products, and these are more. "
            "Take CSV or JSON lines, or filter."
        )
        raise ExportRefusedError(message)
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx") as draft:
        try:
            # Outside a transaction the server would lay all the rows by before it hands any over.
            with transaction.atomic(), closing(_rows(products)) as rows:
                write_workbook(draft.name, NAMES, rows, number_formats=_NUMBER_FORMATS)
        except FeedError as error:
            raise ExportRefusedError(str(error)) from None
        # The name may go: the file stays for as long as it is open.
        return _blocks_of(Path(draft.name).open("rb"))


def _blocks_of(source: BinaryIO) -> Generator[bytes]:
    with source:
        while block := source.read(_BLOCK):
            yield block


def _rows(products: ProductQuerySet) -> Generator[list[Cell]]:
    for row in products.values_list(*NAMES).iterator(chunk_size=2000):
        yield [_cell(value) for value in row]


def _cell(value: object) -> Cell:
    """Return a value as a workbook holds it; a blank is no cell.

    Its texts are never calculated, so none needs an apostrophe; one that looks as if it had one
    gets another, because it loses one when it comes back.
    """
    if isinstance(value, Decimal):
        # A price has 14 digits at most: of 15 a double gives back the same ones (IEEE 754).
        return float(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None
    assert value is None or isinstance(value, str | bool)  # noqa: S101 (for mypy)
    return (keep_cell(value) or None) if isinstance(value, str) else value


def _copied(template: str, products: ProductQuerySet, parameters: list[str]) -> Iterator[bytes]:
    """Yield what a COPY of the products sends, some 256 KiB at a time."""
    try:
        select, chosen = products.values_list(*NAMES).query.sql_with_params()
    except EmptyResultSet:
        # Nothing can meet the filter, such as no ids at all.
        return
    statement = template.replace("__products__", select)
    # The time that the reader takes would count. The connection is the download's own.
    lift_time_limit()
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement, [*parameters, *chosen]) as copy,
    ):
        block = bytearray()
        for row in copy:
            block += row
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
        if block:
            yield bytes(block)


def _csv_column(field: Field) -> str:
    """Return SQL of a column for spreadsheets: a blank is nothing, and no text is calculated."""
    name = field.name
    if name == "attributes":
        return f"NULLIF({name}, '{{}}')::text"
    if name in {"price", "active"}:
        return f"({field.ledger(name)})::text"
    return f"CASE WHEN {name} ~ %s THEN concat('''', {name}) ELSE NULLIF({name}, '') END"


_CSV = f"""
    COPY (SELECT {", ".join(map(_csv_column, FIELDS))} FROM (__products__) p)
    TO STDOUT (FORMAT csv)
"""  # noqa: S608 (made of a list of fields)
# JSON text holds no control characters: with two of them as its marks COPY quotes nothing.
_JSON_LINES = f"""
    COPY (
        SELECT row_to_json(p) FROM (
            SELECT {", ".join(f"{field.ledger(field.name)} AS {field.name}" for field in FIELDS)}
            FROM (__products__) p
        ) p
    ) TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')
"""  # noqa: S608 (made of a list of fields)
_EXPORTS: Final[dict[ExportFormat, Callable[[ProductQuerySet], Generator[bytes]]]] = {
    ExportFormat.CSV: _csv,
    ExportFormat.JSONL: _json_lines,
    ExportFormat.XLSX: _workbook,
}
