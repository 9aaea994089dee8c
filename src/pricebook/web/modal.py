"""The one modal of the pages: its forms, and the answer that closes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from pricebook.web.toasts import answer_with_toasts

_SELECTS = (forms.Select, forms.SelectMultiple)
_TICKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)


class ModalForm(forms.Form):
    """A form whose fields look like the rest of the pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", _look_of(field.widget))


def close_modal(request: HttpRequest, *events: str) -> HttpResponse:
    """Answer a form that is done: close the modal, show the messages, fire `events` on the page."""
    return answer_with_toasts(request, "modal-close", *events)


def _look_of(widget: forms.Widget) -> str:
    if isinstance(widget, _TICKS):
        return "form-check-input"
    return "form-select" if isinstance(widget, _SELECTS) else "form-control"
