"""JSON Schemas (2020-12) of what events say.

Further members may come: a receiver that ignores what it does not know goes on working.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pricebook.changes.models import Kind
from pricebook.webhooks.event_types import OF_KIND
from pricebook.webhooks.payloads import MOST_IN_BATCH

Schema = Mapping[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_NUMBER: Final[Schema] = {"type": "integer"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_ADDRESS: Final[Schema] = {"type": "string", "format": "uri"}
_JOB: Final[Schema] = {
    "type": ["string", "null"],
    "format": "uuid",
    "description": "The job that did it, such as an import; null for an edit.",
}
_VERSION: Final[Schema] = {
    "type": "integer",
    "description": "The change set that wrote it: a higher one is newer.",
}
_CHANGES_URL: Final[Schema] = {
    **_ADDRESS,
    "description": "Where every single change can be read, with a key that has the scope `read`.",
}


def _object(properties: Mapping[str, Schema], **more: Any) -> dict[str, Any]:
    """Return the schema of an object that has all of these members."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        **more,
    }


def _or_null(type_: str, **more: Any) -> dict[str, Any]:
    return {"type": [type_, "null"], **more}


_PRODUCT: Final = _object(
    {
        "id": _NUMBER,
        "sku": _TEXT,
        "name": _TEXT,
        "description": _TEXT,
        "price": _or_null("string", pattern=r"^[0-9]+\.[0-9]{2,4}$"),
        "currency": {**_TEXT, "description": "An ISO 4217 code, or blank."},
        "active": _FLAG,
        "brand": _TEXT,
        "gtin": _TEXT,
        "has_invalid_gtin": _FLAG,
        "category": _TEXT,
        "image_url": _TEXT,
        "url": _TEXT,
        "unit_size": _TEXT,
        "attributes": {"type": "object"},
        "created_at": _TIME,
        "updated_at": _TIME,
        "version": _VERSION,
    },
    description="The product as it was when this was queued, as the API shows it.",
)
_TALLY: Final = _object(
    {kind.value: _COUNT for kind in Kind}, description="How many products it concerns, by kind."
)
_IMPORT: Final = _object(
    {
        "id": {"type": "string", "format": "uuid"},
        "status": _TEXT,
        "file": {**_TEXT, "description": "The sender's name for the file."},
        "source": _or_null("string"),
        "mode": {"type": "string", "enum": ["upsert", "create", "update"]},
        "total_rows": _COUNT,
        "created_rows": _COUNT,
        "updated_rows": _COUNT,
        "unchanged_rows": _COUNT,
        "duplicate_rows": _COUNT,
        "skipped_rows": _COUNT,
        "failed_rows": _COUNT,
        "deactivated_products": {
            **_COUNT,
            "description": "Switched off because the file does not have them; no rows of it.",
        },
        "error": {**_TEXT, "description": "A sentence; blank when nothing is wrong."},
        "created_by": _or_null("string"),
        "created_at": _TIME,
        "finished_at": _or_null("string", format="date-time"),
        "url": _ADDRESS,
        "rejects_url": _or_null("string", format="uri"),
    }
)
CHANGED: Final = _object(
    {
        "action": {
            "type": "string",
            "enum": ["activate", "deactivate", "delete", "undo", "edit"],
        },
        "changes": _TALLY,
        "job_id": _JOB,
        "undoes": _or_null("string", format="uuid", description="The job that an undo took back."),
        "changes_url": _CHANGES_URL,
    }
)
OF_IMPORT: Final = _object({"import": _IMPORT, "changes": _TALLY, "changes_url": _CHANGES_URL})
BATCH: Final = _object(
    {
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_IN_BATCH,
            "items": _object(
                {
                    "type": {"type": "string", "enum": sorted({*OF_KIND.values()})},
                    "product_id": _NUMBER,
                    "sku": _TEXT,
                }
            ),
        },
        "version": _VERSION,
        "job_id": _JOB,
        "changes_url": _CHANGES_URL,
    }
)


def of_product(*kinds: Kind) -> dict[str, Any]:
    """Return the schema of what happened to one product."""
    change = _object(
        {
            "kind": {"type": "string", "enum": [kind.value for kind in kinds]},
            "product_id": _NUMBER,
            "sku": {**_TEXT, "description": "The product's SKU after the change."},
            "fields": {
                "type": "object",
                "description": "What changed; empty for a product that is new.",
                "additionalProperties": _object({"before": {}, "after": {}}),
            },
            "version": _VERSION,
            "job_id": _JOB,
            "actor_id": _or_null("integer", description="Who did it; null for a command."),
        }
    )
    product = {
        "description": "Null when the product was purged before this could be queued.",
        "oneOf": [_PRODUCT, {"type": "null"}],
    }
    return _object({"product": product, "change": change})


def envelope(type_: str, data: Schema) -> Schema:
    """Return the schema of a whole body, which all events share."""
    schema = _object(
        {
            "id": {**_TEXT, "description": "The webhook-id: the same whenever it is sent again."},
            "type": {"const": type_},
            "timestamp": {**_TIME, "description": "When it happened, in UTC."},
            "data": data,
        },
        title=type_,
    )
    schema["properties"]["test"] = {
        "const": True,
        "description": "Of a sample that the Test button sends; events that happened have none.",
    }
    return schema
