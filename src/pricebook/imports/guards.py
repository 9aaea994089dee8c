"""What makes an import stop and ask, though nobody asked for a preview (A12).

A file that was cut off, exported with another currency or decimal mark, or with its columns shifted
is usually seen by what it would do. Every share is a setting; 0 turns its guard off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from pricebook.catalogue.preview import Moves, measure_moves
from pricebook.catalogue.sources import Missing, count_missing
from pricebook.imports.checkpoint import Checkpoint
from pricebook.imports.rejected_keys import BROKEN_OFF

if TYPE_CHECKING:
    from pricebook.catalogue.merge import StagedSet
    from pricebook.imports.models import Import
    from pricebook.jobs.models import Job

NOTHING_MISSING: Final = Missing(products=0, members=0)
# Fewer rows than these are a person's own: a share of them says nothing.
_ENOUGH_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an import waits for a decision."""

    code: str
    sentence: str


def tripped_guards(job: Job, record: Import, staged: StagedSet, missing: Missing) -> list[Reason]:
    """Return the guards that a staged file and its differences trip, the worst first."""
    far = settings.GUARD_PRICE_MOVE
    moves = measure_moves(staged, far=far)
    reasons = (
        _broken_off(record),
        _nameless(job, record),
        _rejected(job),
        _fewer(job, record),
        _missing(record, missing),
        _moved(moves, far),
        _deactivated(moves),
    )
    return [reason for reason in reasons if reason]


def missing_from(record: Import, staged: StagedSet) -> Missing:
    """Return how much of its source a file would switch off; nothing where it is not to."""
    if not record.deactivate_missing or record.source_id is None:
        return NOTHING_MISSING
    return count_missing(staged, record.source_id)


def missing_grew(before: int, missing: Missing) -> Reason | None:
    """Ask again when more would be switched off than a person has approved."""
    if missing.products <= before:
        return None
    sentence = (
        f"{missing.products:,} products would be switched off by now; it was approved for "
        f"{before:,}. Another file of the source was imported meanwhile."
    )
    return Reason("missing_grew", sentence)


def _broken_off(record: Import) -> Reason | None:
    """Ask before half a file switches the other half's products off."""
    if not record.deactivate_missing or not record.causes.filter(code=BROKEN_OFF).exists():
        return None
    sentence = "The file breaks off, and what is missing from it would be switched off."
    return Reason("file_breaks_off", sentence)


def _nameless(job: Job, record: Import) -> Reason | None:
    """Ask before a product is switched off whose row is there, but cannot be read."""
    rows = Checkpoint.of(job).nameless_rejects
    if not record.deactivate_missing or not rows:
        return None
    are = "1 rejected row does" if rows == 1 else f"{rows:,} rejected rows do"
    sentence = f"{are} not say which product it is about: that one may look as if it were missing."
    return Reason("nameless_rejects", sentence)


def _rejected(job: Job) -> Reason | None:
    if not _is_more(job.failed_rows, job.total_rows, settings.GUARD_REJECTED):
        return None
    share = _percent(job.failed_rows, job.total_rows)
    sentence = (
        f"{share} of the rows cannot be taken in ({job.failed_rows:,} of {job.total_rows:,})."
    )
    return Reason("rejected", sentence)


def _fewer(job: Job, record: Import) -> Reason | None:
    """Compare the file with the last one of its source."""
    before = record.source.last_rows if record.source is not None else None
    if before is None or not _is_more(before - job.total_rows, before, settings.GUARD_FEWER_ROWS):
        return None
    sentence = (
        f"The file has {job.total_rows:,} rows; the last one of {record.source} had {before:,}: "
        f"{_percent(before - job.total_rows, before)} fewer."
    )
    return Reason("fewer_rows", sentence)


def _missing(record: Import, missing: Missing) -> Reason | None:
    if not _is_more(missing.products, missing.members, settings.GUARD_DEACTIVATED):
        return None
    sentence = (
        f"{missing.products:,} products are not in the file and would be switched off: "
        f"{_percent(missing.products, missing.members)} of those that {record.source} brought."
    )
    return Reason("missing", sentence)


def _moved(moves: Moves, far: float) -> Reason | None:
    if not _is_more(moves.moved_far, moves.repriced, settings.GUARD_PRICES_MOVED):
        return None
    sentence = (
        f"{moves.moved_far:,} prices move by more than {_percent(far)}: that is "
        f"{_percent(moves.moved_far, moves.repriced)} of those that the file changes."
    )
    return Reason("prices_moved", sentence)


def _deactivated(moves: Moves) -> Reason | None:
    if not _is_more(moves.deactivated, moves.changed, settings.GUARD_DEACTIVATED):
        return None
    sentence = (
        f"{moves.deactivated:,} products would be switched off: "
        f"{_percent(moves.deactivated, moves.changed)} of those that the file changes."
    )
    return Reason("deactivated", sentence)


def _is_more(rows: int, among: int, share: float) -> bool:
    return share > 0 and rows >= _ENOUGH_ROWS and rows > share * among


def _percent(part: float, whole: float = 1) -> str:
    share = round(100 * part / whole)
    # What is not all does not read like all.
    return f"{min(share, 99) if part < whole else share} %"
