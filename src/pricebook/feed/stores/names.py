"""Names of companies, divisions and states: how they are shown, and when they are the same."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from unicodedata import normalize

from pricebook.feed.columns import fold

_SHORT: Final = frozenset(["bws", "iga", "nz", "usa"])
"""Words that are capitals, even where all is written small."""
_LONGEST_SHORT = 4
_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "australiancapitalterritory": "ACT",
        "newsouthwales": "NSW",
        "northernterritory": "NT",
        "queensland": "QLD",
        "southaustralia": "SA",
        "tasmania": "TAS",
        "victoria": "VIC",
        "westernaustralia": "WA",
    }
)
_CODES: Final = frozenset(_STATES.values())
AUSTRALIAN_POSTCODE: Final = 4
"""Digits; programs that take one for a number lose its leading zero."""


def company_key(name: str) -> str:
    """Return what makes two names of a company or division the same: NFKC, spaces, no case."""
    return _key(" ".join(name.split()))


def store_key(store_id: str) -> str:
    """Return what makes two ids the same store of a company: NFKC, trimmed, without case."""
    return _key(store_id.strip())


def display_name(name: str) -> str:
    """Return a company's or division's name as it is shown: "coles" → "Coles".

    What is written in small letters or capitals only gets capital initials, but for words of up to
    four capitals ("BWS"); any other spelling is kept.
    """
    name = " ".join(name.split())
    if name.islower() or name.isupper():
        return " ".join(map(_display_word, name.split()))
    return name


def state_code(text: str) -> str:
    """Return a state's short code ("Queensland", "AU-QLD" → "QLD"); an unknown one as written."""
    known = _STATES.get(fold(text))
    if known:
        return known
    code = text.upper().removeprefix("AU-")
    return code if code in _CODES or _is_short(text) else text


def is_australian(state: str) -> bool:
    """Tell whether a state's short code is one of Australia's."""
    return state in _CODES


def _is_short(text: str) -> bool:
    return text.isascii() and text.isalpha() and len(text) <= 3


def _display_word(word: str) -> str:
    if word.lower() in _SHORT:
        return word.upper()
    return word if word.isupper() and len(word) <= _LONGEST_SHORT else word.capitalize()


def _key(text: str) -> str:
    # Normalized again after folding, as the keys of SKUs are: the key of a key is itself.
    return normalize("NFKC", normalize("NFKC", text).casefold())
