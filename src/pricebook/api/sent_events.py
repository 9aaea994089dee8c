"""The events that endpoints are sent, as the `webhooks` of the OpenAPI document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pricebook.webhooks.event_catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricebook.webhooks.event_catalogue import EventEntry

_HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "webhook-id": (
        "string",
        "The id of the event, the same whenever it is sent again: what came before is dropped.",
    ),
    "webhook-timestamp": (
        "integer",
        "Seconds since 1970 of this attempt: refuse what is more than five minutes away.",
    ),
    "webhook-signature": (
        "string",
        "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several during a rotation.",
    ),
}
_ANSWERS: Final = {
    "2XX": {"description": "It was taken. Answer at once, and work on it afterwards."},
    "410": {"description": "Nobody wants it any more: the endpoint is disabled."},
    "default": {"description": "It is sent again, up to ten times in some 75 hours."},
}


def describe_webhooks() -> dict[str, Any]:
    """Return what is sent for each type of events (OpenAPI 3.1, section 4.8.1)."""
    return {entry.type: {"post": _operation(entry)} for entry in CATALOGUE.values()}


def _operation(entry: EventEntry) -> dict[str, Any]:
    words = entry.type.replace(".", "_").split("_")
    return {
        "operationId": "on" + "".join(word.capitalize() for word in words),
        "tags": ["events"],
        "summary": entry.summary,
        "description": entry.description,
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "schema": {"type": type_},
                "description": description,
            }
            for name, (type_, description) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": entry.schema, "example": entry.example}},
        },
        "responses": _ANSWERS,
        # A signature stands in place of a key.
        "security": [],
    }
