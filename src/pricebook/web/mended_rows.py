"""Rejected rows as the mending page shows them, and as a person sends them back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.http import QueryDict

    from pricebook.imports.mending import Cell, RejectRow, RejectSheet

# Longer texts get a field of several lines.
_SHORT: Final = 80


@dataclass(frozen=True, slots=True)
class MendedCell:
    """A cell with the text that it has by now."""

    cell: Cell
    text: str

    @property
    def place(self) -> int:
        """Return the place of its column."""
        return self.cell.place

    @property
    def is_long(self) -> bool:
        """Say whether a field of one line would hide, or lose, a part of the text."""
        return len(self.cell.text) > _SHORT or len(self.cell.text.splitlines()) > 1


@dataclass(frozen=True, slots=True)
class MendedRow:
    """A row with the texts that it has by now."""

    row: RejectRow
    cells: tuple[MendedCell, ...]
    is_left_out: bool = False

    @property
    def line(self) -> int:
        """Return the line where the row stood in its file."""
        return self.row.line


def rows_of(sheet: RejectSheet) -> list[MendedRow]:
    """Return the rows as they were rejected."""
    return [
        MendedRow(row, tuple(MendedCell(cell, cell.text) for cell in row.cells))
        for row in sheet.rows
    ]


def posted_rows(sheet: RejectSheet, posted: QueryDict) -> list[MendedRow]:
    """Return the rows as a person sends them back; what is not sent is as it was."""
    return [
        replace(
            row,
            cells=tuple(
                replace(cell, text=posted.get(f"cell-{row.line}-{cell.place}", cell.text))
                for cell in row.cells
            ),
            is_left_out=f"out-{row.line}" in posted,
        )
        for row in rows_of(sheet)
    ]
