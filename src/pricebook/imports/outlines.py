"""What a file's head showed, kept with its import so that a person can choose the columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pricebook.feed.choices import Choices
from pricebook.imports.choices import choices_from_json, choices_to_json

if TYPE_CHECKING:
    from pricebook.feed.outline import Outline
    from pricebook.imports.models import Import


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its name, and some of its cells."""

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredOutline:
    """The columns of a file, the preset that they look like, and how they were read."""

    fingerprint: str
    preset: str
    columns: tuple[Column, ...]
    choices: Choices


def outline_to_json(outline: Outline) -> dict[str, Any]:
    """Return what keeps the outline; `outline_of` reads it back."""
    return {
        "fingerprint": outline.fingerprint,
        "preset": outline.preset,
        "columns": [
            {"name": column.name, "samples": list(column.samples)} for column in outline.columns
        ],
        "choices": choices_to_json(outline.choices),
    }


def outline_of(record: Import) -> StoredOutline | None:
    """Return what the head of an import's file showed; None before it was read."""
    stored: dict[str, Any] = record.outline
    if not stored:
        return None
    columns = tuple(Column(each["name"], tuple(each["samples"])) for each in stored["columns"])
    choices = choices_from_json(stored["choices"])
    return StoredOutline(stored["fingerprint"], stored["preset"], columns, choices)
