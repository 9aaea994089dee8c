"""Writing single products: every door but the bulk ones leads here.

Each write is one transaction with its change set and its change; one that changes nothing leaves
no trace. The row is locked and compared before it is written, so that every before-image is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from pricebook.catalogue.edits import (
    FieldProblem,
    InvalidProductError,
    Value,
    blank_values,
    clean_values,
    is_same,
    ledger_value,
    values_of,
)
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Product
from pricebook.changes.ledger import Growth, log_change, open_changeset, reserve_changeset_id
from pricebook.changes.models import Kind
from pricebook.core.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pricebook.accounts.models import User
    from pricebook.changes.ledger import LedgerPair


class ProductGoneError(PermanentError):
    """There is no such product, or it was deleted."""


class ProductChangedError(PermanentError):
    """Somebody changed the product after the caller had read it."""


def create_product(*, values: Mapping[str, Value], actor: User | None) -> Product:
    """Add a product; what is not given is blank. A deleted one comes back under its old id.

    Raises InvalidProductError, also where the SKU is taken.
    """
    clean = {**blank_values(), **clean_values(values)}
    with transaction.atomic():
        product, is_new = _insert_unless_there(clean, actor)
        if is_new:
            return product
        if product.is_deleted:
            return rewrite_product(product, values=clean, deleted_at=None, actor=actor)
    raise _taken(product)


def update_product(
    *,
    product_id: int,
    values: Mapping[str, Value],
    actor: User | None,
    expected: int | None = None,
) -> Product:
    """Write the given fields of a product; the others stay.

    `expected` is the `changed_in` that the caller has seen. Raises InvalidProductError,
    ProductGoneError, ProductChangedError.
    """
    try:
        with transaction.atomic():
            product = _lock(product_id, expected)
            clean = clean_values(values, sku=product.sku)
            return rewrite_product(product, values=clean, deleted_at=None, actor=actor)
    except IntegrityError:
        raise _taken(Product.objects.get(sku_key=sku_key(str(values["sku"])))) from None


@transaction.atomic
def delete_product(*, product_id: int, actor: User | None, expected: int | None = None) -> Product:
    """Delete a product; its tombstone keeps id and history.

    Raises ProductGoneError, ProductChangedError.
    """
    product = _lock(product_id, expected)
    return rewrite_product(product, values={}, deleted_at=timezone.now(), actor=actor)


def upsert_product(*, values: Mapping[str, Value], actor: User | None) -> tuple[Product, bool]:
    """Write the given fields of the product with that SKU, or create it; say whether it is new.

    Raises InvalidProductError.
    """
    clean = clean_values(values)
    whole = {**blank_values(), **clean}
    with transaction.atomic():
        product, is_new = _insert_unless_there(whole, actor)
        if is_new:
            return product, True
        was_deleted = product.is_deleted
        written = whole if was_deleted else clean
        product = rewrite_product(product, values=written, deleted_at=None, actor=actor)
        return product, was_deleted


def _insert_unless_there(clean: Mapping[str, Value], actor: User | None) -> tuple[Product, bool]:
    """Add the product, or lock the one with its SKU, deleted or not; say whether it is new."""
    key = sku_key(str(clean["sku"]))
    known = Product.objects.select_for_update().filter(sku_key=key).first()
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            return _insert(clean, key, actor), True
    except IntegrityError:
        # Somebody else added it between our look and our insert.
        return Product.objects.select_for_update().get(sku_key=key), False


def _lock(product_id: int, expected: int | None) -> Product:
    product = Product.objects.live().select_for_update().filter(pk=product_id).first()
    if product is None:
        message = "This product does not exist, or it was deleted."
        raise ProductGoneError(message)
    if expected is not None and product.changed_in != expected:
        message = "Somebody has changed this product since you opened it. Look at it again."
        raise ProductChangedError(message)
    return product


def _insert(clean: Mapping[str, Value], key: str, actor: User | None) -> Product:
    changeset_id = reserve_changeset_id()
    now = timezone.now()
    product = Product.objects.create(
        **clean,
        sku_key=key,
        created_at=now,
        updated_at=now,
        created_in=changeset_id,
        changed_in=changeset_id,
    )
    _log(product, changeset_id, Kind.CREATED, None)
    _open(changeset_id, actor, Growth(1, int(product.active)))
    return product


def rewrite_product(
    product: Product,
    *,
    values: Mapping[str, Value],
    deleted_at: datetime | None,
    actor: User | None,
) -> Product:
    """Write what differs into a product that the caller has locked; log it.

    `values` are clean. Raises IntegrityError when the new SKU is another product's.
    """
    before = values_of(product)
    changed = {n: value for n, value in values.items() if not is_same(value, before[n])}
    if not changed and product.deleted_at == deleted_at:
        return product
    changeset_id = reserve_changeset_id()
    fields = {n: [ledger_value(before[n]), ledger_value(value)] for n, value in changed.items()}
    if product.deleted_at != deleted_at:
        fields["deleted_at"] = [_iso(product.deleted_at), _iso(deleted_at)]
    kind, size_before = _kind(product.deleted_at, deleted_at), _size(product)
    for name, value in changed.items():
        setattr(product, name, value)
    product.sku_key = sku_key(product.sku)
    product.deleted_at = deleted_at
    product.updated_at = timezone.now()
    product.changed_in = changeset_id
    product.save(update_fields=[*changed, "sku_key", "deleted_at", "updated_at", "changed_in"])
    _log(product, changeset_id, kind, fields)
    size = _size(product)
    growth = Growth(size.products - size_before.products, size.active - size_before.active)
    _open(changeset_id, actor, growth)
    return product


def _size(product: Product) -> Growth:
    """Return what the product adds to the totals."""
    return Growth(int(not product.is_deleted), int(product.active and not product.is_deleted))


def _kind(deleted_before: datetime | None, deleted_after: datetime | None) -> Kind:
    if deleted_after is not None:
        return Kind.DELETED
    return Kind.UPDATED if deleted_before is None else Kind.RESTORED


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _open(changeset_id: int, actor: User | None, growth: Growth) -> None:
    actor_id = None if actor is None else actor.pk
    open_changeset(changeset_id, job_id=None, actor_id=actor_id, growth=growth)


def _log(
    product: Product, changeset_id: int, kind: Kind, fields: Mapping[str, LedgerPair] | None
) -> None:
    log_change(changeset_id, product_id=product.pk, sku=product.sku, kind=kind, fields=fields)


def _taken(known: Product) -> InvalidProductError:
    which = "a deleted product" if known.is_deleted else "another product"
    message = f"The SKU {known.sku} is taken by {which} (number {known.pk})."
    return InvalidProductError(FieldProblem("sku", "sku_taken", message))
