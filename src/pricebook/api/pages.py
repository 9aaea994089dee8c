"""Lists of products in pages: by number for people, by cursor for programs (B2).

Page numbers end at COUNT_LIMIT products: a page by number costs what lies before it. A cursor is a
place in the list, signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from django.core import signing
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pricebook.api.base import refuse_parameter, whole_number
from pricebook.catalogue.counts import COUNT_LIMIT, Count, count_found
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import Product
from pricebook.catalogue.walk import ORDERINGS, Place, ProductWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rest_framework.request import Request

    _Total = Callable[[], Count]

DEFAULT_SIZE: Final = 50
MAX_SIZE: Final = 500
PAGE_PARAMETERS: Final = frozenset({"page", "page_size", "cursor", "ordering"})
_SALT: Final = "pricebook.api.cursor"


@dataclass(frozen=True, slots=True)
class Page:
    """Some products of a list, and the addresses of those around them."""

    products: Sequence[Product]
    count: Count
    next: str | None
    previous: str | None


def encode_cursor(ordering: str, at: Place) -> str:
    """Return the text that clients send back, signed."""
    return signing.dumps([ordering, at.backwards, at.stretch, at.values], salt=_SALT)


def decode_cursor(text: str, ordering: str) -> Place:
    """Read what `encode_cursor` returned. Raises ParameterError for anything else."""
    try:
        made_for, backwards, stretch, values = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, UnicodeError):
        message = "This cursor is none of ours. Begin anew with an empty one."
        refuse_parameter("cursor", message)
    if made_for != ordering:
        message = f"This cursor belongs to the ordering {made_for!r}, not {ordering!r}."
        refuse_parameter("cursor", message)
    return Place(backwards, stretch, tuple(values))


def read_page(chosen: ProductFilter, request: Request) -> Page:
    """Return the page that the query asks for. Raises ParameterError, NotFound."""
    ordering = request.query_params.get("ordering", "sku")
    if ordering not in ORDERINGS:
        refuse_parameter("ordering", f"ordering is one of {', '.join(ORDERINGS)}.")
    size = whole_number(request, "page_size", default=DEFAULT_SIZE, maximum=MAX_SIZE)
    products = Product.objects.live().matching(chosen)
    walk, total = ProductWalk(products, ordering), partial(count_found, chosen, products)
    if "cursor" not in request.query_params:
        return _numbered_page(walk, total, request, size)
    if "page" in request.query_params:
        refuse_parameter("page", "Send page or cursor, not both of them.")
    return _page_at(walk, total, request, size)


def _numbered_page(walk: ProductWalk, total: _Total, request: Request, size: int) -> Page:
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
            here_unnumbered = remove_query_param(here, "page")
            following = _at(here_unnumbered, walk, products[-1], backwards=False)
    previous = None if number == 1 else replace_query_param(here, "page", number - 1)
    # The last page tells by itself how many there are.
    count = total() if following else Count(start + len(products))
    return Page(products, count, following, previous)


def _page_at(walk: ProductWalk, total: _Total, request: Request, size: int) -> Page:
    text = request.query_params["cursor"]
    at = decode_cursor(text, walk.ordering) if text else None
    backwards = at is not None and at.backwards
    found = walk.read(at, size + 1)
    more = len(found) > size
    products = (found[1:] if backwards else found[:size]) if more else found
    if not products:
        return Page(products, Count(0) if at is None else total(), None, None)
    here = request.build_absolute_uri()
    following = _at(here, walk, products[-1], backwards=False)
    previous = _at(here, walk, products[0], backwards=True)
    return Page(
        products,
        Count(len(products)) if at is None and not more else total(),
        following if more or backwards else None,
        previous if (more if backwards else at is not None) else None,
    )


def _at(address: str, walk: ProductWalk, product: Product, *, backwards: bool) -> str:
    """Return the address of the page behind a product, or before it."""
    cursor = encode_cursor(walk.ordering, walk.place(product, backwards=backwards))
    return replace_query_param(address, "cursor", cursor)
