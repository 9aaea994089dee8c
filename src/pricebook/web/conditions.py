"""The conditions of a product filter in words: on the chips of the list, in the names of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.web.templatetags.formats import money

if TYPE_CHECKING:
    from pricebook.catalogue.filters import ProductFilter

_LABELS = {
    "search": "Search",
    "sku": "SKU begins with",
    "name": "Name contains",
    "description": "Description contains",
    "brand": "Brand",
    "category": "Category",
    "gtin": "GTIN",
    "currency": "Currency",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, and the query parameter that states it."""

    name: str
    text: str


def conditions_of(chosen: ProductFilter) -> list[Condition]:
    """Return every condition that is set."""
    texts = {
        name: f"{label}: {getattr(chosen, name)}"
        for name, label in _LABELS.items()
        if getattr(chosen, name)
    }
    if chosen.active is not None:
        texts["active"] = "Active" if chosen.active else "Inactive"
    if chosen.price_min is not None:
        texts["price_min"] = f"Price from {money(chosen.price_min)}"
    if chosen.price_max is not None:
        texts["price_max"] = f"Price to {money(chosen.price_max)}"
    if chosen.ids is not None:
        texts["ids"] = f"{len(chosen.ids):,} chosen"
    return [Condition(name, text) for name, text in texts.items()]
