"""What a person sees before an import may go on, and the decision (A11)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pricebook.catalogue.merge import count_skipped
from pricebook.catalogue.modes import Mode
from pricebook.catalogue.preview import Effect, measure_effect, sample_changed, sample_new
from pricebook.catalogue.sources import Missing, sample_missing
from pricebook.imports.checkpoint import Checkpoint
from pricebook.imports.guards import NOTHING_MISSING, Reason
from pricebook.imports.models import Review
from pricebook.jobs.queue import NotAllowedNow, approve_job, discard_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from pricebook.accounts.models import User
    from pricebook.imports.models import Import
    from pricebook.jobs.models import Job

_SAMPLES: Final = 20
# A price that moves by more than this share of itself is worth a look.
_FAR: Final = 0.5


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that looks odd; `rows` of the file are concerned."""

    code: str
    rows: int
    sentence: str


def is_approved(record: Import) -> bool:
    """Say whether a person has seen what the import would do, and lets it at this turn."""
    at_this_turn = Review.objects.filter(
        parent=record, approved_turn=F("parent__job__queue_number")
    )
    return at_this_turn.exists()


def missing_at_approval(record: Import) -> int:
    """Return how many missing products were shown to the person who approved."""
    return Review.objects.values_list("missing_products", flat=True).get(parent=record)


def write_review(
    job: Job, record: Import, *, reasons: Sequence[Reason], missing: Missing = NOTHING_MISSING
) -> None:
    """Write down what a staged file would do, in place of an older review.

    What differs from the book has to be found before (`merge.find_differences`).
    """
    checkpoint = Checkpoint.of(job)
    staged = checkpoint.staged_set
    effect = measure_effect(staged, far=_FAR)
    skipped = count_skipped(staged, mode=Mode(record.mode))
    samples = [*sample_changed(staged, _SAMPLES), *sample_new(staged, _SAMPLES)]
    if missing.products and record.source_id is not None:
        samples += sample_missing(staged, record.source_id, _SAMPLES)
    Review.objects.update_or_create(
        parent=record,
        defaults={
            "reasons": [asdict(reason) for reason in reasons],
            "new_rows": effect.new,
            "changed_rows": effect.changed,
            "unchanged_rows": checkpoint.staged_rows - effect.new - effect.changed - skipped,
            "skipped_rows": skipped,
            "missing_products": missing.products,
            "oddities": [asdict(oddity) for oddity in _oddities(effect)],
            "samples": [asdict(sample) for sample in samples],
            "approved_by": None,
            "approved_at": None,
            "approved_turn": None,
        },
    )


@transaction.atomic
def approve_import(*, import_id: UUID, actor: User | None, seen: datetime | None = None) -> Job:
    """Let an import go on from where it was set aside.

    `seen` is the `written_at` of the review that was looked at, if that is known. Raises
    NotAllowedNow for another one, and for an import that does not wait for a decision.
    """
    job = approve_job(import_id)
    review = Review.objects.filter(parent_id=import_id)
    if seen is not None and not review.filter(written_at=seen).exists():
        message = "The import was looked at anew since you saw it. Look at it again."
        raise NotAllowedNow(message)
    # Not `save`: that would count as written anew.
    review.update(approved_by=actor, approved_at=timezone.now(), approved_turn=job.queue_number)
    return job


def discard_import(*, import_id: UUID) -> Job:
    """Drop an import that waits for a decision; it has changed nothing. Raises NotAllowedNow."""
    return discard_job(import_id)


def _oddities(effect: Effect) -> list[Oddity]:
    """Return what looks odd, the worst first."""
    cents = "The price becomes a hundred times, or a hundredth of, what it is: are these cents?"
    # Those are told of already.
    far = effect.moved_far - effect.hundredfold
    found = [
        Oddity("hundredfold", effect.hundredfold, cents),
        Oddity("moved_far", far, "The price moves by more than half."),
        Oddity("deactivated", effect.deactivated, "The product is switched off."),
        Oddity("no_currency", effect.without_currency, "There is a price, but no currency."),
        Oddity("invalid_gtin", effect.invalid_gtins, "The GTIN's length or check digit is wrong."),
        Oddity("numeric_name", effect.numeric_names, "The name is nothing but a number."),
    ]
    return [oddity for oddity in found if oddity.rows > 0]
