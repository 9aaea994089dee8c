"""What a good Django developer would write: bulk_create with conflicts updated, in batches.

No job, no ledger, no validation beyond the types. It cannot tell what changed, so every row is
written each time, and `updated_at` says nothing.
"""

# ruff: noqa: E402 (Django's apps come before whatever uses them)
from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import django

django.setup()

from django.utils import timezone

from benchmarks.run import Counts, measure
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Product

_BATCH = 2_000
_UPDATED = ("sku", "name", "description", "price", "active", "updated_at")


def load(path: Path) -> Counts:
    """Upsert the file's rows batch by batch."""
    rows = 0
    with path.open(encoding="utf-8", newline="") as source:
        for batch in _batches(csv.DictReader(source)):
            rows += len(batch)
            # One statement cannot update a row twice: the last one of each key wins.
            products = {product.sku_key: product for product in map(_product, batch)}
            Product.objects.bulk_create(
                products.values(),
                update_conflicts=True,
                unique_fields=["sku_key"],
                update_fields=_UPDATED,
            )
    return Counts(rows)


def _batches(rows: Iterable[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _product(row: dict[str, str]) -> Product:
    now = timezone.now()
    return Product(
        sku=row["sku"],
        sku_key=sku_key(row["sku"]),
        name=row["name"],
        description=row["description"],
        price=Decimal(row["price"]),
        active=row["active"] == "true",
        created_at=now,
        updated_at=now,
    )


if __name__ == "__main__":
    # A query before, so that connecting is part of the idle process.
    Product.objects.exists()
    path = Path(sys.argv[1])
    print(measure(lambda: load(path)).to_json())
