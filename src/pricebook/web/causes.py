"""Why rows of an import were rejected, grouped for its page (A9)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from pricebook.imports.models import Import, RejectCause, RejectedRow

CAUSES_SHOWN = 50
SAMPLES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CauseWithSamples:
    """One cause and the first rows that it concerns."""

    cause: RejectCause
    samples: tuple[RejectedRow, ...]

    @property
    def says_more(self) -> bool:
        """Say whether a row's own sentence tells more than the cause's."""
        return any(row.message != self.cause.message for row in self.samples)


def causes_with_samples(import_: Import) -> list[CauseWithSamples]:
    """Return the causes, the most frequent first, each with its first rows in file order."""
    samples = defaultdict(list)
    for row in _first_rows(import_):
        samples[row.code, row.column].append(row)
    return [
        CauseWithSamples(cause, tuple(samples[cause.code, cause.column]))
        for cause in import_.causes.all()[:CAUSES_SHOWN]
    ]


def _first_rows(import_: Import) -> list[RejectedRow]:
    number = Window(RowNumber(), partition_by=[F("code"), F("column")], order_by=["line", "id"])
    return list(
        import_.rejected_rows.annotate(number=number)
        .filter(number__lte=SAMPLES_SHOWN)
        .order_by("line", "id")
    )
