"""Who sells where: companies, their divisions, and their stores."""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from pricebook.feed.records import MAX_URL
from pricebook.feed.stores.records import (
    MAX_ADDRESS_LINE,
    MAX_COMPANY,
    MAX_DIVISION,
    MAX_EMAIL,
    MAX_LINE,
    MAX_PHONE,
    MAX_POSTCODE,
    MAX_STATE,
    MAX_STORE_ID,
    MAX_STORE_NAME,
    MAX_STORE_TYPE,
    MAX_SUBURB,
)

MAX_SLUG: Final = 100


class Company(models.Model):
    """A company that has stores, such as a chain of supermarkets (E1)."""

    # As it was spelt when it was first named.
    name = models.CharField(max_length=MAX_COMPANY)
    # What makes two names the same (`feed.stores.names`); as long as it takes, because NFKC can
    # lengthen a name much.
    key = models.TextField(db_collation="C", editable=False)
    # Stands in addresses and archives, so it stays as it is.
    slug = models.SlugField(max_length=MAX_SLUG)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        verbose_name_plural = "companies"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key"], name="company_once"),
            models.UniqueConstraint(fields=["slug"], name="company_slug_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Division(models.Model):
    """A part of a company with a name of its own, such as its liquor shops."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="divisions")
    name = models.CharField(max_length=MAX_DIVISION)
    key = models.TextField(db_collation="C", editable=False)
    # Unique in its company.
    slug = models.SlugField(max_length=MAX_SLUG)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "key"], name="division_once"),
            models.UniqueConstraint(fields=["company", "slug"], name="division_slug_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """One shop of a company. What nobody said is blank or None."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="stores")
    division = models.ForeignKey(
        Division, null=True, on_delete=models.PROTECT, related_name="stores"
    )
    # The company's own, spelling kept; compared by `key`.
    store_id = models.CharField(max_length=MAX_STORE_ID)
    key = models.CharField(max_length=MAX_STORE_ID, db_collation="C", editable=False)
    name = models.CharField(max_length=MAX_STORE_NAME, blank=True)
    # Whether it trades at all, whatever the hour.
    is_trading = models.BooleanField(null=True)
    email = models.CharField(max_length=MAX_EMAIL, blank=True)
    phone = models.CharField(max_length=MAX_PHONE, blank=True)
    address_line_1 = models.CharField(max_length=MAX_ADDRESS_LINE, blank=True)
    address_line_2 = models.CharField(max_length=MAX_ADDRESS_LINE, blank=True)
    suburb = models.CharField(max_length=MAX_SUBURB, blank=True)
    state = models.CharField(max_length=MAX_STATE, blank=True)
    postcode = models.CharField(max_length=MAX_POSTCODE, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    trading_hours: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=MAX_LINE), default=list
    )
    facilities: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=MAX_LINE), default=list
    )
    store_url = models.CharField(max_length=MAX_URL, blank=True)
    online_shop_url = models.CharField(max_length=MAX_URL, blank=True)
    ecommerce_url = models.CharField(max_length=MAX_URL, blank=True)
    retailer_store_id = models.CharField(max_length=MAX_STORE_ID, blank=True)
    store_type = models.CharField(max_length=MAX_STORE_TYPE, blank=True)
    attributes: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(
        default=dict
    )
    # When what is known of it was seen; None while no dated file has described it.
    described_at = models.DateTimeField(null=True)
    # Since when full listings of its company lack it; None while they have it.
    missing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["company", "state", "name", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["company", "key"], name="store_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["company", "division", "state"], name="store_by_place"),
        ]

    def __str__(self) -> str:
        return self.name or self.store_id
