"""The history of one product as its page shows it (B4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.catalogue.fields import NAMES
from pricebook.catalogue.history import history_of
from pricebook.web.differences import differences_of
from pricebook.web.subjects import subjects_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from pricebook.catalogue.history import Event
    from pricebook.catalogue.models import Product
    from pricebook.web.differences import Difference
    from pricebook.web.subjects import Subject

SHOWN_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One change with all that is said about it."""

    event: Event
    # The job that made the change, if it was none of a person.
    subject: Subject | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The latest changes, the newest first, and where the older ones begin."""

    entries: tuple[Entry, ...]
    # The change set before which there is more; None at the end.
    older: int | None


def timeline_of(product: Product, *, before: int | None = None) -> Timeline:
    """Return the latest changes of a product, or the latest ones before a change set."""
    events = history_of(product, limit=SHOWN_AT_ONCE + 1, before=before)
    shown = events[:SHOWN_AT_ONCE]
    subjects = subjects_of(event.job_id for event in shown if event.job_id)
    older = shown[-1].changeset_id if len(events) > SHOWN_AT_ONCE else None
    return Timeline(tuple(_entry(event, subjects) for event in shown), older)


def _entry(event: Event, subjects: Mapping[UUID, Subject]) -> Entry:
    # In the order of the form. The tombstone's time says no more than the change's own.
    changes = sorted(
        (change for change in event.fields if change.field != "deleted_at"),
        key=lambda change: NAMES.index(change.field),
    )
    return Entry(
        event=event,
        subject=None if event.job_id is None else subjects[event.job_id],
        differences=tuple(each for change in changes for each in differences_of(change)),
    )
