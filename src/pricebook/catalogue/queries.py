"""The reads of products."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from pricebook.catalogue.keys import sku_key
from pricebook.feed.gtin import normalize_gtin

if TYPE_CHECKING:
    from pricebook.catalogue.filters import ProductFilter
    from pricebook.catalogue.models import Product  # noqa: F401 (the quoted name below)


class ProductQuerySet(models.QuerySet["Product"]):
    """Products as the pages and the API ask for them."""

    def live(self) -> Self:
        """Return the products that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def matching(self, chosen: ProductFilter) -> Self:
        """Return the products that meet every condition of the filter (B2)."""
        found = self.filter(**_equals(chosen))
        # Said aloud, because the indexes leave the blanks out.
        if chosen.brand:
            found = found.filter(~Q(brand=""))
        if chosen.category:
            found = found.filter(~Q(category=""))
        if chosen.search:
            found = found.filter(_search(chosen.search))
        if chosen.sku:
            found = found.filter(sku_key__startswith=sku_key(chosen.sku))
        if chosen.name:
            found = found.filter(name__icontains=chosen.name)
        if chosen.description:
            found = found.filter(description__icontains=chosen.description)
        return found


def _equals(chosen: ProductFilter) -> dict[str, object]:
    """Return the conditions that compare a whole field."""
    conditions: dict[str, object] = {}
    if chosen.active is not None:
        conditions["active"] = chosen.active
    if chosen.brand:
        conditions["brand__iexact"] = chosen.brand
    if chosen.category:
        conditions["category__iexact"] = chosen.category
    if chosen.gtin:
        conditions["gtin"] = normalize_gtin(chosen.gtin)
    if chosen.currency:
        conditions["currency"] = chosen.currency.upper()
    if chosen.price_min is not None:
        conditions["price__gte"] = chosen.price_min
    if chosen.price_max is not None:
        conditions["price__lte"] = chosen.price_max
    if chosen.ids is not None:
        conditions["id__in"] = chosen.ids
    return conditions


def _search(text: str) -> Q:
    words = reduce(and_, (Q(name__icontains=word) for word in text.split()), Q())
    return words | Q(sku_key__startswith=sku_key(text)) | Q(gtin=normalize_gtin(text))
