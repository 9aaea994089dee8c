"""A product as the API shows it, and as it takes it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api.bodies import object_of
from pricebook.catalogue.edits import Value
from pricebook.catalogue.fields import NAMES
from pricebook.catalogue.models import Product
from pricebook.catalogue.represent import money, represent_product

if TYPE_CHECKING:
    from collections.abc import Mapping

# Plain digits: what files may say in a hundred ways, programs say in one.
PRICE: Final = r"^(-?[0-9]{1,20}(\.[0-9]{1,20})?)?$"
_PRICE = re.compile(PRICE)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]+\.[0-9]{2,4}$"})
class MoneyField(serializers.Field[Decimal, str, str, Decimal]):
    """Money as a string with at least two decimals, and more only where there are more."""

    def to_representation(self, value: Decimal) -> str:
        """Return money as a string."""
        return money(value)


class ProductSerializer(serializers.Serializer[Product]):
    """A product as the API shows it (B1), for its description; times are RFC 3339 in UTC."""

    id = serializers.IntegerField(read_only=True)
    sku = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=500)
    description = serializers.CharField(max_length=100_000)
    price = MoneyField(allow_null=True)
    currency = serializers.CharField(max_length=3)
    active = serializers.BooleanField()
    brand = serializers.CharField(max_length=200)
    gtin = serializers.CharField(max_length=50)
    has_invalid_gtin = serializers.BooleanField(read_only=True)
    category = serializers.CharField(max_length=500)
    image_url = serializers.CharField(max_length=2000)
    url = serializers.CharField(max_length=2000)
    unit_size = serializers.CharField(max_length=100)
    attributes = serializers.DictField(child=serializers.JSONField())
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


def read_values(body: object, *, present: Product | None = None) -> dict[str, Value]:
    """Return the fields that a body sets, by their JSON types; what they say is checked later.

    A field that is read only may repeat what `present` has, so that what was read can be sent back.
    Raises ValidationError with every field that cannot be taken.
    """
    given = object_of(body)
    shown = {} if present is None else represent_product(present)
    values: dict[str, Value] = {}
    faults: dict[str, list[ErrorDetail]] = {}
    for name, value in given.items():
        fault = _fault(name, value, shown)
        if fault is not None:
            faults[name] = [fault]
        elif name in NAMES:
            values[name] = _value(name, value)
    if faults:
        raise ValidationError(faults)
    return values


def _fault(name: str, value: object, shown: Mapping[str, object]) -> ErrorDetail | None:
    """Say why a field cannot be taken as it is."""
    if name not in NAMES:
        if name not in _SHOWN:
            takes = ", ".join(NAMES)
            return ErrorDetail(
                f"There is no field {name[:50]!r}: products have {takes}.", "unknown"
            )
        if name in shown and shown[name] == value:
            return None
        return ErrorDetail(f"{name} cannot be written.", "read_only")
    if value is None and name not in ("sku", "active"):
        return None
    if name == "price":
        return _price_fault(value)
    kind, word = _TYPES.get(name, (str, "a string"))
    return None if isinstance(value, kind) else ErrorDetail(f"{name} has to be {word}.", "type")


_SHOWN: Final = frozenset(ProductSerializer().fields)
_TYPES: Final[Mapping[str, tuple[type, str]]] = {
    "active": (bool, "true or false"),
    "attributes": (dict, "an object"),
}


def _price_fault(value: object) -> ErrorDetail | None:
    if isinstance(value, str):
        fits = _PRICE.fullmatch(value) is not None
    else:
        # The exponent is looked at first: written out, 1e999999999 would fill the memory.
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        fits = number and abs(Decimal(str(value)).adjusted()) <= 20
    sentence = 'price has to be a plain number, best as a string such as "12.50", or null.'
    return None if fits else ErrorDetail(sentence, "price_invalid")


def _value(name: str, value: Any) -> Value:
    if name == "attributes":
        return {} if value is None else _plain(value)
    if value is None:
        return None if name == "price" else ""
    if name == "price":
        return str(value) if isinstance(value, str) else Decimal(value)
    accepted: str | bool = value
    return accepted


def _plain(value: Any) -> Any:
    """Return the value with floats where the parser kept Decimals: attributes are no money."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
