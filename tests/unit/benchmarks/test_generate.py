from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from hashlib import sha256

import pytest

from benchmarks.generate import HEADER, Generated, write_products

ROWS = 2_000
TODAY_SHA256 = "c90ba96a1c7f979c0c53af5b1119bf6e8ee5ec6c2055a46992e2549d69da7609"
CHANGED_SHA256 = "22f52a65f2ca460805bd3340e8cc2f45909f5b7f1a914b09d2bf176f7b167c1d"


@dataclass(frozen=True)
class File:
    text: str
    generated: Generated

    @property
    def rows(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text, newline="")))[1:]

    @property
    def last_row_of_each(self) -> dict[str, list[str]]:
        return {row[0].lower(): row[1:] for row in self.rows}

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def generate(*, changed: bool = False) -> File:
    target = io.StringIO(newline="")
    generated = write_products(target, ROWS, changed=changed)
    return File(target.getvalue(), generated)


@pytest.fixture(scope="module")
def today() -> File:
    return generate()


@pytest.fixture(scope="module")
def tomorrow() -> File:
    return generate(changed=True)


def test_the_same_bytes_every_time(today: File, tomorrow: File) -> None:
    assert today.sha256 == TODAY_SHA256
    assert tomorrow.sha256 == CHANGED_SHA256


def test_the_header_and_as_many_rows_as_asked_for(today: File) -> None:
    assert today.text.startswith(",".join(HEADER) + "\r\n")
    assert len(today.rows) == ROWS


def test_the_counts_are_those_of_the_file(today: File) -> None:
    assert today.generated == Generated(rows=2_000, products=1957, changed=98)
    assert len(today.last_row_of_each) == today.generated.products
    assert today.generated.duplicates == 2_000 - today.generated.products


def test_two_rows_in_a_hundred_repeat_an_earlier_sku_in_another_case(today: File) -> None:
    seen: dict[str, str] = {}
    repeated = 0
    for sku, *_ in today.rows:
        first = seen.setdefault(sku.lower(), sku)
        if first != sku:
            repeated += 1
            assert sku == first.lower()
    assert repeated == today.generated.duplicates
    assert 0.015 < repeated / ROWS < 0.025


def test_descriptions_are_sentences_of_60_to_200_characters(today: File) -> None:
    lengths = [len(row[2]) for row in today.rows]
    assert (min(lengths), max(lengths)) == (60, 157)


@pytest.mark.parametrize("character", [",", '"', "é", "ç"])
def test_what_csv_must_quote_and_what_is_not_ascii_occurs(today: File, character: str) -> None:
    assert any(character in cell for row in today.rows for cell in row[1:3])


def test_prices_have_two_decimals_and_most_products_are_active(today: File) -> None:
    assert all(row[3].partition(".")[2].isdigit() and row[3][-3] == "." for row in today.rows)
    assert {row[4] for row in today.rows} == {"true", "false"}
    assert 0.9 < sum(row[4] == "true" for row in today.rows) / ROWS < 0.96


def test_the_changed_variant_differs_in_name_and_price_of_every_20th_product(
    today: File, tomorrow: File
) -> None:
    before, after = today.last_row_of_each, tomorrow.last_row_of_each
    assert list(before) == list(after)
    changed = [sku for sku in before if before[sku] != after[sku]]
    assert len(changed) == tomorrow.generated.changed == today.generated.changed
    assert tomorrow.generated.products == today.generated.products
    for sku in changed:
        (name, description, price, active), new = before[sku], after[sku]
        assert new[0] != name
        assert new[1] == description
        assert float(new[2]) > float(price)
        assert new[3] == active
