"""Lists of products in pages: by number for people, by cursor for programs (B2).

A page by number costs what lies before it, so numbers end at COUNT_LIMIT. A cursor says which
product was the last one, and the next page begins there, through the index, at any depth.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core import signing
from django.db.models import Q
from django.db.models.functions import Upper
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pricebook.api.base import refuse_parameter, whole_number
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import Product
from pricebook.catalogue.queries import COUNT_LIMIT, Count, ProductQuerySet
from pricebook.changes.totals import count_products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 500
SORTS: Final = ("sku", "name", "price", "updated_at", "brand")
ORDERINGS: Final = tuple(f"{sign}{name}" for name in SORTS for sign in ("", "-"))
PAGE_PARAMETERS: Final = frozenset({"page", "page_size", "cursor", "ordering"})
# The change set stands for the time: later ones have higher numbers, and there is an index.
_COLUMNS: Final = {"sku": ("sku_key",), "name": ("name", "id"), "updated_at": ("changed_in", "id")}
_SALT: Final = "pricebook.api.cursor"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two products of a list: what one of them is sorted by, and which side."""

    ordering: str
    backwards: bool
    # Which of the list's stretches, and the values of its columns.
    stretch: int
    values: tuple[str | int, ...]

    def encode(self) -> str:
        """Return the text that clients send back, signed."""
        said = [self.ordering, self.backwards, self.stretch, self.values]
        return signing.dumps(said, salt=_SALT)

    @classmethod
    def decode(cls, text: str, ordering: str) -> Cursor:
        """Read what `encode` returned. Raises ParameterError for anything else."""
        try:
            made_for, backwards, stretch, values = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, UnicodeError):
            message = "This cursor is none of ours. Begin anew with an empty one."
            refuse_parameter("cursor", message)
        if made_for != ordering:
            message = f"This cursor belongs to the ordering {made_for!r}, not {ordering!r}."
            refuse_parameter("cursor", message)
        return cls(ordering, backwards, stretch, tuple(values))


@dataclass(frozen=True, slots=True)
class Page:
    """Some products of a list, and the addresses of those around them."""

    products: Sequence[Product]
    count: Count
    next: str | None
    previous: str | None


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

    def read(self, cursor: Cursor | None, count: int) -> list[Product]:
        """Return the first `count` products behind the cursor, in the order of the list.

        Behind one that goes backwards are those before it.
        """
        backwards = cursor is not None and cursor.backwards
        numbered = list(enumerate(self._stretches))
        if cursor is not None:
            at = cursor.stretch
            numbered = numbered[at::-1] if backwards else numbered[at:]
        found: list[Product] = []
        for number, stretch in numbered:
            place = cursor.values if cursor is not None and cursor.stretch == number else None
            found += stretch.read(place, count - len(found), backwards=backwards)
            if len(found) == count:
                break
        return found[::-1] if backwards else found

    def cursor(self, product: Product, *, backwards: bool) -> Cursor:
        """Return the place just behind a product, or just before it."""
        number = next(n for n, stretch in enumerate(self._stretches) if stretch.holds(product))
        columns = self._stretches[number].columns
        values = (getattr(product, column) for column in columns)
        # JSON has no exact money.
        exact = tuple(str(each) if isinstance(each, Decimal) else each for each in values)
        return Cursor(self.ordering, backwards, number, exact)


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


def read_page(chosen: ProductFilter, request: Request) -> Page:
    """Return the page that the query asks for. Raises ParameterError, NotFound."""
    ordering = request.query_params.get("ordering", "sku")
    if ordering not in ORDERINGS:
        refuse_parameter("ordering", f"ordering is one of {', '.join(ORDERINGS)}.")
    size = whole_number(request, "page_size", default=DEFAULT_SIZE, maximum=MAX_SIZE)
    products = Product.objects.live().matching(chosen)
    walk, count = ProductWalk(products, ordering), count_of(chosen, products)
    if "cursor" not in request.query_params:
        return _numbered_page(walk, count, request, size)
    if "page" in request.query_params:
        refuse_parameter("page", "Send page or cursor, not both of them.")
    return _page_at(walk, count, request, size)


def count_of(chosen: ProductFilter, products: ProductQuerySet) -> Count:
    """Count the products of a filter: exactly where the totals tell, else up to COUNT_LIMIT."""
    if chosen.is_empty:
        return Count(count_products().products)
    if chosen == ProductFilter(active=chosen.active):
        totals = count_products()
        return Count(totals.active if chosen.active else totals.products - totals.active)
    return products.count_to_limit()


def _numbered_page(walk: ProductWalk, count: Count, request: Request, size: int) -> Page:
    number = whole_number(request, "page", default=1, maximum=10**9)
    start, stop = (number - 1) * size, number * size
    if stop > COUNT_LIMIT:
        message = (
            f"Numbered pages end at {COUNT_LIMIT:,} products. Go further by cursor: "
            "begin with an empty ?cursor= and follow `next`."
        )
        refuse_parameter("page", message, "too_deep")
    # One more than is shown tells whether there are more.
    found = walk.slice(start, stop + 1)
    if not found and number > 1:
        message = f"There is no page {number}; the last one has no `next`."
        raise NotFound(message)
    here, products = request.build_absolute_uri(), found[:size]
    following = None
    if len(found) > size:
        following = replace_query_param(here, "page", number + 1)
        if stop + size > COUNT_LIMIT:
            last = walk.cursor(products[-1], backwards=False)
            following = _at(remove_query_param(here, "page"), last)
    previous = None if number == 1 else replace_query_param(here, "page", number - 1)
    return Page(products, count, following, previous)


def _page_at(walk: ProductWalk, count: Count, request: Request, size: int) -> Page:
    text = request.query_params["cursor"]
    cursor = Cursor.decode(text, walk.ordering) if text else None
    backwards = cursor is not None and cursor.backwards
    found = walk.read(cursor, size + 1)
    more = len(found) > size
    products = (found[1:] if backwards else found[:size]) if more else found
    if not products:
        return Page(products, count, None, None)
    here = request.build_absolute_uri()
    following = _at(here, walk.cursor(products[-1], backwards=False))
    previous = _at(here, walk.cursor(products[0], backwards=True))
    return Page(
        products,
        count,
        following if more or backwards else None,
        previous if (more if backwards else cursor is not None) else None,
    )


def _at(address: str, cursor: Cursor) -> str:
    return replace_query_param(address, "cursor", cursor.encode())


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
