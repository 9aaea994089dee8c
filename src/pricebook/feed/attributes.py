"""Attributes: further columns of a product, kept as one JSON object (RFC 8259)."""

import json
from collections.abc import Iterable, Mapping
from typing import NoReturn

from pricebook.feed.records import MAX_ATTRIBUTES, CellFault, is_storable

_MAX_DEPTH = 20
_INVALID = CellFault(
    "attributes_invalid",
    "These are no attributes. Write a JSON object whose values are texts, numbers, true, false, "
    'null, or lists of these, such as {"colour":"red"}.',
)
_REPEATED = CellFault("attributes_invalid", "The attributes name the same key twice. Remove one.")
_UNSTORABLE = CellFault(
    "attributes_invalid", "The attributes contain a character that no text can hold. Remove it."
)
_TOO_DEEP = CellFault(
    "attributes_invalid",
    f"The attributes hold lists in more than {_MAX_DEPTH} lists. Flatten them.",
)


class _NotAttributesError(ValueError):
    """Carries the reason out of the parser."""

    def __init__(self, fault: CellFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def parse_attributes(text: str) -> str | CellFault:
    """Return the canonical JSON of an object of scalars and lists, or the fault.

    Canonical is with sorted keys and without spaces, so that equal attributes are equal texts.
    Numbers with a point or exponent are IEEE doubles (RFC 8259 section 6); NaN and infinities,
    "1e400" included, are refused, and so are integers too long for Python.
    """
    if len(text) > MAX_ATTRIBUTES:
        return _too_long(text)
    try:
        attributes = _decode(text)
        canonical = _encode(attributes)
    except _NotAttributesError as error:
        return error.fault
    except (ValueError, RecursionError):
        return _INVALID
    fault = _fault_of(attributes)
    return fault or (_too_long(canonical) if len(canonical) > MAX_ATTRIBUTES else canonical)


def join_attributes(text: str, more: Mapping[str, str | None]) -> str:
    """Return a JSON object with more texts in it; they win, and None takes a key away.

    A blank text is an empty object. What is no object is returned as it is.
    """
    said = {key: value for key, value in more.items() if value is not None}
    if not text:
        return _encode(said)
    own = parse_attributes(text)
    if isinstance(own, CellFault):
        return text
    kept = {key: value for key, value in _decode(own).items() if key not in more}
    return _encode({**kept, **said})


def _too_long(text: str) -> CellFault:
    message = (
        f"The attributes have {len(text):,} characters; at most {MAX_ATTRIBUTES:,} are allowed."
    )
    return CellFault("attributes_too_long", message)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotAttributesError(_REPEATED)
    return found


def _refuse(_constant: str) -> NoReturn:
    raise _NotAttributesError(_INVALID)


# Made once: json.loads and json.dumps with options make theirs for every call.
_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse).decode
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def _fault_of(attributes: object) -> CellFault | None:
    """Tell why a parsed value is no object of scalars and lists, level by level."""
    if not isinstance(attributes, dict):
        return _INVALID
    level: Iterable[object] = [*attributes, *attributes.values()]
    for _ in range(_MAX_DEPTH + 1):
        lists = []
        for value in level:
            if isinstance(value, dict):
                return _INVALID
            if isinstance(value, str) and not is_storable(value):
                return _UNSTORABLE
            if isinstance(value, list):
                lists.append(value)
        if not lists:
            return None
        level = [value for values in lists for value in values]
    return _TOO_DEEP
