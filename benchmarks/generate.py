"""Write the product file that the benchmarks import: the same bytes for the same number of rows.

    python -m benchmarks.generate 500000 products.csv

Two rows in a hundred repeat an earlier SKU in another case. The SKUs come in no order, which is
the harder case for an index. Nothing is kept of what was written, so any size takes little memory.
"""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TextIO

from benchmarks.words import CATEGORIES, DESCRIPTIONS, NAMES

HEADER = ("sku", "name", "description", "price", "active")
_SEED = 20_261_120
_REPEATED = 0.02
_INACTIVE = 0.07
_CHANGED_EVERY = 20
# A prime above any file's products: the numbers scatter over it and no two meet.
_SKU_NUMBERS = 10_000_019
_SCATTER = 6_180_341

CsvRow = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Generated:
    """What a generated file holds."""

    rows: int
    products: int
    # The products that have another name and price in the file's changed variant.
    changed: int

    @property
    def duplicates(self) -> int:
        """Return how many rows a later row of the same SKU supersedes."""
        return self.rows - self.products


def write_products(target: TextIO, rows: int, *, changed: bool = False) -> Generated:
    """Write `rows` products as CSV to `target`, opened with newline="".

    `changed` gives another name and price to every 20th product: the file of the next day.
    """
    products = _Products(rows)
    writer = csv.writer(target)
    writer.writerow(HEADER)
    writer.writerows(_rows(products, changed=changed))
    return Generated(rows, products.count, -(-products.count // _CHANGED_EVERY))


@dataclass
class _Products:
    """Which product each row is of, and how many products came so far."""

    rows: int
    count: int = 0

    def __iter__(self) -> Iterator[tuple[int, bool]]:
        """Yield each row's (number of its product, whether it repeats an earlier row's)."""
        lots = Random(_SEED)
        for _ in range(self.rows):
            if self.count and lots.random() < _REPEATED:
                yield int(lots.random() * self.count), True
            else:
                self.count += 1
                yield self.count - 1, False


def _rows(products: _Products, *, changed: bool) -> Iterator[CsvRow]:
    # Lots of their own: the changed variant must draw the same ones.
    lot = Random(_SEED + 1).random
    for number, repeated in products:
        name, description = _pick(NAMES, lot()), _pick(DESCRIPTIONS, lot())
        # Many cheap things, few dear ones.
        cents = 49 + int(lot() ** 4 * 200_000)
        active = "false" if lot() < _INACTIVE else "true"
        if changed and number % _CHANGED_EVERY == 0:
            name, cents = f"{name} (new)", cents + cents // 10 + 1
        sku = _sku(number).lower() if repeated else _sku(number)
        yield sku, name, description, f"{cents // 100}.{cents % 100:02d}", active


def _pick(choices: Sequence[str], lot: float) -> str:
    # Of Random, only random() promises the same numbers in every version of Python.
    return choices[int(lot * len(choices))]


def _sku(number: int) -> str:
    scattered = number * _SCATTER % _SKU_NUMBERS
    return f"{CATEGORIES[scattered % len(CATEGORIES)]}-{scattered:08d}"


def main() -> None:
    """Write a file and print what it holds."""
    parser = ArgumentParser(
        prog="python -m benchmarks.generate", description="Write a product file."
    )
    parser.add_argument("rows", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--changed", action="store_true", help="change every 20th product")
    options = parser.parse_args()
    with options.path.open("w", encoding="utf-8", newline="") as target:
        print(write_products(target, options.rows, changed=options.changed))


if __name__ == "__main__":
    main()
