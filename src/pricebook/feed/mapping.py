"""From a header and a person's choices to which column holds what; open choices are proposed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pricebook.feed.columns import ColumnMapping, fold_name, says_the_opposite, suggest_fields
from pricebook.feed.errors import FeedError
from pricebook.feed.outline import column_names
from pricebook.feed.presets import NO_PRESET, PRESETS, Preset, recognise
from pricebook.feed.records import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pricebook.feed.choices import Choices

_MAX_LISTED: Final = 20
_MAX_SHOWN_TITLE: Final = 40


def complete_choices(
    choices: Choices, header: Sequence[str], sample: Sequence[Sequence[str]]
) -> Choices:
    """Return the choices with the columns that the header suggests, where a person named none.

    A preset proposes first, synonyms fill what it leaves open (A10).
    """
    choices = _as_spelled_in_file(choices, header)
    if choices.columns is None:
        return _proposed(choices, header, sample)
    inverted = choices.inverted
    if inverted is None:
        inverted = says_the_opposite(choices.columns.get("active", ""))
    return replace(choices, inverted=inverted)


def _proposed(choices: Choices, header: Sequence[str], sample: Sequence[Sequence[str]]) -> Choices:
    preset = _preset(choices.preset, header)
    settled = preset.columns(header) if preset else {}
    fields, inverted = suggest_fields(header, sample, settled)
    names = column_names(header)
    columns = {field: names[at] for field, at in fields.items()}
    key, fill_down = choices.key_columns, choices.fill_down
    if preset and not key:
        key = tuple(names[at] for at in preset.key_columns(header))
        fill_down = fill_down or (preset.fill_down and bool(key))
    if columns.get("sku") in key:
        # A column that makes a part of the SKU is not all of it.
        del columns["sku"]
    return replace(
        choices,
        preset=preset.name if preset else NO_PRESET,
        columns=MappingProxyType(columns),
        inverted=inverted if choices.inverted is None else choices.inverted,
        key_columns=key,
        fill_down=fill_down,
    )


def map_columns(header: Sequence[str], choices: Choices) -> ColumnMapping:
    """Return the mapping that complete choices say.

    Raises FeedError `column_missing` for names that the file does not have, `no_sku_column`, and
    `no_other_column` when there is nothing but a SKU to read.
    """
    columns = choices.columns or {}
    places = _find(header, [*columns.values(), *choices.key_columns, *choices.attributes])
    fields = {field: places[name] for field, name in columns.items()}
    if "sku" not in fields and not choices.key_columns:
        raise FeedError("no_sku_column", _no_sku(header))
    if not (fields.keys() | choices.defaults.keys()) - {"sku"} and not choices.attributes:
        sku = [columns["sku"]] if "sku" in columns else choices.key_columns
        raise FeedError("no_other_column", _nothing_but_sku(header, ", ".join(sku)))
    used = set(places.values())
    return ColumnMapping(
        header=tuple(header),
        fields=MappingProxyType(fields),
        active_inverted=bool(choices.inverted) and "active" in fields,
        ignored=tuple(t for at, t in enumerate(header) if at not in used and t.strip()),
        key=tuple(places[name] for name in choices.key_columns),
        attributes=MappingProxyType({name: places[name] for name in choices.attributes}),
    )


def locate_columns(names: Sequence[str], chosen: Iterable[str]) -> dict[str, int]:
    """Return the places of the chosen columns among a file's `names`, without those not there.

    Case and accents do not matter where no name is exactly the same: remembered choices are for
    files whose headers have the same words, see `outline.fingerprint`.
    """
    places = {name: at for at, name in enumerate(names)}
    by_words: dict[str, int] = {}
    for name, at in places.items():
        by_words.setdefault(fold_name(name), at)
    by_words.pop("", None)
    found = {name: places.get(name, by_words.get(fold_name(name))) for name in chosen}
    return {name: at for name, at in found.items() if at is not None}


def _preset(name: str, header: Sequence[str]) -> Preset | None:
    if not name:
        return recognise(header)
    return next((preset for preset in PRESETS if preset.name == name), None)


def _as_spelled_in_file(choices: Choices, header: Sequence[str]) -> Choices:
    """Return choices whose columns are named as in the file, where only case or accents differ."""
    names = column_names(header)
    columns = choices.columns
    chosen = [*(columns or {}).values(), *choices.key_columns, *choices.attributes]
    places = locate_columns(names, chosen)

    def spelled(name: str) -> str:
        return names[places[name]] if name in places else name

    if columns is not None:
        columns = MappingProxyType({field: spelled(name) for field, name in columns.items()})
    return replace(
        choices,
        columns=columns,
        key_columns=tuple(map(spelled, choices.key_columns)),
        attributes=tuple(map(spelled, choices.attributes)),
    )


def _find(header: Sequence[str], wanted: Sequence[str]) -> Mapping[str, int]:
    """Return the columns of exactly these names."""
    names = column_names(header)
    places = {name: at for at, name in enumerate(names)}
    missing = [name for name in dict.fromkeys(wanted) if name not in places]
    if missing:
        listed = ", ".join(f"“{name[:_MAX_SHOWN_TITLE]}”" for name in missing[:_MAX_LISTED])
        message = (
            f"The file has no column {storable(listed)}. Its columns are: {_listed(names)}. "
            "Choose its columns anew."
        )
        raise FeedError("column_missing", message)
    return {name: places[name] for name in wanted}


def _no_sku(header: Sequence[str]) -> str:
    return (
        f"The file has no SKU column. Its columns are: {_listed(header)}. Rename the one that "
        "identifies a product to sku; variant sku, item sku, product code, reference, "
        "article number, product id, id, code and barcode are understood too."
    )


def _nothing_but_sku(header: Sequence[str], sku: str) -> str:
    return (
        f"Only the SKU column ({sku.strip()}) was recognised. The file's columns are: "
        f"{_listed(header)}. Rename at least one more to name, description, price or active."
    )


def _listed(titles: Sequence[str]) -> str:
    shown = [title.strip()[:_MAX_SHOWN_TITLE] for title in titles if title.strip()]
    more = f" and {len(shown) - _MAX_LISTED:,} more" if len(shown) > _MAX_LISTED else ""
    return storable(", ".join(shown[:_MAX_LISTED])) + more
