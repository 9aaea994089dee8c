"""How many products a filter finds, told in a few milliseconds at any size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.catalogue.filters import ProductFilter
from pricebook.changes.totals import count_products

if TYPE_CHECKING:
    from pricebook.catalogue.queries import ProductQuerySet

# What the planner expects to be more is not counted: nobody looks at the last digits.
COUNTED_TO = 2_000
# Nobody reads the ten-thousandth result either: a count ends there when the planner was wrong.
COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """A number of products; when it is not exact, about so many."""

    number: int
    is_exact: bool = True


def count_found(chosen: ProductFilter, found: ProductQuerySet) -> Count:
    """Count what a filter finds: from the totals, by counting, or else as the planner expects."""
    if chosen.is_empty:
        return Count(count_products().products)
    if chosen in (ProductFilter(active=True), ProductFilter(active=False)):
        totals = count_products()
        return Count(totals.active if chosen.active else totals.products - totals.active)
    expected = _expected(found)
    if expected > COUNTED_TO:
        return Count(_rounded(expected), is_exact=False)
    number = found.order_by()[: COUNT_LIMIT + 1].count()
    return Count(min(number, COUNT_LIMIT), is_exact=number <= COUNT_LIMIT)


def _expected(found: ProductQuerySet) -> int:
    """Return how many rows the planner expects: it reads statistics, no rows."""
    # Django explains nothing when no row can fit, as without any id.
    told = found.order_by().explain(format="json") or '[{"Plan": {"Plan Rows": 0}}]'
    plans: list[dict[str, dict[str, int]]] = json.loads(told)
    return plans[0]["Plan"]["Plan Rows"]


def _rounded(number: int) -> int:
    """Return the number with two digits that mean something."""
    digits = len(str(number)) - 2
    return round(number, -digits)
