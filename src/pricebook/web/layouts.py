"""Whether the columns of a file stay what they are when it is read in another way (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricebook.feed.encoding import CP1252

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pricebook.imports.models import Import
    from pricebook.imports.outlines import StoredOutline


def names_by(
    record: Import, outline: StoredOutline, *, encoding: str, delimiter: str
) -> tuple[str, ...] | None:
    """Return what the columns are called, in their order, once the file is read by these.

    None where nobody can say, or other columns come of it: they are to be found anew. "" leaves
    encoding or delimiter to be found out.
    """
    names = tuple(column.name for column in outline.columns)
    before = outline.choices
    if _cuts_otherwise(names, delimiter, before.delimiter, record.delimiter):
        return None
    return _respelled(names, encoding, before.encoding, record.encoding)


def _cuts_otherwise(names: Sequence[str], chosen: str, before: str, found: str) -> bool:
    if not chosen:
        # Found out, it may be another one than the last choice.
        return bool(before)
    if known := before or found:
        return chosen != known
    # Of a file that failed nobody knows how it was cut, but its header was not cut there.
    return any(chosen in name for name in names)


def _respelled(
    names: tuple[str, ...], chosen: str, before: str, found: str
) -> tuple[str, ...] | None:
    if chosen == before or all(name.isascii() for name in names):
        return names
    if not chosen:
        return None
    # Where nobody has kept what was found, Unicode would have been, and else this was taken.
    read_as = before or found or (chosen if chosen.startswith("utf") else CP1252)
    try:
        spelled = tuple(name.encode(read_as).decode(chosen) for name in names)
    except UnicodeError:
        return None
    return spelled if len(set(spelled)) == len(names) else None
