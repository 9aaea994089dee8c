"""What the drop zone offers to say of a file beside what it holds, and what a source is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django import forms

from pricebook.accounts.models import Scope
from pricebook.accounts.roles import may
from pricebook.catalogue.models import MAX_SOURCE_NAME, Source
from pricebook.catalogue.modes import Mode
from pricebook.imports.models import SavedMapping
from pricebook.web.modal import ModalForm

if TYPE_CHECKING:
    from pricebook.accounts.models import User

# More names than anybody picks from; the others can be typed, or asked for by the API.
_OFFERED: Final = 200


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What can be chosen for an upload."""

    modes: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    mappings: tuple[str, ...]


class SourceNameForm(ModalForm):
    """What a source is called."""

    name = forms.CharField(
        max_length=MAX_SOURCE_NAME,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )


def upload_options(user: User) -> UploadOptions | None:
    """Return what somebody can choose; None for who may not upload."""
    if not may(user, Scope.UPLOAD):
        return None
    named = SavedMapping.objects.exclude(name="").order_by("name")
    return UploadOptions(
        modes=tuple((mode.value, mode.label) for mode in Mode),
        sources=tuple(Source.objects.values_list("name", flat=True)[:_OFFERED]),
        mappings=tuple(named.values_list("name", flat=True)[:_OFFERED]),
    )
