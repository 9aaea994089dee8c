"""The conditions of a list of products (B2), in a query as in a body."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError as FormError
from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api.base import refuse_parameter
from pricebook.api.bodies import object_of
from pricebook.api.problems import ParameterError
from pricebook.catalogue.filters import FILTER_NAMES, ProductFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

MAX_IDS = 1_000
_MAX_ID = 2**63 - 1
_SENTENCES: Final = {
    "sku": "Products whose SKU begins so, without regard to case.",
    "search": "Words that all occur in the name; or the beginning of the SKU, or the GTIN.",
    "name": "Text that occurs in the name, without regard to case.",
    "description": "Text that occurs in the description, without regard to case.",
    "active": "Active products alone, or inactive ones.",
    "brand": "The whole brand, without regard to case.",
    "category": "The whole category, without regard to case.",
    "gtin": "The GTIN, in any of its lengths.",
    "currency": "The currency, by its ISO 4217 code.",
    "price_min": "The lowest price, included; products without a price are out.",
    "price_max": "The highest price, included; products without a price are out.",
    "ids": "These products alone: numbers separated by commas.",
}


class _Ids(forms.CharField):
    """Numbers of products, separated by commas."""

    def clean(self, value: Any) -> tuple[int, ...] | None:
        """Return the numbers; None where nothing is said."""
        text = super().clean(value)
        if not text:
            return None
        parts = text.split(",")
        if len(parts) > MAX_IDS:
            message = f"At most {MAX_IDS:,} ids at once, not {len(parts):,}."
            raise FormError(message, "too_many")
        if not all(part.isascii() and part.isdigit() and len(part) <= 19 for part in parts):
            message = "ids are numbers of products separated by commas, such as 3,17."
            raise FormError(message, "invalid")
        return tuple(number for part in parts if (number := int(part)) <= _MAX_ID)


class ProductConditions(forms.Form):
    """What may be asked for; its meaning is `ProductQuerySet.matching`'s."""

    sku = forms.CharField(max_length=100, required=False)
    search = forms.CharField(max_length=500, required=False)
    name = forms.CharField(max_length=500, required=False)
    description = forms.CharField(max_length=500, required=False)
    active = forms.TypedChoiceField(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda text: text == "true",
        empty_value=None,
        required=False,
    )
    brand = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=500, required=False)
    gtin = forms.CharField(max_length=50, required=False)
    currency = forms.RegexField("^[A-Za-z]{3}$", required=False)
    price_min = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, required=False)
    price_max = forms.DecimalField(min_value=0, max_digits=14, decimal_places=4, required=False)
    ids = _Ids(max_length=20 * MAX_IDS, required=False)

    def chosen(self) -> ProductFilter:
        """Return the filter of valid conditions."""
        return ProductFilter(**self.cleaned_data)

    def faults(self) -> dict[str, list[ErrorDetail]]:
        """Return what is wrong, by field."""
        return {
            name: [ErrorDetail(str(sentence), error.code) for error in data for sentence in error]
            for name, data in self.errors.as_data().items()
        }


FILTER_PARAMETERS = frozenset(FILTER_NAMES)


def filter_of_query(request: Request) -> ProductFilter:
    """Return what the query asks for. Raises ParameterError."""
    for name in ("price_min", "price_max"):
        # Decimal() of 5,000 digits is nothing that anybody means.
        if len(request.query_params.get(name, "")) > 40:
            refuse_parameter(name, f"{name} is too long to be a price.")
    form = ProductConditions(request.query_params)
    if not form.is_valid():
        raise ParameterError(form.faults())
    return form.chosen()


def filter_of_body(body: object, *, place: str) -> ProductFilter:
    """Return what a JSON object asks for, by the names of the query. Raises ValidationError."""
    given = object_of(body)
    unknown = {
        name: [ErrorDetail(f"There is no condition {name[:50]!r} here.", "unknown")]
        for name in given
        if name not in FILTER_NAMES
    }
    if unknown:
        raise ValidationError({place: unknown})
    texts = {name: _as_text(value) for name, value in given.items() if value is not None}
    # In a query a blank condition asks for nothing; here nothing would mean every product.
    if blank := [name for name, text in texts.items() if not text.strip()]:
        message = "This condition is blank: leave it out, or say what is meant."
        raise ValidationError({place: {name: [ErrorDetail(message, "blank")] for name in blank}})
    form = ProductConditions(texts)
    if not form.is_valid():
        raise ValidationError({place: form.faults()})
    return form.chosen()


def describe_filters() -> Mapping[str, str]:
    """Return a sentence for each condition, for the description of the API."""
    return _SENTENCES


def _as_text(value: object) -> str:
    """Return a JSON value as the query would say it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_as_text, value))
    return str(value)[:20_000] if isinstance(value, str | int | Decimal) else "?"
