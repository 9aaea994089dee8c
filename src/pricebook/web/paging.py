"""Pages of a list that may hold millions: counted and turned no further than anybody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

from pricebook.catalogue.counts import COUNT_LIMIT, Count

if TYPE_CHECKING:
    from collections.abc import Callable

    from pricebook.catalogue.models import Product
    from pricebook.catalogue.walk import ProductWalk

    _Pages = Paginator[Product]
else:
    # Only the type checker knows what it holds.
    _Pages = Paginator


class BoundedPaginator(_Pages):
    """Pages of the first COUNT_LIMIT products: a later one would read all that come before it."""

    def __init__(self, walk: ProductWalk, size: int, count: Callable[[], Count]) -> None:
        super().__init__([], size)
        self._walk = walk
        self._count = count

    @cached_property
    def total(self) -> Count:
        """Return how many products there are; it is asked when no page has told it."""
        return self._count()

    @cached_property
    def count(self) -> int:
        """Return how many products can be reached by turning pages."""
        return min(self.total.number, COUNT_LIMIT)

    @property
    def is_cut(self) -> bool:
        """Say whether there are products that only a filter or another order shows."""
        return self.total.number > COUNT_LIMIT or not self.total.is_exact

    def validate_number(self, number: float | str) -> int:
        """Return the number of a page that exists; the first always does. Raises InvalidPage."""
        return 1 if number in (1, "1") else super().validate_number(number)

    def page(self, number: int | str) -> Page[Product]:
        """Return one page. Raises InvalidPage."""
        valid = self.validate_number(number)
        start = (valid - 1) * self.per_page
        # One more than is shown tells whether there are more.
        found = self._walk.slice(start, min(start + self.per_page + 1, COUNT_LIMIT))
        if (
            len(found) <= self.per_page
            and (found or valid == 1)
            and start + self.per_page < COUNT_LIMIT
        ):
            # The last page tells by itself how many there are, whatever the planner expected.
            self.total = Count(start + len(found))
            self.count = self.total.number
        return Page(found[: self.per_page], valid, self)
