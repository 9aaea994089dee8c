"""Product: the book's main page."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from pricebook.catalogue.queries import ProductQuerySet


class Product(models.Model):
    """One product. Deleting leaves a tombstone, so that listings and history keep their product."""

    sku = models.CharField("SKU", max_length=100)
    # From `keys.sku_key` alone; bytewise order, so that no locale decides what is the same SKU.
    sku_key = models.CharField(max_length=300, db_collation="C")
    name = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True, max_length=100_000)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    # The change sets that created the product and that wrote it last; 0: older than the ledger.
    created_in = models.BigIntegerField(db_default=0, editable=False)
    changed_in = models.BigIntegerField(db_default=0, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["sku_key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Not `unique=True`: that adds a second index, for LIKE, which "C" does not need.
            models.UniqueConstraint(fields=["sku_key"], name="product_sku_once"),
            models.CheckConstraint(
                name="product_price_not_negative",
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}".rstrip()
