"""What the pages' query strings and forms may say."""

from __future__ import annotations

from typing import Any

from django import forms

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


class ProductFilter(FilterForm):
    """The filters and the order of the product list."""

    SORTS = ("sku", "name", "price", "updated")

    sku = forms.CharField(required=False, max_length=100, label="SKU")
    name = forms.CharField(required=False, max_length=500, label="Name")
    active = forms.TypedChoiceField(
        required=False,
        choices=[_ANY, ("true", "Active"), ("false", "Inactive")],
        coerce=lambda value: value == "true",
        empty_value=None,
    )
    sort = forms.ChoiceField(
        required=False, choices=[(s, s) for name in SORTS for s in (name, f"-{name}")]
    )
