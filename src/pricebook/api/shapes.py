"""What the bodies of requests may hold, as JSON schemas, for the description of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pricebook.api.direct_uploads import CRC32, PARTS_AT_ONCE
from pricebook.api.options import MAX_NAME
from pricebook.api.product_fields import PRICE
from pricebook.catalogue.fields import NAMES
from pricebook.catalogue.filters import FILTER_NAMES
from pricebook.catalogue.modes import Mode


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _text(limit: int) -> dict[str, Any]:
    return {"type": ["string", "null"], "maxLength": limit}


_READ_ONLY: Final = {
    name: {"readOnly": True, "description": "May be sent back as it was read."}
    for name in ("id", "has_invalid_gtin", "created_at", "updated_at")
}
_FIELDS: Final[Mapping[str, Any]] = {
    "sku": {"type": "string", "minLength": 1, "maxLength": 100},
    "name": _text(500),
    "description": _text(100_000),
    "price": {
        "description": "At most 10 digits before the decimals and 4 decimals.",
        "oneOf": [
            {"type": "string", "pattern": PRICE.replace("-?", "")},
            {"type": "number", "minimum": 0},
            {"type": "null"},
        ],
    },
    "currency": {**_text(3), "description": "An ISO 4217 code."},
    "active": {"type": "boolean"},
    "brand": _text(200),
    "gtin": _text(50),
    "category": _text(500),
    "image_url": _text(2000),
    "url": _text(2000),
    "unit_size": _text(100),
    "attributes": {
        "type": ["object", "null"],
        "description": "Texts, numbers, true, false, null, and lists of these.",
        "additionalProperties": True,
    },
}
assert tuple(_FIELDS) == NAMES  # noqa: S101 (the description has every field)
NEW_PRODUCT: Final = _object(_FIELDS, "sku")
WHOLE_PRODUCT: Final = _object({**_FIELDS, **_READ_ONLY}, "sku")
PART_OF_PRODUCT: Final = _object({**_FIELDS, **_READ_ONLY})
BULK_ORDER: Final = _object(
    {
        "action": {"type": "string", "enum": ["activate", "deactivate", "delete"]},
        "ids": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 1,
            "maxItems": 1000,
        },
        "filter": _object({name: {} for name in FILTER_NAMES}),
    },
    "action",
)
CONFIRMED: Final = _object({"confirmation": {"type": "string"}})
_CRC32: Final = {
    "type": "string",
    "pattern": CRC32,
    "description": "The four bytes of the CRC-32, big-endian, in base64.",
}
NEW_UPLOAD: Final = _object(
    {
        "filename": {"type": "string", "minLength": 1, "maxLength": 255},
        "size": {"type": "integer", "minimum": 1, "description": "In bytes."},
        "content_type": {"type": "string", "maxLength": 200},
        "crc32": _CRC32,
    },
    "filename",
    "size",
)
_PART_TO_SEND: Final = _object(
    {"number": {"type": "integer", "minimum": 1}, "crc32": _CRC32}, "number", "crc32"
)
PARTS_TO_SEND: Final = _object(
    {
        "parts": {
            "type": "array",
            "items": _PART_TO_SEND,
            "minItems": 1,
            "maxItems": PARTS_AT_ONCE,
        }
    },
    "parts",
)
_CHOICES: Final = {"$ref": "#/components/schemas/Choices"}
_OPTIONS: Final[Mapping[str, Any]] = {
    "preview": {"type": "boolean", "description": "Wait for approval before anything changes."},
    "mode": {"type": "string", "enum": list(Mode.values)},
    "source": {**_text(MAX_NAME), "description": "Whose file it is; a new name makes a source."},
    "deactivate_missing": {
        "type": "boolean",
        "description": "Switch off the products of the source's last file that are not in this.",
    },
    "all_or_nothing": {
        "type": "boolean",
        "description": "Change nothing when a row cannot be taken in.",
    },
    "mapping": {**_text(MAX_NAME), "description": "The name of a saved mapping."},
}
SENT: Final = _object(
    {
        "key": {"type": "string", "minLength": 1, "maxLength": 200},
        **_OPTIONS,
        "choices": {"oneOf": [_CHOICES, {"type": "null"}]},
    },
    "key",
)
UPLOAD: Final = _object(
    {
        "file": {"type": "string", "format": "binary"},
        **_OPTIONS,
        "choices": {"type": "string", "description": "Choices as JSON text."},
    },
    "file",
)
_MAPPING_NAME: Final = {"type": "string", "maxLength": MAX_NAME}
REMAPPED: Final = _object(
    {
        "choices": _CHOICES,
        "remember": {
            "type": "boolean",
            "description": "Read all files with such a header so from now on.",
        },
        "name": {**_MAPPING_NAME, "description": "Keep the choices under this name."},
    },
    "choices",
)
_OF_MAPPING: Final = {"name": _MAPPING_NAME, "choices": _CHOICES}
MAPPING: Final = _object(_OF_MAPPING, *_OF_MAPPING)
PART_OF_MAPPING: Final = _object(_OF_MAPPING)
