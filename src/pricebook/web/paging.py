"""Pages of a list that may hold millions: counted and turned no further than anybody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

from pricebook.catalogue.counts import COUNT_LIMIT, Count

if TYPE_CHECKING:
    from pricebook.catalogue.models import Product
    from pricebook.catalogue.walk import ProductWalk

    _Pages = Paginator[Product]
else:
    # Only the type checker knows what it holds.
    _Pages = Paginator


class BoundedPaginator(_Pages):
    """Pages of the first COUNT_LIMIT products: a later one would read all that come before it."""

    def __init__(self, walk: ProductWalk, size: int, total: Count) -> None:
        super().__init__([], size)
        self.total = total
        self._walk = walk

    @cached_property
    def count(self) -> int:
        """Return how many products can be reached by turning pages."""
        return min(self.total.number, COUNT_LIMIT)

    @property
    def is_cut(self) -> bool:
        """Say whether there are products that only a filter or another order shows."""
        return self.total.number > COUNT_LIMIT or not self.total.is_exact

    def page(self, number: int | str) -> Page[Product]:
        """Return one page. Raises InvalidPage."""
        valid = self.validate_number(number)
        start = (valid - 1) * self.per_page
        products = self._walk.slice(start, min(start + self.per_page, self.count))
        if products and len(products) < self.per_page and not self.total.is_exact:
            # The planner expected more: now the number is known.
            self.total = Count(start + len(products))
            self.count = self.total.number
        return Page(products, valid, self)
