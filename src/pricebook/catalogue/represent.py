"""A product as programs read it: the same in the API, in exports of JSON and in webhooks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from pricebook.catalogue.models import Product

_CENTS: Final = Decimal("0.01")


def represent_product(product: Product) -> dict[str, Any]:
    """Return the product resource: JSON's own types, money as strings, times RFC 3339 in UTC."""
    return {
        "id": product.pk,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "price": None if product.price is None else money(product.price),
        "currency": product.currency,
        "active": product.active,
        "brand": product.brand,
        "gtin": product.gtin,
        "has_invalid_gtin": product.has_invalid_gtin,
        "category": product.category,
        "image_url": product.image_url,
        "url": product.url,
        "unit_size": product.unit_size,
        "attributes": product.attributes,
        "created_at": moment(product.created_at),
        "updated_at": moment(product.updated_at),
    }


def money(value: Decimal) -> str:
    """Return "12.50" for 12.5000, and "0.0125" for 0.0125."""
    cents = value.quantize(_CENTS)
    return f"{cents:f}" if cents == value else f"{value.normalize():f}"


def moment(time: datetime) -> str:
    """Return a time in RFC 3339."""
    return time.isoformat().replace("+00:00", "Z")
