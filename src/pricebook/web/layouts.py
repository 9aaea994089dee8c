"""Whether the columns of a file stay what they are when it is read in another way (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    if _cuts_otherwise(delimiter, before.delimiter, record.delimiter):
        return None
    return _respelled(names, encoding, before.encoding, record.encoding)


def _cuts_otherwise(chosen: str, before: str, found: str) -> bool:
    if not chosen:
        # Found out, it may be another one than the last choice.
        return bool(before)
    return chosen != (before or found)


def _respelled(
    names: tuple[str, ...], chosen: str, before: str, found: str
) -> tuple[str, ...] | None:
    if chosen == before or all(name.isascii() for name in names):
        return names
    if not chosen:
        return None
    try:
        spelled = tuple(name.encode(before or found).decode(chosen) for name in names)
    except (UnicodeError, LookupError):
        return None
    return spelled if len(set(spelled)) == len(names) else None
