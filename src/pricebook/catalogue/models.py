"""Product: the book's main page."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Final

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from pricebook.catalogue.queries import ProductQuerySet
from pricebook.feed.gtin import is_valid_gtin
from pricebook.jobs.models import Job

# Everything that merges, deletes or undoes products takes this slot, one job at a time.
PRODUCTS_SLOT = "products"

MAX_SOURCE_NAME: Final = 100
_HIGHEST_PRICE: Final = Decimal("9999999999.9999")


class BulkAction(models.TextChoices):
    """What may be done to many products at once."""

    ACTIVATE = "activate", "Activate"
    DEACTIVATE = "deactivate", "Deactivate"
    DELETE = "delete", "Delete"
    UNDO = "undo", "Undo"


_LIVE = Q(deleted_at__isnull=True)


class Product(models.Model):
    """One product. Deleting leaves a tombstone, so that listings and history keep their product."""

    sku = models.CharField("SKU", max_length=100)
    # From `keys.sku_key` alone; bytewise order, so that no locale decides what is the same SKU.
    sku_key = models.CharField(max_length=300, db_collation="C")
    name = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True, max_length=100_000)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    # An ISO 4217 code, or "" where nobody said which.
    currency = models.CharField(max_length=3, blank=True, db_default="")
    active = models.BooleanField(default=True, db_default=True)
    brand = models.CharField(max_length=200, blank=True, db_default="")
    # Canonical where its check digit is right (`feed.gtin`), else as it was written.
    gtin = models.CharField("GTIN", max_length=50, blank=True, db_default="")
    category = models.CharField(max_length=500, blank=True, db_default="")
    image_url = models.CharField("image address", max_length=2000, blank=True, db_default="")
    url = models.CharField("address", max_length=2000, blank=True, db_default="")
    unit_size = models.CharField(max_length=100, blank=True, db_default="")
    # What else is known: a flat JSON object.
    attributes = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    # The change sets that created the product and that wrote it last; 0: older than the ledger.
    created_in = models.BigIntegerField(db_default=0, editable=False)
    changed_in = models.BigIntegerField(db_default=0, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["sku_key"]
        # Each makes an import dearer; docs/reference/performance.md says by how much. What many
        # files do not have (brand, category, GTIN) costs nothing where it is blank.
        indexes: ClassVar[list[models.Index]] = [
            # For text that occurs anywhere in the name: Django compares it in capitals.
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                name="product_name_part",
                condition=_LIVE,
            ),
            models.Index(fields=["name"], name="product_by_name", condition=_LIVE),
            models.Index(fields=["price", "id"], name="product_by_price", condition=_LIVE),
            models.Index(fields=["changed_in", "id"], name="product_by_change", condition=_LIVE),
            models.Index(
                Upper("brand"), "sku_key", name="product_brand", condition=_LIVE & ~Q(brand="")
            ),
            # A brand's price range reads what it finds alone, and its order by price is there.
            models.Index(
                Upper("brand"),
                "price",
                "id",
                name="product_brand_price",
                condition=_LIVE & ~Q(brand=""),
            ),
            models.Index(
                Upper("category"),
                "sku_key",
                name="product_category",
                condition=_LIVE & ~Q(category=""),
            ),
            models.Index(
                fields=["sku_key"], name="product_inactive", condition=_LIVE & Q(active=False)
            ),
            models.Index(fields=["gtin"], name="product_gtin", condition=_LIVE & ~Q(gtin="")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Not `unique=True`: that adds a second index, for LIKE, which "C" does not need.
            models.UniqueConstraint(fields=["sku_key"], name="product_sku_once"),
            models.CheckConstraint(
                name="product_price_not_negative",
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0),
            ),
            # NaN, by which staging tables say "no price", is above every number.
            models.CheckConstraint(
                name="product_price_is_number",
                condition=Q(price__isnull=True) | Q(price__lte=_HIGHEST_PRICE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}".rstrip()

    @property
    def is_deleted(self) -> bool:
        """Say whether only the tombstone is left."""
        return self.deleted_at is not None

    @property
    def has_invalid_gtin(self) -> bool:
        """Say whether there is a GTIN whose length or check digit is wrong (B1)."""
        return bool(self.gtin) and not is_valid_gtin(self.gtin)


class BulkEdit(models.Model):
    """A change of many products at once, and what to know for undoing it."""

    job = models.OneToOneField(Job, primary_key=True, on_delete=models.CASCADE)
    action = models.CharField(max_length=20, choices=BulkAction.choices)
    # `ProductFilter.as_json`, for the products that were meant.
    selection: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(
        default=dict
    )
    # The job that an undo takes back.
    undoes = models.ForeignKey(Job, null=True, on_delete=models.CASCADE, related_name="undone_by")
    # SKUs that an undo left alone because they were changed since; the first of them.
    kept: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.action} {self.pk}"

    @property
    def deletes_all(self) -> bool:
        """Say whether every product is meant to be deleted."""
        return self.action == BulkAction.DELETE and not self.selection


class Source(models.Model):
    """Who sends files of all that they have, such as a supplier; its last file is remembered."""

    name = models.CharField(max_length=MAX_SOURCE_NAME)
    # What makes two names the same; as long as it takes, because NFKC can lengthen a name much.
    key = models.TextField(db_collation="C", editable=False)
    # Of the last file; unknown before the first one is in the book.
    last_rows = models.BigIntegerField(null=True)
    last_import_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key"], name="source_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceProduct(models.Model):
    """A product that the last file of a source held.

    Plain ids: checking a foreign key for each of millions of rows would cost more than the rows.
    """

    pk = models.CompositePrimaryKey("source_id", "product_id")
    source_id = models.BigIntegerField()
    product_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["product_id"], name="source_of_product"),
        ]

    def __str__(self) -> str:
        return f"product {self.product_id} of source {self.source_id}"
