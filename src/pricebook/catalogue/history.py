"""What happened to a product, read from the ledger (B4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from pricebook.accounts.models import User
from pricebook.catalogue.undo import is_as_left, is_undoable
from pricebook.changes.models import Change, ChangeSet, Kind

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pricebook.catalogue.models import Product


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, as the ledger wrote them."""

    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a product: what, when, by whom or by which job."""

    changeset_id: int
    kind: Kind
    at: datetime
    actor: str
    job_id: UUID | None
    fields: tuple[FieldChange, ...]
    can_undo: bool


def history_of(product: Product, *, limit: int, before: int | None = None) -> list[Event]:
    """Return the latest changes of a product, the newest first; those before a set if one is given.

    Three queries, whatever the limit. Creations are not in the index of changes by product: the
    product knows the set that made it.
    """
    mine = Q(product_id=product.pk)
    rows = Change.objects.filter(
        (mine & ~Q(kind=Kind.CREATED)) | (mine & Q(changeset_id=product.created_in))
    )
    if before is not None:
        rows = rows.filter(changeset_id__lt=before)
    changes = list(rows.order_by("-changeset_id")[:limit])
    sets = ChangeSet.objects.in_bulk([change.changeset_id for change in changes])
    actor_ids = {each.actor_id for each in sets.values() if each.actor_id is not None}
    names = dict(User.objects.filter(pk__in=actor_ids).values_list("pk", "username"))
    return [_event(change, sets[change.changeset_id], names, product) for change in changes]


def _event(change: Change, changeset: ChangeSet, names: dict[int, str], product: Product) -> Event:
    fields = tuple(FieldChange(name, *pair) for name, pair in (change.fields or {}).items())
    return Event(
        changeset_id=change.changeset_id,
        kind=Kind(change.kind),
        at=changeset.at,
        actor=names.get(changeset.actor_id or 0, ""),
        job_id=changeset.job_id,
        fields=fields,
        can_undo=is_undoable(changeset.at) and is_as_left(product, change),
    )
