"""Writing change sets. The changes in them are written by the same SQL that changes the book."""

from __future__ import annotations

from uuid import UUID

from pricebook.changes.models import ChangeSet
from pricebook.core.db import next_value


def reserve_changeset_id() -> int:
    """Take the id of a change set that is opened only if something does change."""
    return next_value("changes_changeset_id_seq")


def open_changeset(changeset_id: int, *, job_id: UUID | None, actor_id: int | None) -> ChangeSet:
    """Write the change set to which this transaction's changes belong."""
    return ChangeSet.objects.create(id=changeset_id, job_id=job_id, actor_id=actor_id)
