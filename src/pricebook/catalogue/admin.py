"""The book as operators see it; products are changed through the pages, which keep the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

from pricebook.accounts.operator_site import ReadOnlyAdmin
from pricebook.catalogue.counts import COUNT_LIMIT
from pricebook.catalogue.models import BulkEdit, Product, Source

if TYPE_CHECKING:
    from django.db.models import QuerySet


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first COUNT_LIMIT products: counting millions would take each page a second."""

    @cached_property
    def count(self) -> int:
        """Count no further than anybody turns pages."""
        found = cast("QuerySet[Product]", self.object_list)
        return found.order_by()[:COUNT_LIMIT].count()


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products, the deleted ones too."""

    list_display = ("sku", "name", "price", "active", "updated_at", "deleted_at")
    search_fields = ("sku_key__startswith",)
    # No other order has an index.
    sortable_by = ()
    paginator = BoundedPaginator
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


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Whose files are known as a whole."""

    list_display = ("name", "last_rows", "last_import_at")
    search_fields = ("key",)
