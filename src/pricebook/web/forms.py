"""What the query strings of the pages may say, and the smallest of their forms."""

from __future__ import annotations

from typing import Any

from django import forms

from pricebook.catalogue.filters import FILTER_NAMES, ProductFilter
from pricebook.catalogue.walk import ORDERINGS
from pricebook.jobs.models import Status

_ANY = ("", "Any")


class FilterForm(forms.Form):
    """Filters that stand in a page's URL; a value that makes no sense filters nothing."""

    def values(self) -> dict[str, Any]:
        """Return the filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class ImportFilter(FilterForm):
    """The filter of the import history."""

    status = forms.ChoiceField(required=False, choices=[("", "All"), *Status.choices])


class ApprovalForm(forms.Form):
    """Which review was shown to the person who approves; an older page does not say."""

    written_at = forms.DateTimeField(required=False)


class ProductFilterForm(FilterForm):
    """The filters, the order and the page size of the product list (B2)."""

    SIZES = (25, 50, 100, 250)
    SIZE = 50

    search = forms.CharField(required=False, max_length=200, label="Search")
    brand = forms.CharField(required=False, max_length=200)
    category = forms.CharField(required=False, max_length=500)
    active = forms.TypedChoiceField(
        required=False,
        choices=[_ANY, ("true", "Active"), ("false", "Inactive")],
        coerce=lambda value: value == "true",
        empty_value=None,
    )
    price_min = forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=4, label="Price from"
    )
    price_max = forms.DecimalField(
        required=False, min_value=0, max_digits=14, decimal_places=4, label="Price to"
    )
    sku = forms.CharField(required=False, max_length=100, label="SKU begins with")
    name = forms.CharField(required=False, max_length=500, label="Name contains")
    description = forms.CharField(required=False, max_length=500, label="Description contains")
    gtin = forms.CharField(required=False, max_length=50, label="GTIN")
    currency = forms.CharField(required=False, max_length=3)
    sort = forms.ChoiceField(required=False, choices=[(each, each) for each in ORDERINGS])
    size = forms.TypedChoiceField(
        required=False, choices=[(size, size) for size in SIZES], coerce=int
    )

    # Those that are always in sight; the others unfold.
    FIRST = ("search", "brand", "category", "active", "price_min", "price_max")

    def chosen(self) -> ProductFilter:
        """Return which products are meant."""
        values = self.values()
        return ProductFilter(**{name: values[name] for name in FILTER_NAMES if name in values})

    @property
    def sort_by(self) -> str:
        """Return the column of the order, with a minus when it runs downwards."""
        return str(self.values().get("sort", "sku"))

    @property
    def page_size(self) -> int:
        """Return how many products a page shows."""
        return int(self.values().get("size", self.SIZE))

    @property
    def unfolds(self) -> bool:
        """Say whether a filter is set that is not always in sight."""
        others = {"sku", "name", "description", "gtin", "currency"}
        return not others.isdisjoint(self.values())
