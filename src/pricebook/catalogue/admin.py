"""The book as operators see it; products are changed through the pages, which keep the ledger."""

from __future__ import annotations

from django.contrib import admin

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.catalogue.models import BulkEdit, Product


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products, the deleted ones too."""

    list_display = ("sku", "name", "price", "active", "updated_at", "deleted_at")
    search_fields = ("^sku_key",)
    search_help_text = "The beginning of a SKU, in small letters."
    ordering = ("-pk",)
    # Counting them all once more for the search's line takes longer than the search.
    show_full_result_count = False


@admin.register(BulkEdit)
class BulkEditAdmin(ReadOnlyAdmin):
    """What was done to many products at once."""

    list_display = ("job_id", "action", "undoes")
    list_select_related = ("undoes",)
    search_fields = ("=job__id", "=action")
