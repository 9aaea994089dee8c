"""The products of a filter in an order that an index has, entered by number or by place (B2).

A number costs what lies before it; a place says which product was the last one, and what follows
begins there, through the index, at any depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Q, Value
from django.db.models.functions import NullIf, Upper

if TYPE_CHECKING:
    from pricebook.catalogue.models import Product
    from pricebook.catalogue.queries import ProductQuerySet

SORTS: Final = ("sku", "name", "brand", "price", "updated_at")
ORDERINGS: Final = tuple(f"{sign}{name}" for name in SORTS for sign in ("", "-"))
# The change set stands for the time: later ones have higher numbers, and there is an index.
_COLUMNS: Final = {"sku": ("sku_key",), "name": ("name", "id"), "updated_at": ("changed_in", "id")}


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two products: what one of them is sorted by, and which side of it."""

    backwards: bool
    # Which of the list's stretches, and the values of its columns.
    stretch: int
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Products that an index gives in order: by `columns`, which no two of them share."""

    products: ProductQuerySet
    columns: tuple[str, ...]
    descending: bool
    # What only its products have; "" when that is nothing.
    of: str = ""

    def holds(self, product: Product) -> bool:
        """Say whether a product of the list is in this part, and not in a later one."""
        return not self.of or getattr(product, self.of) not in (None, "")

    def read(self, place: tuple[Any, ...] | None, count: int, *, backwards: bool) -> list[Product]:
        """Return the first products behind a place, or before it."""
        descending = self.descending != backwards
        products = self.products
        if place is not None:
            products = products.filter(_beyond(self.columns, place, descending=descending))
        return list(_sorted(products, self.columns, descending=descending)[:count])

    def slice(self, start: int, stop: int) -> list[Product]:
        """Return the products by their numbers."""
        return list(_sorted(self.products, self.columns, descending=self.descending)[start:stop])


class ProductWalk:
    """The products of a filter in one order, entered by number or by place."""

    def __init__(self, products: ProductQuerySet, ordering: str) -> None:
        self.ordering = ordering
        self._stretches = _stretches(products, ordering)

    def slice(self, start: int, stop: int) -> list[Product]:
        """Return the products from the number `start` on, before `stop`."""
        found: list[Product] = []
        for stretch in self._stretches:
            part = stretch.slice(start, stop)
            found += part
            if len(part) == stop - start or stretch is self._stretches[-1]:
                break
            passed = start + len(part) if part else stretch.products.order_by().count()
            start, stop = max(0, start - passed), stop - passed
        return found

    def read(self, at: Place | None, count: int) -> list[Product]:
        """Return the first `count` products behind a place, in the order of the list.

        Behind one that goes backwards are those before it.
        """
        backwards = at is not None and at.backwards
        numbered = list(enumerate(self._stretches))
        if at is not None:
            numbered = numbered[at.stretch :: -1] if backwards else numbered[at.stretch :]
        found: list[Product] = []
        for number, stretch in numbered:
            place = at.values if at is not None and at.stretch == number else None
            found += stretch.read(place, count - len(found), backwards=backwards)
            if len(found) == count:
                break
        return found[::-1] if backwards else found

    def place(self, product: Product, *, backwards: bool) -> Place:
        """Return the place just behind a product, or just before it."""
        number = next(n for n, stretch in enumerate(self._stretches) if stretch.holds(product))
        columns = self._stretches[number].columns
        values = (getattr(product, column) for column in columns)
        # JSON has no exact money.
        exact = tuple(str(each) if isinstance(each, Decimal) else each for each in values)
        return Place(backwards, number, exact)


def in_order(products: ProductQuerySet, ordering: str) -> ProductQuerySet:
    """Return all products of a list in its order, for whoever reads it to the end."""
    name, downwards = ordering.removeprefix("-"), ordering.startswith("-")
    columns = (
        _COLUMNS.get(name) or {"price": ("price", "id"), "brand": ("brand_key", "sku_key")}[name]
    )
    if name == "brand":
        products = products.annotate(brand_key=NullIf(Upper("brand"), Value("")))
    if name in _COLUMNS:
        return _sorted(products, columns, descending=downwards)
    return products.order_by(
        *(F(c).desc(nulls_last=True) if downwards else F(c).asc(nulls_last=True) for c in columns)
    )


def _stretches(products: ProductQuerySet, ordering: str) -> list[_Stretch]:
    """Return the parts of a list that an index has in order, one after the other.

    Products without a price or a brand come last in both directions: a part of their own, because
    no index has them there.
    """
    name, descending = ordering.removeprefix("-"), ordering.startswith("-")
    if name == "price":
        return [
            _Stretch(products.filter(price__isnull=False), ("price", "id"), descending, "price"),
            _Stretch(products.filter(price__isnull=True), ("id",), descending),
        ]
    if name == "brand":
        branded = products.exclude(brand="").annotate(brand_key=Upper("brand"))
        return [
            _Stretch(branded, ("brand_key", "sku_key"), descending, "brand"),
            _Stretch(products.filter(brand=""), ("sku_key",), descending),
        ]
    return [_Stretch(products, _COLUMNS[name], descending)]


def _sorted(
    products: ProductQuerySet, columns: tuple[str, ...], *, descending: bool
) -> ProductQuerySet:
    sign = "-" if descending else ""
    return products.order_by(*(f"{sign}{column}" for column in columns))


def _beyond(columns: tuple[str, ...], place: tuple[Any, ...], *, descending: bool) -> Q:
    """Return the condition of what comes after a place.

    The first part alone is the index's; the second sorts out those with equal values.
    """
    after = "lt" if descending else "gt"
    if len(columns) == 1:
        return Q(**{f"{columns[0]}__{after}": place[0]})
    (first, last), (value, product_id) = columns, place
    return Q(**{f"{first}__{after}e": value}) & (
        Q(**{f"{first}__{after}": value}) | Q(**{f"{last}__{after}": product_id})
    )
