"""What is wrong with the rows of a batch, gathered column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pricebook.feed.records import MAX_SHOWN, CellFault, Problem

_Meaning = TypeVar("_Meaning")


class Problems:
    """Gather the problems of rows by the rows' indexes."""

    def __init__(self) -> None:
        self.of_rows: dict[int, list[Problem]] = {}

    def add(self, row: int, title: str | None, fault: CellFault, value: object) -> None:
        """Note what is wrong with a value of a row; `title` is the key that it stands under."""
        shown = str(value) if isinstance(value, str | int | float) else ""
        problem = Problem.of(title, fault.code, fault.message, shown[:MAX_SHOWN])
        self.of_rows.setdefault(row, []).append(problem)

    def taken_from(
        self, found: Iterable[_Meaning | CellFault], title: str, values: Sequence[object]
    ) -> list[_Meaning | None]:
        """Return what was found for each row; a fault becomes a problem and None."""
        sound: list[_Meaning | None] = []
        for row, each in enumerate(found):
            if isinstance(each, CellFault):
                self.add(row, title, each, values[row])
                sound.append(None)
            else:
                sound.append(each)
        return sound
