"""The outbox: what happened as a whole, written with it, for subscribers to be told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count

from pricebook.changes.models import Change, ChangeSet, Event, EventType, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID


def record_event(type_: EventType, data: Mapping[str, object], *, job_id: UUID | None) -> Event:
    """Write an event in the caller's transaction: it is told if, and only if, that commits."""
    return Event.objects.create(type=type_, data=dict(data), job_id=job_id)


def tally_of_job(job_id: UUID) -> dict[str, int]:
    """Count what a job did to products, by kind: every kind has a number."""
    sets = ChangeSet.objects.filter(job_id=job_id)
    return _tally(list(sets.values_list("pk", flat=True)))


def tally_of_set(changeset_id: int) -> dict[str, int]:
    """Count what one change set did to products, by kind: every kind has a number."""
    return _tally([changeset_id])


def changes_url(*, job: UUID | None = None, changeset: int | None = None) -> str:
    """Return where the changes of a job, or of one change set, can be read."""
    wanted = f"changeset={changeset}" if job is None else f"job={job}"
    return f"{settings.PUBLIC_URL}/api/changes/?{wanted}"


def _tally(changeset_ids: list[int]) -> dict[str, int]:
    changes = Change.objects.filter(changeset_id__in=changeset_ids).order_by()
    counted = dict(changes.values_list("kind").annotate(count=Count("*")))
    return {kind.value: counted.get(kind.value, 0) for kind in Kind}
