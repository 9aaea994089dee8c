"""Product files made from a number, and a book of plain dictionaries that says what they mean.

The book here knows nothing of staging, chunks or SQL: it is what the real one is held against.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

HEADER = ("sku", "name", "description", "price", "active")
_NO_PRICE = "cheap"

Fields = dict[str, list[object]]


class Row(NamedTuple):
    """The cells of one row, as they stand in the file."""

    sku: str
    name: str
    description: str
    price: str
    active: str


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file that can be made again at any time: it follows from these numbers alone."""

    seed: int
    number: int
    rows: int
    # SKUs are drawn from this many, so that files overlap.
    skus: int

    @property
    def name(self) -> str:
        return f"{self.number:05}.csv"

    def make(self) -> Iterator[Row]:
        """Yield the rows: new, changed, unchanged, blank, duplicate and bad ones."""
        dice = Random(f"{self.seed} {self.number}")
        for _ in range(self.rows):
            yield self._row(dice.randrange(self.skus), dice)

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            writer.writerows(self.make())
        return path

    def _row(self, item: int, dice: Random) -> Row:
        sku = f"Item-{item:06}"
        if dice.random() < 0.02:
            sku = sku.upper()
        kind = dice.random()
        if kind < 0.02:
            return Row(sku, "No price", "", _NO_PRICE, "")
        if kind < 0.10:
            return Row(sku, "", "", "", "")
        if kind < 0.50:
            return Row(sku, f"Name {item}", f"Of item {item}:\n“plain”, good", "12.5", "true")
        cents = dice.randrange(1, 100_000)
        return Row(
            sku,
            f"Name {item}, file {self.number}",
            dice.choice(("", f"Of item {item}:\n“plain”, good", "Other; words")),
            f"{cents // 100}.{cents % 100:02}",
            dice.choice(("", "true", "false")),
        )


class Counts(NamedTuple):
    """What a job's row must say at its end."""

    total: int
    created: int
    updated: int
    unchanged: int
    duplicate: int
    skipped: int
    failed: int


class Product(NamedTuple):
    """A product in the model book."""

    sku: str
    name: str
    description: str
    price: Decimal | None
    active: bool


@dataclass
class Outcome:
    """What importing one file must do: its counts, and {sku key: (kind, fields)} of its ledger."""

    counts: Counts
    changes: dict[str, tuple[str, Fields | None]]


@dataclass
class ModelBook:
    """The whole rule of an import in a few lines (A5, A6, A15)."""

    products: dict[str, Product] = field(default_factory=dict)

    def apply(self, spec: FileSpec) -> Outcome:
        """Import a file: the last good row of a SKU wins, a blank cell keeps what is there."""
        rows = list(spec.make())
        good = [row for row in rows if row.price != _NO_PRICE]
        last = {row.sku.lower(): row for row in good}
        changes = {}
        for key, row in last.items():
            change = self._put(key, row)
            if change is not None:
                changes[key] = change
        created = sum(kind == "created" for kind, _ in changes.values())
        counts = Counts(
            total=len(rows),
            created=created,
            updated=len(changes) - created,
            unchanged=len(last) - len(changes),
            duplicate=len(good) - len(last),
            skipped=0,
            failed=len(rows) - len(good),
        )
        return Outcome(counts, changes)

    def _put(self, key: str, row: Row) -> tuple[str, Fields | None] | None:
        old = self.products.get(key)
        kept = old or Product(row.sku, "", "", None, active=True)
        new = Product(
            row.sku,
            row.name or kept.name,
            row.description or kept.description,
            Decimal(row.price) if row.price else kept.price,
            row.active == "true" if row.active else kept.active,
        )
        if new == old:
            return None
        self.products[key] = new
        if old is None:
            return "created", None
        pairs = zip(Product._fields, old, new, strict=True)
        return "updated", {
            name: [_as_ledger(before), _as_ledger(after)]
            for name, before, after in pairs
            if before != after
        }


def _as_ledger(value: object) -> object:
    """Return a value as the ledger writes it: money is text without idle zeros."""
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
