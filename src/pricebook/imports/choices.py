"""A person's choices of a file's reading, as they are kept and as they come from outside: JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from pricebook.core.errors import PermanentError
from pricebook.feed.choices import Choices
from pricebook.feed.currencies import read_currency
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.presets import PRESETS
from pricebook.feed.records import ProductRecord, is_storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Every field that a column can hold.
FIELD_NAMES: Final = ProductRecord._fields[1:]
_MAX_COLUMNS: Final = 20_000
_MAX_TEXT: Final = 1000
_MAX_TOKEN: Final = 50

Json = dict[str, Any]


class ChoicesRefused(PermanentError):
    """A choice cannot be made; `field` says which, the text what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def choices_to_json(choices: Choices) -> Json:
    """Return what keeps the choices; `choices_from_json` reads it back."""
    kept: Json = {field.name: getattr(choices, field.name) for field in fields(choices)}
    return {
        **kept,
        "columns": None if choices.columns is None else dict(choices.columns),
        "defaults": dict(choices.defaults),
        "attributes": list(choices.attributes),
        "key_columns": list(choices.key_columns),
    }


def choices_from_json(said: object) -> Choices:
    """Return the choices that a JSON object says. Raises ChoicesRefused, for the first fault."""
    if not isinstance(said, dict):
        message = "The choices have to be a JSON object."
        raise ChoicesRefused("", message)
    unknown = sorted(set(said) - set(_READERS))
    if unknown:
        message = f"There is no choice “{unknown[0]}” here: there are {', '.join(_READERS)}."
        raise ChoicesRefused(unknown[0], message)
    return Choices(**{name: _READERS[name](name, value) for name, value in said.items()})


def _text(name: str, value: object, longest: int = _MAX_TEXT) -> str:
    if not isinstance(value, str):
        message = f"“{name}” has to be a text."
        raise ChoicesRefused(name, message)
    if len(value) > longest or not is_storable(value):
        message = f"“{name}” has to be a text of at most {longest:,} characters."
        raise ChoicesRefused(name, message)
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        message = f"“{name}” has to be true or false."
        raise ChoicesRefused(name, message)
    return value


def _flag_or_none(name: str, value: object) -> bool | None:
    return None if value is None else _flag(name, value)


def _encoding(name: str, value: object) -> str:
    text = _text(name, value).strip().lower()
    if text and text not in ENCODINGS:
        message = f"The encoding “{text[:40]}” is not one of {', '.join(ENCODINGS)}."
        raise ChoicesRefused(name, message)
    return text


def _delimiter(name: str, value: object) -> str:
    text = _text(name, value)
    text = "\t" if text.lower() in ("tab", "\\t") else text
    if text and (len(text) > 1 or text in '"\r\n' or text.isalnum()):
        message = "The delimiter is one character, such as ; or tab, and no letter, digit or quote."
        raise ChoicesRefused(name, message)
    return text


def _decimal(name: str, value: object) -> object:
    if value in (None, ""):
        return None
    if value not in (".", ","):
        message = "The decimal mark is a point or a comma."
        raise ChoicesRefused(name, message)
    return value


def _currency(name: str, value: object) -> str:
    text = _text(name, value).strip()
    currency = read_currency(text) if text else ""
    if currency is None:
        message = f"“{text[:40]}” is no currency. Write its three letters of ISO 4217, such as EUR."
        raise ChoicesRefused(name, message)
    return currency


def _preset(name: str, value: object) -> str:
    text = _text(name, value).strip().lower()
    known = [preset.name for preset in PRESETS]
    if text not in ("", "none", *known):
        message = f"There is no preset “{text[:40]}”: there are {', '.join(known)}, and none."
        raise ChoicesRefused(name, message)
    return text


def _fields(name: str, value: object) -> Mapping[str, str]:
    """Read an object of texts by field."""
    if not isinstance(value, dict):
        message = f"“{name}” has to be an object: a field, and a text for it."
        raise ChoicesRefused(name, message)
    for field in value:
        if field not in FIELD_NAMES:
            message = f"A product has no field “{field[:40]}”: it has {', '.join(FIELD_NAMES)}."
            raise ChoicesRefused(name, message)
    return {field: _text(name, text) for field, text in value.items()}


def _columns(name: str, value: object) -> Mapping[str, str] | None:
    if value is None:
        return None
    columns = {field: title for field, title in _fields(name, value).items() if title}
    for title in columns.values():
        chosen = [field for field, column in columns.items() if column == title]
        if len(chosen) > 1:
            message = f"The column “{title[:40]}” is chosen for {' and for '.join(chosen)}."
            raise ChoicesRefused(name, message)
    return columns


def _defaults(name: str, value: object) -> Mapping[str, str]:
    defaults = {field: text for field, text in _fields(name, value).items() if text.strip()}
    if "sku" in defaults:
        message = "A SKU cannot have a default: every product needs its own."
        raise ChoicesRefused(name, message)
    return defaults


def _titles(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_COLUMNS:
        message = f"“{name}” has to be a list of at most {_MAX_COLUMNS:,} columns."
        raise ChoicesRefused(name, message)
    return tuple(dict.fromkeys(_text(name, title) for title in value))


def _token(name: str, value: object) -> str:
    return _text(name, value, _MAX_TOKEN).strip()


_READERS: Final[dict[str, Callable[[str, object], Any]]] = {
    "encoding": _encoding,
    "delimiter": _delimiter,
    "decimal": _decimal,
    "minor_units": _flag,
    "currency": _currency,
    "preset": _preset,
    "columns": _columns,
    "inverted": _flag_or_none,
    "attributes": _titles,
    "defaults": _defaults,
    "key_columns": _titles,
    "fill_down": _flag,
    "clear_token": _token,
}
