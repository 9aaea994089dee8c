"""Rejected rows that are mended in a page, and the small import of what became of them (A9)."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast

from pricebook.catalogue.modes import Mode
from pricebook.core.errors import PermanentError
from pricebook.feed.encoding import UTF8
from pricebook.files.receive import receive_file
from pricebook.files.storage import storage
from pricebook.imports.choices import choices_from_json
from pricebook.imports.intake import start_import
from pricebook.imports.options import Options
from pricebook.imports.outlines import outline_of
from pricebook.imports.rejects import REASON_COLUMNS
from pricebook.jobs.models import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pricebook.accounts.models import User
    from pricebook.feed.choices import Choices
    from pricebook.feed.prices import DecimalMark
    from pricebook.imports.models import Import, RejectedRow

# More than these are mended with a program that is made for it, in the downloaded file.
MAX_ROWS: Final = 50
_MAX_BYTES: Final = 500_000
# Characters of a title that a rejected row keeps of its column's.
_MAX_TITLE: Final = 200
# What a form may carry: Django refuses one of more than a thousand fields.
_MAX_CELLS: Final = 900
_ENDINGS: Final = (
    *(".gz", ".zip", ".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson", ".xml"),
    "-mended",
)


class MendingRefused(PermanentError):
    """The rows cannot be taken as they are; `line` says which one is meant, 0 that all are."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a rejected row that can be mended, and what is wrong with it."""

    place: int
    column: str
    """Its column's name; "" beyond the last one."""
    text: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectRow:
    """A rejected row: all its cells as read, those to be mended, and what is wrong as a whole."""

    line: int
    values: tuple[str, ...]
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejectSheet:
    """The rejected rows of an import, few enough for a page."""

    version: str
    """What tells it from the rejects of another reading of the file."""
    header: tuple[str, ...]
    rows: tuple[RejectRow, ...]


def can_mend(record: Import) -> bool:
    """Say whether the rejected rows of an import can be mended in a page."""
    job = record.job
    return (
        job.status == Status.COMPLETED
        and bool(record.rejects_key)
        and (0 < job.failed_rows <= MAX_ROWS)
    )


def read_rejects(record: Import) -> RejectSheet | None:
    """Return the rejected rows of an import; None where they are too many or too large."""
    outline = outline_of(record)
    if not can_mend(record) or outline is None:
        return None
    lines = _read_file(record)
    if len(lines) - 1 != record.job.failed_rows:
        return None
    header = lines[0][: -len(REASON_COLUMNS)]
    names = [column.name for column in outline.columns]
    choices = choices_from_json(record.choices or {})
    read = {*(choices.columns or {}).values(), *choices.key_columns, *record.columns.values()}
    shown = {at for at, name in enumerate(names) if name in read or header[at] in read}
    problems = _problems(record)
    rows = tuple(_row(cells, names, header, shown, problems) for cells in lines[1:])
    if sum(len(row.cells) for row in rows) > _MAX_CELLS:
        return None
    return RejectSheet(_version(record), tuple(header), rows)


def mend(
    *,
    record: Import,
    sheet: RejectSheet,
    texts: Mapping[tuple[int, int], str],
    left_out: Collection[int],
    actor: User | None,
) -> Import:
    """Import the rejected rows anew with other texts, by line and place, but those left out.

    They are read as their file was. Raises MendingRefused.
    """
    rows = [_mended(row, sheet, texts) for row in sheet.rows if row.line not in left_out]
    if not rows:
        message = "Every row is left out, so there is nothing to import."
        raise MendingRefused(0, message)
    text = io.StringIO()
    csv.writer(text).writerows([sheet.header, *rows])
    content = io.BytesIO(text.getvalue().encode())
    file = receive_file(content, name=_name(record.file.name), actor=actor)
    options = Options(mode=Mode(record.mode), choices=_choices(record))
    return start_import(file=file, actor=actor, options=options, mends=record)


def _read_file(record: Import) -> list[list[str]]:
    """Return the lines of the reject file; none where it is gone or too large for a page."""
    try:
        with storage().open(record.rejects_key) as source:
            content = source.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    if len(content) > _MAX_BYTES:
        return []
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=record.delimiter or ","))


def _problems(record: Import) -> dict[int, list[RejectedRow]]:
    """Return what is wrong, by line."""
    found: dict[int, list[RejectedRow]] = defaultdict(list)
    for problem in record.rejected_rows.order_by("line", "id"):
        found[problem.line].append(problem)
    return found


def _row(
    cells: Sequence[str],
    names: Sequence[str],
    header: Sequence[str],
    shown: Collection[int],
    problems: Mapping[int, Sequence[RejectedRow]],
) -> RejectRow:
    """Return a row with the cells that matter; of one that is broken as a whole, with all."""
    *values, line, _, _, message = cells
    mine = problems.get(int(line), ())
    titles = [title[:_MAX_TITLE] for title in header]
    by_place: dict[int, list[str]] = defaultdict(list)
    for problem in mine:
        if problem.column in titles:
            by_place[titles.index(problem.column)].append(problem.message)
    whole = tuple(p.message for p in mine if p.column not in titles) if mine else (message,)
    places = range(len(values)) if whole else sorted({*shown, *by_place})
    return RejectRow(
        line=int(line),
        values=tuple(values),
        cells=tuple(
            Cell(at, names[at] if at < len(names) else "", values[at], tuple(by_place[at]))
            for at in places
        ),
        reasons=whole,
    )


def _mended(row: RejectRow, sheet: RejectSheet, texts: Mapping[tuple[int, int], str]) -> list[str]:
    values = list(row.values)
    for cell in row.cells:
        text = texts.get((row.line, cell.place), cell.text)
        # Browsers write line ends in their own way: that is no change.
        if text.splitlines() != cell.text.splitlines():
            values[cell.place] = text
    if any(value.strip() for value in values[len(sheet.header) :]):
        message = (
            "This row still has more cells than the file has columns. Move their texts to where "
            "they belong, and leave those behind the last column blank."
        )
        raise MendingRefused(row.line, message)
    return values[: len(sheet.header)]


def _choices(record: Import) -> Choices:
    """Return how the file was read, for one that is UTF-8 with commas."""
    return replace(
        choices_from_json(record.choices or {}),
        encoding=UTF8,
        delimiter=",",
        decimal=cast("DecimalMark | None", record.decimal or None),
        # Each row has all its texts already.
        fill_down=False,
    )


def _name(original: str) -> str:
    """Return what the mended rows of a file are called: list.csv.gz → list-mended.csv."""
    name = original
    while name.lower().endswith(_ENDINGS):
        name = name[: name.rindex("-" if name.lower().endswith("-mended") else ".")]
    return f"{name or original}-mended.csv"


def _version(record: Import) -> str:
    return sha256(record.rejects_key.encode()).hexdigest()
