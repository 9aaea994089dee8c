"""Pages of a list that may hold millions: counted and turned no further than anybody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.utils.functional import cached_property

from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.queries import COUNT_LIMIT, Count
from pricebook.changes.totals import count_products

if TYPE_CHECKING:
    from pricebook.catalogue.models import Product
    from pricebook.catalogue.queries import ProductQuerySet

    _Pages = Paginator[Product]
else:
    # Only the type checker knows what it holds.
    _Pages = Paginator


class BoundedPaginator(_Pages):
    """Pages of the first COUNT_LIMIT products: a later one would read all that come before it."""

    def __init__(self, found: ProductQuerySet, size: int, total: Count) -> None:
        super().__init__(found, size)
        self.total = total

    @cached_property
    def count(self) -> int:
        """Return how many products can be reached by turning pages."""
        return min(self.total.number, COUNT_LIMIT)

    @property
    def is_cut(self) -> bool:
        """Say whether there are products that only a filter or another order shows."""
        return self.total.number > COUNT_LIMIT or not self.total.is_exact


def count_found(chosen: ProductFilter, found: ProductQuerySet) -> Count:
    """Count what a filter finds: exactly where the totals know it, else up to COUNT_LIMIT."""
    if chosen.is_empty:
        return Count(count_products().products)
    if chosen in (ProductFilter(active=True), ProductFilter(active=False)):
        totals = count_products()
        return Count(totals.active if chosen.active else totals.products - totals.active)
    return found.count_to_limit()
