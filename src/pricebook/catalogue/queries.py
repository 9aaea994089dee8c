"""The reads of products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from pricebook.catalogue.keys import sku_key

if TYPE_CHECKING:
    from decimal import Decimal

    from pricebook.catalogue.models import Product  # noqa: F401 (the quoted name below)


class ProductQuerySet(models.QuerySet["Product"]):
    """Products as the pages and the API ask for them."""

    def live(self) -> Self:
        """Return the products that are not deleted."""
        return self.filter(deleted_at__isnull=True)

    def matching(
        self,
        *,
        sku: str = "",
        name: str = "",
        description: str = "",
        active: bool | None = None,
        price_min: Decimal | None = None,
        price_max: Decimal | None = None,
    ) -> Self:
        """Return the products that meet every condition given (B2).

        `sku` is the beginning of a SKU, so that the index of the keys answers it; `name` and
        `description` are text that occurs anywhere. None of the three regards case. The price
        bounds are inclusive; a product without a price is outside any bound.
        """
        chosen = self
        if sku:
            chosen = chosen.filter(sku_key__startswith=sku_key(sku))
        if name:
            chosen = chosen.filter(name__icontains=name)
        if description:
            chosen = chosen.filter(description__icontains=description)
        if active is not None:
            chosen = chosen.filter(active=active)
        if price_min is not None:
            chosen = chosen.filter(price__gte=price_min)
        if price_max is not None:
            chosen = chosen.filter(price__lte=price_max)
        return chosen
