"""What a request may want of an import besides its file: what it may do, and how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ParseError, ValidationError

from pricebook.accounts.models import Scope
from pricebook.api.bodies import StrictBody, parse_json
from pricebook.api.permissions import require_scope
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Source
from pricebook.catalogue.modes import Mode
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.presets import PRESETS
from pricebook.imports.choices import ChoicesRefused, choices_from_json, choices_to_json
from pricebook.imports.mappings import MappingNotFound, find_mapping
from pricebook.imports.options import Options, OptionsRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from pricebook.feed.choices import Choices

MAX_NAME = 100
"""Characters of the name of a source or a mapping."""


class ChoicesSerializer(serializers.Serializer[Any]):
    """How a file is read; whatever is blank, null or left out is found out from the file."""

    encoding = serializers.CharField(required=False, help_text=f"One of {', '.join(ENCODINGS)}.")
    delimiter = serializers.CharField(required=False, help_text="One character, or `tab`.")
    decimal = serializers.CharField(
        required=False, allow_null=True, help_text="The decimal mark: a point or a comma."
    )
    minor_units = serializers.BooleanField(
        required=False, help_text="Prices are in cents: 2500 is 25.00."
    )
    currency = serializers.CharField(
        required=False, help_text="Of prices that come without one: an ISO 4217 code."
    )
    preset = serializers.CharField(
        required=False,
        help_text="What proposes the columns: "
        f"{', '.join(preset.name for preset in PRESETS)}, or `none`.",
    )
    columns = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        allow_null=True,
        help_text="The column of each field that is read; null proposes them.",
    )
    inverted = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="The column of `active` says the opposite; null lets its title tell.",
    )
    attributes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Columns that are kept among a product's attributes.",
    )
    defaults = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="What a blank cell of a field means, written as in the file.",
    )
    key_columns = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Columns that make the SKU where it is blank, joined by `-`.",
    )
    fill_down = serializers.BooleanField(
        required=False,
        help_text="Blank texts are those of the row above with the same first cell of the key.",
    )
    clear_token = serializers.CharField(
        required=False, help_text="What a cell holds that empties its field; blank for nothing."
    )


class ChoicesField(serializers.Field["Choices", Any, Any, Any]):
    """Choices as a JSON object."""

    def to_internal_value(self, data: Any) -> Choices:
        """Read the choices. Raises ValidationError that points at the one that is wrong."""
        try:
            return choices_from_json(data)
        except ChoicesRefused as error:
            faults = [ErrorDetail(str(error), "invalid")]
            raise ValidationError({error.field: faults} if error.field else faults) from None

    def to_representation(self, value: Choices) -> dict[str, Any]:
        """Return them as they are read."""
        return choices_to_json(value)


class ChoicesText(ChoicesField):
    """Choices in a form, which knows texts alone: JSON text."""

    def to_internal_value(self, data: Any) -> Choices:
        """Read the text, then the choices. Raises ValidationError."""
        try:
            said = parse_json(str(data).encode())
        except (ParseError, UnicodeEncodeError):
            message = 'Write the choices as one JSON object, such as {"delimiter": ";"}.'
            raise ValidationError([ErrorDetail(message, "invalid")]) from None
        return super().to_internal_value(said)


class OptionFields(StrictBody):
    """What is wanted of an import (A11, A15); `options_of` returns it."""

    preview = serializers.BooleanField(required=False, default=False)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False, default=Mode.UPSERT)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=MAX_NAME, required=False, allow_blank=True, allow_null=True, default=""
    )
    deactivate_missing = serializers.BooleanField(required=False, default=False)
    all_or_nothing = serializers.BooleanField(required=False, default=False)
    mapping = serializers.CharField(
        max_length=MAX_NAME, required=False, allow_blank=True, allow_null=True, default=""
    )
    choices = ChoicesField(required=False, allow_null=True, default=None)

    def validate_mapping(self, name: str | None) -> str:
        """Refuse a name that no mapping has, before a file is taken in."""
        if not name:
            return ""
        try:
            return find_mapping(name).name
        except MappingNotFound as error:
            raise ValidationError([ErrorDetail(str(error), "not_found")]) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what does not go together, before a file is taken in."""
        try:
            options_of(attrs).check()
        except OptionsRefused as error:
            fault = ErrorDetail(str(error), "refused")
            raise ValidationError({error.field: [fault]}) from None
        return attrs


def require_known_source(options: Options, request: Request) -> None:
    """Refuse a source that is new to one who may only upload. Raises PermissionDenied.

    A misspelt one would never miss anything, and who sends files is for others to say.
    """
    name = options.source.strip()
    if name and not Source.objects.filter(key=sku_key(name)).exists():
        require_scope(request, Scope.WRITE, because=f"There is no source “{name}” yet.")


def options_of(given: Mapping[str, Any]) -> Options:
    """Return what the values of `OptionFields` say."""
    return Options(
        preview=given["preview"],
        mode=Mode(given["mode"]),
        source=given["source"] or "",
        deactivate_missing=given["deactivate_missing"],
        all_or_nothing=given["all_or_nothing"],
        mapping=given["mapping"] or "",
        choices=given["choices"],
    )
