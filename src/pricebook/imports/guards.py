"""What makes an import stop and ask, though nobody asked for a preview (A12).

A file that was cut off, exported with another currency or decimal mark, or with its columns shifted
is usually seen by what it would do. Every share is a setting; 0 turns its guard off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from pricebook.catalogue.preview import Moves, measure_moves

if TYPE_CHECKING:
    from pricebook.catalogue.merge import StagedSet
    from pricebook.jobs.models import Job

# Fewer rows than these are a person's own: a share of them says nothing.
_ENOUGH_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an import waits for a decision."""

    code: str
    sentence: str


def tripped_guards(job: Job, staged: StagedSet) -> list[Reason]:
    """Return the guards that the differences of a staged file trip."""
    far = settings.GUARD_PRICE_MOVE
    moves = measure_moves(staged, far=far)
    return [
        reason for reason in (_rejected(job), _moved(moves, far), _deactivated(moves)) if reason
    ]


def _rejected(job: Job) -> Reason | None:
    if not _is_more(job.failed_rows, job.total_rows, settings.GUARD_REJECTED):
        return None
    share = _percent(job.failed_rows, job.total_rows)
    sentence = (
        f"{share} of the rows cannot be taken in ({job.failed_rows:,} of {job.total_rows:,})."
    )
    return Reason("rejected", sentence)


def _moved(moves: Moves, far: float) -> Reason | None:
    if not _is_more(moves.moved_far, moves.repriced, settings.GUARD_PRICES_MOVED):
        return None
    sentence = (
        f"{moves.moved_far:,} prices move by more than {far:.0%}: that is "
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


def _percent(rows: int, among: int) -> str:
    return f"{100 * rows / among:.0f} %"
