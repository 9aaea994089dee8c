"""What changed between two values of a field, so that a person sees it at a glance (B4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from pricebook.web.labels import label_of
from pricebook.web.templatetags.formats import json_text, money

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pricebook.catalogue.history import FieldChange

# Texts up to here are shown whole, before and after; longer ones word by word.
_SHORT = 80
# Words that stay around a change.
_CONTEXT = 6
# Comparing is quadratic: between their common ends, longer texts are shown as replaced.
_COMPARED_WORDS = 600
# Characters that are shown of a stretch that was added or removed.
_SHOWN = 600
_WORDS = re.compile(r"\s+|[^\s]+")


class Sign(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    # Unchanged text that is left out.
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in the order in which it is read."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field, or one attribute, before and after."""

    label: str
    pieces: tuple[Piece, ...]


def differences_of(change: FieldChange) -> list[Difference]:
    """Return what to show of a field's change; attributes key by key."""
    if change.field == "attributes":
        return _attribute_differences(change)
    before, after = (_words_of(change.field, value) for value in (change.before, change.after))
    return [Difference(label_of(change.field), tuple(_pieces(before, after)))]


def _attribute_differences(change: FieldChange) -> list[Difference]:
    before = change.before if isinstance(change.before, dict) else {}
    after = change.after if isinstance(change.after, dict) else {}
    return [
        Difference(f"Attribute {key}", tuple(_pieces(_plain(before, key), _plain(after, key))))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key) or (key in before) != (key in after)
    ]


def _plain(values: dict[str, object], key: str) -> str:
    return json_text(values[key]) if key in values else ""


def _words_of(field: str, value: object) -> str:
    """Return a ledger's value as a person reads it; blank for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "price":
        return money(Decimal(str(value)))
    return str(value)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    if len(before) <= _SHORT and len(after) <= _SHORT:
        yield from _replaced(before, after)
        return
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    yield from _unchanged(old[:start], is_first=True)
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from _unchanged(old[len(old) - end :], is_last=True)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many words two texts have in common from their beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _middle(old: list[str], new: list[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > _COMPARED_WORDS:
        yield from _replaced("".join(old), "".join(new))
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _unchanged(old[i1:i2])
        else:
            yield from _replaced("".join(old[i1:i2]), "".join(new[j1:j2]))


def _unchanged(
    words: list[str], *, is_first: bool = False, is_last: bool = False
) -> Iterator[Piece]:
    """Yield words that stay, without those that are far from any change."""
    kept = 2 * _CONTEXT
    head, tail = (0 if is_first else kept), (0 if is_last else kept)
    if len(words) <= head + tail + kept:
        if words:
            yield Piece(Sign.SAME, "".join(words))
        return
    if head:
        yield Piece(Sign.SAME, "".join(words[:head]))
    yield Piece(Sign.GAP, "…")
    if tail:
        yield Piece(Sign.SAME, "".join(words[-tail:]))


def _replaced(before: str, after: str) -> Iterator[Piece]:
    for sign, text in ((Sign.REMOVED, before), (Sign.ADDED, after)):
        if text:
            yield Piece(sign, text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
