"""What a person sees of a file before choosing its columns: their names and some of their cells."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from pricebook.feed.columns import OWN_REJECT_COLUMNS, fold_name
from pricebook.feed.records import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pricebook.feed.choices import Choices
    from pricebook.feed.table import Format

MAX_NAME: Final = 200
"""Characters of a title that its column's name keeps."""
_SAMPLES: Final = 5
_SHOWN_OF_SAMPLE: Final = 80


@dataclass(frozen=True, slots=True)
class ColumnOutline:
    """Show one column."""

    name: str
    """Its name among the file's, see `column_names`."""
    samples: tuple[str, ...]
    """The first different cells that are not blank, at most five, each cut at 80 characters."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Show a file's columns, and how they are read unless a person chooses otherwise."""

    fingerprint: str
    """Of the format and the header as found without any choice, see `fingerprint`."""
    preset: str
    """Name of the preset that the header looks like, "" if none."""
    columns: tuple[ColumnOutline, ...]
    choices: Choices
    """The effective ones in full: columns is never None. What is found out anew in every file
    (encoding, delimiter, decimal mark) stays as it was asked."""


def column_names(header: Sequence[str]) -> list[str]:
    """Return a name for each column: its title, told apart where it is blank or there twice.

    The second column of a title is "Price (2)", the third column without a title "Column 3".
    """
    names: dict[str, None] = {}
    seen: dict[str, int] = {}
    for number, title in enumerate(header, 1):
        base = storable(title.strip()[:MAX_NAME].strip()) or f"Column {number}"
        name = base
        while name in names:
            seen[base] = seen.get(base, 1) + 1
            name = f"{base} ({seen[base]})"
        names[name] = None
    return list(names)


def fingerprint(header: Sequence[str], format: Format) -> str:  # noqa: A002
    """Return a SHA-256, in hexadecimal, that headers of the same words in the same order share.

    It is another one for each format: encoding and decimal mark mean something else there. JSON
    lines and documents are one. The columns that reject files add are left out.
    """
    words = [word for word in map(fold_name, header) if word not in OWN_REJECT_COLUMNS]
    kind = "json" if format == "jsonl" else format
    return sha256("\n".join([kind, *words]).encode("utf-8", "replace")).hexdigest()


def outline_columns(
    header: Sequence[str], sample: Sequence[Sequence[str]]
) -> tuple[ColumnOutline, ...]:
    """Return every column with its first cells."""
    return tuple(
        ColumnOutline(name, _samples(row[at] for row in sample if len(row) > at))
        for at, name in enumerate(column_names(header))
    )


def _samples(cells: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for cell in cells:
        text = storable(cell.strip()[:_SHOWN_OF_SAMPLE])
        if text:
            found[text] = None
        if len(found) == _SAMPLES:
            break
    return tuple(found)
