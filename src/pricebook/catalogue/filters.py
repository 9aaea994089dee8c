"""Which products somebody means: the one form in which page, API, export and bulk edit say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONEY = ("price_min", "price_max")


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Conditions that all have to hold; a field at its default asks for nothing (B2).

    None of the texts regards case. The price bounds are inclusive, and a product without a price is
    outside any bound.
    """

    # Words that each occur in the name; or the beginning of the SKU, or the GTIN.
    search: str = ""
    # The beginning of the SKU, so that the index of the keys answers it.
    sku: str = ""
    # Text that occurs anywhere in the field.
    name: str = ""
    description: str = ""
    active: bool | None = None
    # The whole of the field.
    brand: str = ""
    category: str = ""
    gtin: str = ""
    currency: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    # These products alone, by their ids.
    ids: tuple[int, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether every product is meant."""
        return self == ProductFilter()

    def as_json(self) -> dict[str, Any]:
        """Return what is asked for, as plain JSON."""
        defaults = ProductFilter()
        return {
            name: str(value) if isinstance(value, Decimal) else value
            for name, value in asdict(self).items()
            if value != getattr(defaults, name)
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_json` returned."""
        values: dict[str, Any] = {
            name: Decimal(value) if name in _MONEY else value for name, value in stored.items()
        }
        if "ids" in values:
            values["ids"] = tuple(values["ids"])
        return cls(**values)


FILTER_NAMES = tuple(field.name for field in fields(ProductFilter))
