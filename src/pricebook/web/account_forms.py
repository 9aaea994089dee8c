"""The forms of the settings: keys, users, the own password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils import timezone

from pricebook.accounts.keys import (
    DEFAULT_OVERLAP_HOURS,
    MAX_OVERLAP_HOURS,
    NAME_LENGTH,
    clean_name,
)
from pricebook.accounts.models import Role, Scope, User
from pricebook.accounts.roles import scopes_of
from pricebook.web.forms import FilterForm
from pricebook.web.modal import ModalForm

_NEVER = "never"
_LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), (_NEVER, "Never")]


class KeyFilter(FilterForm):
    """The filter of the list of keys."""

    state = forms.ChoiceField(
        required=False, choices=[("", "All"), ("live", "Live"), ("ended", "Ended")]
    )


class KeyForm(ModalForm):
    """A new key of the person who asks, with no more scopes than that person's role covers."""

    name = forms.CharField(
        max_length=NAME_LENGTH,
        help_text="What the key is for, so that you know later what stops when you revoke it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Nightly crawler"}),
    )
    scopes = forms.MultipleChoiceField(
        label="It may", widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    lifetime = forms.ChoiceField(label="It ends after", choices=_LIFETIMES, initial="365")

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.value, scope.label) for scope in scopes_of(person)
        ]
        self.fields["scopes"].error_messages["required"] = "Choose what the key may do."

    def clean_name(self) -> str:
        """Return the name as it is kept."""
        try:
            return clean_name(self.cleaned_data["name"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def chosen(self) -> dict[str, Any]:
        """Return what `issue_api_key` wants to know."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "scopes": [Scope(scope) for scope in data["scopes"]],
            "expires_at": _end(data["lifetime"]),
        }


class RotationForm(ModalForm):
    """How long the old token works on."""

    overlap_hours = forms.IntegerField(
        label="Hours for which the old token works on",
        min_value=0,
        max_value=MAX_OVERLAP_HOURS,
        initial=DEFAULT_OVERLAP_HOURS,
        help_text=f"Time to put the new one into your programs. From 0 to {MAX_OVERLAP_HOURS}.",
    )

    def overlap(self) -> timedelta:
        """Return the time that was chosen."""
        return timedelta(hours=self.cleaned_data["overlap_hours"])


class RoleForm(ModalForm):
    """A role with a word on each."""

    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[
            (Role.VIEWER, "Viewer: sees everything, changes nothing"),
            (Role.EDITOR, "Editor: changes the catalogue, imports and exports"),
            (Role.ADMIN, "Administrator: also users, everybody's keys and settings"),
        ],
        initial=Role.VIEWER,
    )

    def chosen_role(self) -> Role:
        """Return the role that was chosen."""
        return Role(self.cleaned_data["role"])


class UserForm(RoleForm):
    """A new user."""

    username = forms.CharField(
        label="User name",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="Letters, digits and @ . + - _",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    email = forms.EmailField(required=False, label="E-mail")

    field_order = ("username", "email", "role")

    def clean_username(self) -> str:
        """Return the name in the form in which it is stored."""
        return str(User.normalize_username(self.cleaned_data["username"]))


class OwnPasswordForm(PasswordChangeForm):
    """The own password, changed by the one who knows the old one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


def _end(lifetime: str) -> datetime | None:
    return None if lifetime == _NEVER else timezone.now() + timedelta(days=int(lifetime))
