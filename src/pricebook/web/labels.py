"""What people call the fields of a product."""

from __future__ import annotations

_LABELS = {
    "sku": "SKU",
    "gtin": "GTIN",
    "unit_size": "Unit size",
    "url": "Web address",
    "image_url": "Image address",
}


def label_of(field: str) -> str:
    """Return a field's name for people."""
    return _LABELS.get(field, field.capitalize())
