"""The feed of changes: every change once, in one order, to be read on from any place (C5).

The order is that of the positions (`position.py`), which have no gap: who has read up to a place
has missed nothing before it, whatever committed late.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from pricebook.changes.queries import (
    LAST_PRODUCT,
    FeedChange,
    Place,
    Wanted,
    kept_positions,
    last_worth_looking,
    read_changes,
)
from pricebook.core.errors import PermanentError

_START: Final = Place(0, LAST_PRODUCT)
_CURSOR: Final = re.compile(r"1:([0-9]{1,19}):([0-9]{1,19})", re.ASCII)


class NoSuchCursor(PermanentError):
    """The text is no cursor of the feed."""


class CursorTooOld(PermanentError):
    """The changes behind the cursor are not kept any more, or were never there."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some changes, the place behind what was looked at, and whether there is more to look at."""

    changes: tuple[FeedChange, ...]
    until: Place
    has_more: bool


def read_feed(after: Place | None, *, wanted: Wanted, limit: int) -> FeedPage:
    """Return the changes behind a place, None for the oldest that is kept, `limit` at most.

    A page of wanted kinds can be short, or empty, and yet not the last one: a request looks at so
    many changes and no more. Raises CursorTooOld.
    """
    # Read first: what is placed later is the next page's.
    kept = kept_positions()
    if after is not None:
        _check(after, kept)
    after, newest = after or _START, kept[1] if kept else 0
    end = newest
    if wanted.kind is not None:
        end = last_worth_looking(after, newest=newest, wanted=wanted)
    found = read_changes(after, newest=end, wanted=wanted, limit=limit + 1)
    if len(found) > limit:
        return FeedPage(tuple(found[:limit]), _before(found[limit], found[limit - 1]), True)
    return FeedPage(tuple(found), max(after, Place(end, LAST_PRODUCT)), end < newest)


def end_of_feed() -> Place:
    """Return the place behind all that has happened."""
    kept = kept_positions()
    return Place(kept[1], LAST_PRODUCT) if kept else _START


def cursor_of(place: Place) -> str:
    """Return the text by which a subscriber comes back to a place.

    It is not signed: subscribers keep it for months, and a new SECRET_KEY must not lose them.
    """
    text = f"1:{place.position}:{place.product_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place:
    """Read what `cursor_of` returned. Raises NoSuchCursor."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said = _CURSOR.fullmatch(base64.b64decode(padded, altchars="-_", validate=True).decode())
    except (binascii.Error, ValueError):
        said = None
    numbers = [int(number) for number in said.groups()] if said else []
    if not numbers or max(numbers) > LAST_PRODUCT:
        message = "This cursor is none of ours. Leave `since` out to begin with the oldest change."
        raise NoSuchCursor(message)
    return Place(*numbers)


def _check(after: Place, kept: tuple[int, int] | None) -> None:
    """Raise CursorTooOld where changes behind the place are missing."""
    oldest, newest = kept or (1, 0)
    next_needed = after.position + (after.product_id == LAST_PRODUCT)
    if next_needed < oldest:
        message = (
            "Changes behind this cursor are no longer kept. Read all products anew, "
            "beginning with a cursor of `since=now`."
        )
        raise CursorTooOld(message)
    if after.position > newest:
        message = (
            "The ledger ends before this cursor: it was restored from an older state. "
            "Read all products anew, beginning with a cursor of `since=now`."
        )
        raise CursorTooOld(message)


def _before(following: FeedChange, last: FeedChange) -> Place:
    """Return the place between two neighbours: behind the whole set where the next one begins."""
    whole = following.position > last.position
    return Place(last.position, LAST_PRODUCT) if whole else last.place
