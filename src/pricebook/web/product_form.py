"""The form of one product; the rules for its values are the catalogue's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms

from pricebook.catalogue.edits import Value, values_of
from pricebook.catalogue.fields import NAMES
from pricebook.web.modal import ModalForm
from pricebook.web.templatetags.formats import plain_money

if TYPE_CHECKING:
    from pricebook.catalogue.edits import InvalidProductError
    from pricebook.catalogue.models import Product


class TextField(forms.CharField):
    """Text as a person typed it: the catalogue trims it, and says what is wrong with it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "strip": False, **kwargs})

    def to_python(self, value: Any) -> str:
        """Return the text with the line ends that the book has."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether a person changed the text, rather than the browser its line ends."""
        return self.to_python(initial or "") != self.to_python(data or "")


class ProductForm(ModalForm):
    """Every field of a product that can be written (B1)."""

    sku = TextField(label="SKU", required=True, widget=forms.TextInput({"maxlength": 100}))
    name = TextField(widget=forms.TextInput({"maxlength": 500}))
    description = TextField(widget=forms.Textarea({"rows": 4, "maxlength": 100_000}))
    price = TextField(widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
    currency = TextField(widget=forms.TextInput({"maxlength": 3, "placeholder": "EUR"}))
    active = forms.BooleanField(required=False, label="Active: for sale")
    brand = TextField(widget=forms.TextInput({"maxlength": 200, "list": "brands"}))
    category = TextField(widget=forms.TextInput({"maxlength": 500, "list": "categories"}))
    gtin = TextField(label="GTIN", widget=forms.TextInput({"maxlength": 50}))
    unit_size = TextField(widget=forms.TextInput({"maxlength": 100, "placeholder": "500 g"}))
    url = TextField(label="Web address", widget=forms.TextInput({"inputmode": "url"}))
    image_url = TextField(label="Image address", widget=forms.TextInput({"inputmode": "url"}))
    attributes = TextField(
        widget=forms.Textarea({"rows": 3, "class": "form-control code", "spellcheck": "false"}),
        help_text='What else is known, as JSON: {"colour": "red", "weight": 1.5}',
    )
    # What the person has seen: somebody else's change since then must not be lost.
    changed_in = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sku"].error_messages["required"] = "Every product needs a SKU."

    @property
    def values(self) -> dict[str, Value]:
        """Return what was changed, by field; a valid form is needed."""
        return {name: self.cleaned_data[name] for name in NAMES if name in self.changed_data}

    def take_problems(self, error: InvalidProductError) -> None:
        """Show each problem beside its field."""
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


def initial_values(product: Product) -> dict[str, object]:
    """Return a product's values as its form shows them."""
    return values_of(product) | {
        "price": plain_money(product.price),
        "attributes": json.dumps(product.attributes, ensure_ascii=False, indent=2)
        if product.attributes
        else "",
        "changed_in": product.changed_in,
    }
