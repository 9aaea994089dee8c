"""Stores as operators see them; they are changed by the files that describe them."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.stores.models import Company, Division, Store


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin):
    """Whose stores are known."""

    list_display = ("name", "slug", "created_at")
    search_fields = ("key",)


@admin.register(Division)
class DivisionAdmin(ReadOnlyAdmin):
    """Parts of companies."""

    list_display = ("name", "company", "slug")
    list_select_related = ("company",)
    search_fields = ("key",)


@admin.register(Store)
class StoreAdmin(ReadOnlyAdmin):
    """Stores, the missing ones too."""

    list_display = (
        "store_id", "name", "company", "division", "state", "is_trading", "described_at",
        "missing_since",
    )  # fmt: skip
    list_filter = ("company", "state")
    list_select_related = ("company", "division")
    search_fields = ("=key", "name", "suburb", "=postcode")
