"""Conditional requests (RFC 9110, section 13): nobody overwrites what they have not seen.

The version of a product is the change set that wrote it last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import parse_etags, quote_etag
from rest_framework.exceptions import APIException

if TYPE_CHECKING:
    from rest_framework.request import Request

    from pricebook.catalogue.models import Product

PRESENT_ALREADY = "There is such a product already, and If-None-Match asks for none."
_ANY = ["*"]


class PreconditionFailed(APIException):
    """What the request took for granted is not so (RFC 9110, section 15.5.13)."""

    status_code = 412
    default_detail = "The product is no longer as If-Match says. Read it again."
    default_code = "precondition_failed"


def etag_of(product: Product) -> str:
    """Return the strong validator of a product."""
    return quote_etag(str(product.changed_in))


def is_unchanged(request: Request, product: Product) -> bool:
    """Say whether the client has this version already, by If-None-Match: the answer is 304."""
    seen = _tags(request, "If-None-Match")
    return seen == _ANY or etag_of(product) in [tag.removeprefix("W/") for tag in seen]


def expected_version(request: Request, product: Product) -> int | None:
    """Return the version that a write has to find, None where If-Match asks for none.

    Weak validators never match (RFC 9110, section 13.1.1). Raises PreconditionFailed.
    """
    wanted = _tags(request, "If-Match")
    if not wanted or wanted == _ANY:
        return None
    if etag_of(product) not in wanted:
        raise PreconditionFailed
    return product.changed_in


def asks_for_none(request: Request) -> bool:
    """Say whether the product must not be there yet: If-None-Match: *."""
    return _tags(request, "If-None-Match") == _ANY


def check_absent(request: Request, present: Product | None) -> None:
    """Check the conditions of a PUT that may create. Raises PreconditionFailed."""
    if present is None and _tags(request, "If-Match"):
        message = "There is no such product, and If-Match asks for one."
        raise PreconditionFailed(message)
    if present is not None and is_unchanged(request, present):
        raise PreconditionFailed(PRESENT_ALREADY)


def _tags(request: Request, header: str) -> list[str]:
    return parse_etags(request.headers.get(header, ""))
