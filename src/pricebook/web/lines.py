"""Rows of a query with what a list says of each besides: read page by page, dressed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property

Row = TypeVar("Row", bound=Model)
Line = TypeVar("Line")

# Nobody turns further, and to count further takes long.
COUNTED_TO = 10_000


class Lines(Sequence[Line], Generic[Row, Line]):
    """The lines of a query's first COUNTED_TO rows; `dress` makes lines of the rows of a page."""

    def __init__(
        self, found: QuerySet[Row], dress: Callable[[Sequence[Row]], Sequence[Line]]
    ) -> None:
        self._found = found
        self._dress = dress

    @cached_property
    def size(self) -> int:
        """Return how many rows there are, or COUNTED_TO + 1 for more."""
        return self._found.order_by()[: COUNTED_TO + 1].count()

    def __len__(self) -> int:
        return min(self.size, COUNTED_TO)

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...
    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        """Return the lines of a page, or one line."""
        if isinstance(at, slice):
            return self._dress(list(self._found[at]))
        return self._dress([self._found[at]])[0]


if TYPE_CHECKING:
    # Of lines of any kind: only templates turn the pages.
    _Pages = Paginator[Any]
else:
    _Pages = Paginator


class LinePaginator(_Pages):
    """Pages of lines."""

    def __init__(self, lines: Lines[Any, Any], size: int) -> None:
        super().__init__(lines, size)
        self._lines = lines

    @property
    def is_cut(self) -> bool:
        """Say whether there are lines that only a filter shows."""
        return self._lines.size > COUNTED_TO


class OpenPaginator(_Pages):
    """Pages of lines that are not counted: what a filter leaves takes long to count."""

    is_open = True

    def __init__(self, lines: Lines[Any, Any], size: int) -> None:
        super().__init__(lines, size)
        self._lines = lines
        self.is_cut = False

    def get_page(self, number: float | str | None) -> Page[Any]:
        """Return that page; the first one instead of one that does not exist."""
        try:
            wanted = int(number or 1)
        except ValueError:
            wanted = 1
        page = self.page(min(max(wanted, 1), ceil(COUNTED_TO / self.per_page)))
        return page if page.object_list or page.number == 1 else self.page(1)

    def page(self, number: int | str) -> Page[Any]:
        """Return one page; it knows only of the next one whether there is any."""
        start = (int(number) - 1) * self.per_page
        # One more than is shown tells whether there are more.
        found = self._lines[start : start + self.per_page + 1]
        self.is_cut = start + len(found) > COUNTED_TO
        self.count = min(start + len(found), COUNTED_TO)
        return Page(found[: min(self.per_page, COUNTED_TO - start)], int(number), self)
