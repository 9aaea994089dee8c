"""What else a file says of a store, as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from pricebook.feed.columns import fold
from pricebook.feed.prices import without_zeros
from pricebook.feed.readers.json_values import Number
from pricebook.feed.records import MAX_ATTRIBUTES, CellFault, is_storable
from pricebook.feed.stores.fields import Cell, is_blank, snake_case
from pricebook.feed.stores.texts import lines_of, said

_MAX_DEPTH: Final = 20
_MAX_DIGITS: Final = 18
_IGNORED: Final = frozenset(
    [
        # How it is at this moment, as seen from where the scraper stood.
        *("distance", "geolevel", "isopen", "isopennow", "opennow", "gmtzone", "nearbypartners"),
        # About the company's record and the scraper's work.
        *("updated", "updatetimestamp", "updatedat", "lastupdated", "scrapedat", "datescraped"),
        # Said again, or an app's settings.
        *("categorisedfacilities", "geofencing"),
    ]
)
_NAMED: Final = {"id": "record_id"}
"""As older scrapers' documents name what companies write differently."""
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


def write_attributes(cells: Iterable[Cell]) -> tuple[str, CellFault | None]:
    """Return the canonical JSON of what is worth keeping, and why some of it was left out.

    What changes with every look at a store is not kept, or each would be a change of the store.
    """
    kept: dict[str, object] = {}
    fault: CellFault | None = None
    for cell in cells:
        if fold(cell.name) in _IGNORED:
            continue
        value = _clean(cell.value, 1)
        if isinstance(value, CellFault) or not is_storable(cell.name):
            fault = CellFault("attributes_invalid", "They hold what no text can hold.")
        elif not is_blank(value):
            kept.setdefault(_NAMED.get(cell.name, cell.name), value)
    text = _encode(kept)
    if len(text) > MAX_ATTRIBUTES:
        text = _shortened(kept)
        fault = CellFault("attributes_too_long", f"They have over {MAX_ATTRIBUTES:,} characters.")
    return text, fault


def _shortened(kept: dict[str, object]) -> str:
    """Leave the longest out until the rest is short enough."""
    lengths = {name: len(_encode({name: value})) for name, value in kept.items()}
    for name in sorted(lengths, key=lambda name: (-lengths[name], name)):
        if sum(lengths.values()) <= MAX_ATTRIBUTES:
            break
        del lengths[name]
    return _encode({name: kept[name] for name in lengths})


def _clean(value: object, depth: int) -> object:
    """Return a value as JSON can hold it, or the fault of one that cannot be kept."""
    if isinstance(value, Number):
        return _number(value)
    if isinstance(value, str):
        text = said(value)
        return text if isinstance(text, CellFault) else "\n".join(lines_of(text))
    if value is None or isinstance(value, bool):
        return value
    if depth > _MAX_DEPTH:
        return CellFault("attributes_invalid", "They are nested too deep.")
    if isinstance(value, dict):
        pairs = {snake_case(key) or key: _clean(each, depth + 1) for key, each in value.items()}
        return next(_faults([*map(_key_fault, pairs), *pairs.values()]), None) or pairs
    return _list([_clean(each, depth + 1) for each in value] if isinstance(value, list) else [])


def _list(values: list[object]) -> object:
    """Return a list, sorted where it is one of texts: some companies shuffle them."""
    texts = [value for value in values if isinstance(value, str)]
    return next(_faults(values), None) or (sorted(texts) if len(texts) == len(values) else values)


def _faults(values: Iterable[object]) -> Iterator[CellFault]:
    return (value for value in values if isinstance(value, CellFault))


def _key_fault(key: str) -> CellFault | None:
    if is_storable(key):
        return None
    return CellFault("attributes_invalid", "A name holds what no text can hold.")


def _number(number: Number) -> object:
    """Return a number as one, or as text where JSON's readers would round it."""
    plain = without_zeros(number.plain())
    if plain.lstrip("-").isdigit():
        return int(plain) if len(plain) <= _MAX_DIGITS else plain
    value = float(plain)
    return value if repr(value) == plain else plain
