"""Taking changes back: the before-images of the ledger are written again (A14, B3, B4).

A product is left alone when it is no longer as the change left it: what people did since then
counts more. Undoing writes change sets of its own, so that it shows in the history and can be
undone as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from pricebook.catalogue.edits import Value, from_ledger, is_same, ledger_value
from pricebook.catalogue.fields import for_each_field
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Product
from pricebook.catalogue.writes import ProductGoneError, rewrite_product
from pricebook.changes.ledger import NEXT_CHANGESET, Growth, open_changeset
from pricebook.changes.models import Change, ChangeSet, Kind
from pricebook.core.db import fetch_row
from pricebook.core.errors import PermanentError

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.accounts.models import User

# How many of the products that an undo left alone are named.
KEPT_NAMED = 100


class NotUndoableError(PermanentError):
    """The change cannot be taken back any more."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of the changes of a set."""

    restored: int
    kept: int
    # SKUs of the first products that were left alone.
    kept_skus: tuple[str, ...]


def is_undoable(at: datetime) -> bool:
    """Say whether a change of that time is still kept for certain."""
    return timezone.now() - at < settings.LEDGER_RETENTION


@transaction.atomic
def undo_change(*, product_id: int, changeset_id: int, actor: User | None) -> Product:
    """Take back what one change set did to one product.

    Raises NotUndoableError when the product is no longer as the change left it, or another one has
    taken its old SKU; ProductGoneError when there is no such change.
    """
    change = Change.objects.filter(changeset_id=changeset_id, product_id=product_id).first()
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    at = ChangeSet.objects.filter(pk=changeset_id).values_list("at", flat=True).first()
    if change is None or product is None or at is None:
        message = "There is no such change any more."
        raise ProductGoneError(message)
    if not is_undoable(at):
        message = "This change is older than the history that is kept for undoing."
        raise NotUndoableError(message)
    values, deleted_at = _before(product, change)
    if "sku" in values and (taken := _other_with(str(values["sku"]), product)):
        message = f"The SKU {taken.sku} belongs to another product by now (number {taken.pk})."
        raise NotUndoableError(message)
    try:
        return rewrite_product(product, values=values, deleted_at=deleted_at, actor=actor)
    except IntegrityError:
        message = "Another product took the old SKU at this moment."
        raise NotUndoableError(message) from None


def is_as_left(product: Product, change: Change) -> bool:
    """Say whether a product is still as the change left it, so that it can be taken back."""
    try:
        _before(product, change)
    except NotUndoableError:
        return False
    return True


def _before(product: Product, change: Change) -> tuple[dict[str, Value], datetime | None]:
    """Return the values and the tombstone that the change replaced. Raises NotUndoableError."""
    if change.kind == Kind.CREATED:
        if product.changed_in != change.changeset_id:
            message = "The product was changed after it was created. Delete it instead."
            raise NotUndoableError(message)
        return {}, timezone.now()
    pairs = dict(change.fields or {})
    deleted_before, deleted_after = pairs.pop("deleted_at", (None, None))
    if product.deleted_at != _instant(deleted_after):
        state = "deleted" if product.is_deleted else "brought back"
        again = " again" if product.is_deleted and deleted_after else ""
        message = f"The product was {state}{again} since then."
        raise NotUndoableError(message)
    moved = [
        n for n, pair in pairs.items() if not is_same(ledger_value(getattr(product, n)), pair[1])
    ]
    if moved:
        message = f"Changed again since then: {', '.join(moved)}."
        raise NotUndoableError(message)
    values = {name: from_ledger(name, pair[0]) for name, pair in pairs.items()}
    return values, _instant(deleted_before)


def _instant(logged: object) -> datetime | None:
    return None if logged is None else datetime.fromisoformat(str(logged))


def _other_with(sku: str, product: Product) -> Product | None:
    return Product.objects.filter(sku_key=sku_key(sku)).exclude(pk=product.pk).first()


def undo_changeset(changeset_id: int, *, job_id: UUID | None, actor_id: int | None) -> Undone:
    """Take a whole change set back, in the caller's transaction; one set statement.

    A product that got another SKU is left alone: that is one person's single write, and
    `undo_change` takes it back.
    """
    parameters = {"undone": changeset_id, "named": KEPT_NAMED}
    restored, kept, skus, products, active, new_id = fetch_row(
        _UNDO, {**parameters, "renamed": _renamed(changeset_id)}
    )
    if restored:
        growth = Growth(products, active)
        open_changeset(new_id, job_id=job_id, actor_id=actor_id, growth=growth)
    return Undone(restored, kept, tuple(skus or ()))


def _renamed(changeset_id: int) -> list[int]:
    """Return the products to which a set gave SKUs that are more than other spellings."""
    respelled = Change.objects.filter(changeset_id=changeset_id, fields__has_key="sku")
    pairs = respelled.values_list("product_id", "fields__sku")
    return [pk for pk, (old, new) in pairs.iterator() if sku_key(old) != sku_key(new)]


# NULL, which a tombstone that is no more gives, is not true.
_IS_AS_LEFT = f"""(p.id <> ALL (%(renamed)s) AND CASE c.kind
    WHEN 'created' THEN p.deleted_at IS NULL AND p.changed_in = c.changeset_id
    WHEN 'deleted' THEN p.deleted_at = (c.fields -> 'deleted_at' ->> 1)::timestamptz
    ELSE p.deleted_at IS NULL AND {
    for_each_field(
        "(NOT c.fields ? '{f}' OR jsonb_build_array({present}) -> 0 = c.fields -> '{f}' -> 1)",
        " AND ",
    )
} END) IS TRUE"""

_UNDO = f"""
    WITH reached AS MATERIALIZED (
        SELECT p.id, p.sku, p.active, p.deleted_at, c.kind, c.fields, {_IS_AS_LEFT} AS fits
        FROM changes_change c JOIN catalogue_product p ON p.id = c.product_id
        WHERE c.changeset_id = %(undone)s
        ORDER BY p.id
        FOR UPDATE OF p
    ), done AS MATERIALIZED (
        SELECT count(*) FILTER (WHERE NOT fits) AS kept, {NEXT_CHANGESET} AS changeset
        FROM reached
    ), written AS (
        UPDATE catalogue_product p
        SET {for_each_field("{f} = CASE WHEN c.fields ? '{f}' THEN {before} ELSE p.{f} END")},
            deleted_at = CASE c.kind
                WHEN 'created' THEN now()
                WHEN 'restored' THEN (c.fields -> 'deleted_at' ->> 0)::timestamptz
                ELSE NULL END,
            updated_at = now(), changed_in = d.changeset
        FROM reached c CROSS JOIN done d WHERE p.id = c.id AND c.fits
        RETURNING p.id, p.sku, p.active, p.deleted_at, c.kind, c.fields,
            c.active AND c.deleted_at IS NULL AS was_active, c.deleted_at IS NULL AS was_there
    ), logged AS (
        INSERT INTO changes_change (changeset_id, product_id, sku, kind, fields)
        SELECT d.changeset, w.id, w.sku,
            CASE w.kind WHEN 'updated' THEN 'updated' WHEN 'deleted' THEN 'restored'
                ELSE 'deleted' END,
            coalesce(
                (SELECT jsonb_object_agg(key, jsonb_build_array(value -> 1, value -> 0))
                 FROM jsonb_each(w.fields)),
                jsonb_build_object('deleted_at', jsonb_build_array(NULL, w.deleted_at)))
        FROM written w CROSS JOIN done d
    )
    SELECT (SELECT count(*) FROM written),
        (SELECT kept FROM done),
        (SELECT array_agg(sku) FROM (
            SELECT sku FROM reached WHERE NOT fits ORDER BY id LIMIT %(named)s) k),
        coalesce((SELECT sum((deleted_at IS NULL)::int - was_there::int) FROM written), 0)::bigint,
        coalesce((SELECT sum((active AND deleted_at IS NULL)::int - was_active::int)
            FROM written), 0)::bigint,
        (SELECT changeset FROM done)
"""
