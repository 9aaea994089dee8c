"""Numbering the committed change sets without a gap, in the order in which they can be read."""

from __future__ import annotations

from django.db import transaction

from pricebook.changes.ledger import Growth
from pricebook.changes.models import ChangeSet
from pricebook.changes.totals import add_to_totals
from pricebook.core.db import lock_until_commit

_AT_ONCE = 1_000


def place_changesets() -> int:
    """Give each committed set that has none the next position; return how many there were.

    Only one process does it at a time. Ids do not commit in id order, so a reader that followed
    ids would miss the set that committed late; positions are given to what is visible already.
    """
    # Usually there is nothing to lock for.
    if not ChangeSet.objects.filter(position=None).exists():
        return 0
    return _place()


@transaction.atomic
def _place() -> int:
    lock_until_commit("changes.position")
    newest = ChangeSet.objects.order_by("-position").exclude(position=None).first()
    position = newest.position if newest is not None and newest.position is not None else 0
    unplaced = list(ChangeSet.objects.filter(position=None).order_by("id")[:_AT_ONCE])
    for changeset in unplaced:
        position += 1
        changeset.position = position
    ChangeSet.objects.bulk_update(unplaced, ["position"])
    add_to_totals(
        Growth(
            products=sum(changeset.products_delta for changeset in unplaced),
            active=sum(changeset.active_delta for changeset in unplaced),
        )
    )
    return len(unplaced)
