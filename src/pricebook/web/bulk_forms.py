"""What a person may ask for many products at once."""

from __future__ import annotations

from typing import Any

from django import forms

from pricebook.catalogue.models import BulkAction
from pricebook.web.modal import ModalForm

_ACTIONS = (BulkAction.ACTIVATE, BulkAction.DEACTIVATE, BulkAction.DELETE)
# PostgreSQL's bigint ends at 19 digits.
_ID_DIGITS = 18


class IdsField(forms.Field):
    """The ids of the ticked products."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[int, ...]:
        """Return the ids. Raises ValidationError."""
        given: list[str] = value or []
        if not all(_is_id(each) for each in given):
            message = "That is no selection of products. Reload the page and try again."
            raise forms.ValidationError(message)
        return tuple(map(int, given))


class BulkForm(forms.Form):
    """An action for the ticked products of a page, or for all that the list's filter finds."""

    action = forms.TypedChoiceField(
        choices=[(action.value, action.label) for action in _ACTIONS],
        coerce=BulkAction,
        error_messages={"invalid_choice": "Nothing of that kind can be done to products."},
    )
    everything = forms.BooleanField(required=False)
    ids = IdsField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse to do something to nothing."""
        given = self.cleaned_data
        if not self.errors and not given["everything"] and not given["ids"]:
            message = "No product is ticked."
            raise forms.ValidationError(message)
        return given

    @property
    def problem(self) -> str:
        """Return what is wrong with what was asked, as one sentence or more."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


class DeleteAllForm(ModalForm):
    """The number of products, typed by the person who is about to delete them all (B3)."""

    number = forms.CharField(
        max_length=30,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "autofocus": True}),
        error_messages={"required": "Type the number of products."},
    )

    def __init__(self, *args: Any, products: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.products = products
        self.fields["number"].label = f"Type {products:,} to confirm"

    def clean_number(self) -> str:
        """Refuse any number but that of the products that there are at this moment."""
        typed: str = self.cleaned_data["number"]
        # As people group digits: with a comma, a point, a space or an apostrophe.
        if typed.translate(_GROUPING) != str(self.products):
            message = f"There are {self.products:,} products. Type exactly that number."
            raise forms.ValidationError(message)
        return typed


_GROUPING = str.maketrans("", "", ",.' \u00a0\u202f\u2019")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS
