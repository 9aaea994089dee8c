"""Writing change sets and changes. Set-based writers insert their changes in SQL of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pricebook.changes.models import Change, ChangeSet, Kind
from pricebook.core.db import next_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

# SQL that takes the id of a change set. Whoever writes products takes it once they are locked: the
# change sets of a product are then numbered in the order in which they wrote it, and a higher
# number is a newer state. In a select list with an aggregate it is taken after the last row.
NEXT_CHANGESET: Final = "nextval('changes_changeset_id_seq')"

LedgerPair = list[object]
"""[before, after]; money and times are strings."""


@dataclass(frozen=True, slots=True)
class Growth:
    """By how many living products, and active ones among them, the book grew."""

    products: int = 0
    active: int = 0


NO_GROWTH = Growth()


def reserve_changeset_id() -> int:
    """Take the id of a change set that is opened only if something does change.

    To be called once the product that is written is locked, see NEXT_CHANGESET.
    """
    return next_value("changes_changeset_id_seq")


def open_changeset(
    changeset_id: int, *, job_id: UUID | None, actor_id: int | None, growth: Growth = NO_GROWTH
) -> ChangeSet:
    """Write the change set to which this transaction's changes belong."""
    return ChangeSet.objects.create(
        id=changeset_id,
        job_id=job_id,
        actor_id=actor_id,
        products_delta=growth.products,
        active_delta=growth.active,
    )


def log_change(
    changeset_id: int,
    *,
    product_id: int,
    sku: str,
    kind: Kind,
    fields: Mapping[str, LedgerPair] | None,
) -> None:
    """Write one change of a set."""
    Change.objects.create(
        changeset_id=changeset_id,
        product_id=product_id,
        sku=sku,
        kind=kind,
        fields=None if fields is None else dict(fields),
    )
