"""One change of a whole set of products with its ledger rows, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet

from pricebook.catalogue.models import BulkAction, Product
from pricebook.changes.ledger import (
    NEXT_CHANGESET,
    Growth,
    open_changeset,
    reserve_changeset_id,
)
from pricebook.core.db import fetch_row

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.catalogue.filters import ProductFilter
    from pricebook.catalogue.queries import ProductQuerySet


@dataclass(frozen=True, slots=True)
class Edited:
    """What a step wrote; `last_id` is None when there was nothing left to write."""

    products: int
    last_id: int | None
    changeset_id: int


def targets_of(action: BulkAction, chosen: ProductFilter) -> ProductQuerySet:
    """Return the living products that the filter means and the action would change."""
    meant = Product.objects.live().matching(chosen)
    if action == BulkAction.DELETE:
        return meant
    return meant.filter(active=action != BulkAction.ACTIVATE)


def edit_set(
    action: BulkAction,
    targets: ProductQuerySet,
    limit: int,
    job_id: UUID | None,
    actor_id: int | None,
) -> Edited:
    """Change the first targets by id, in the caller's transaction: one set statement."""
    # Locked in the order of their ids, as every writer of many does it.
    locked = targets.order_by("id").select_for_update().values_list("id", "sku", "active")[:limit]
    try:
        select, parameters = locked.query.sql_with_params()
    except EmptyResultSet:
        # Nothing can meet the filter, such as no ids at all.
        return Edited(0, None, reserve_changeset_id())
    statement = _EDIT.format(target=select, next=NEXT_CHANGESET, **_WRITES[action])
    products, last_id, active, changeset_id = fetch_row(statement, parameters)
    if products:
        growth = {
            BulkAction.DELETE: Growth(-products, -active),
            BulkAction.ACTIVATE: Growth(0, products),
            BulkAction.DEACTIVATE: Growth(0, -products),
        }[action]
        open_changeset(changeset_id, job_id=job_id, actor_id=actor_id, growth=growth)
    return Edited(products, last_id, changeset_id)


_EDIT = """
    WITH target AS MATERIALIZED ({target}), done AS MATERIALIZED (
        SELECT count(*) AS products, max(id) AS last_id,
            count(*) FILTER (WHERE active) AS active, {next} AS changeset
        FROM target
    ), written AS (
        UPDATE catalogue_product p SET {write}, updated_at = now(), changed_in = d.changeset
        FROM target t CROSS JOIN done d WHERE p.id = t.id
    ), logged AS (
        INSERT INTO changes_change (changeset_id, product_id, sku, kind, fields)
        SELECT d.changeset, t.id, t.sku, '{kind}', {fields} FROM target t CROSS JOIN done d
    )
    SELECT products, last_id, active, changeset FROM done
"""
_WRITES = {
    BulkAction.DELETE: {
        "write": "deleted_at = now()",
        "kind": "deleted",
        "fields": "jsonb_build_object('deleted_at', jsonb_build_array(NULL, now()))",
    },
    BulkAction.ACTIVATE: {
        "write": "active = true",
        "kind": "updated",
        "fields": """'{"active": [false, true]}'::jsonb""",
    },
    BulkAction.DEACTIVATE: {
        "write": "active = false",
        "kind": "updated",
        "fields": """'{"active": [true, false]}'::jsonb""",
    },
}
