"""Price files as tests write and read them."""

import gzip
import io
import json
from typing import NamedTuple

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.observations.price_file import open_prices
from pricebook.feed.observations.records import Observation, Seen, StoreRef
from pricebook.feed.records import Rejection
from pricebook.feed.table import Reading

FIRLE = {"company": "coles", "store_id": "COL:401", "store_name": "Firle", "state": "sa"}
FIRLE_REF = StoreRef("coles", "COL:401", "Firle", "sa")


class Contents(NamedTuple):
    """What a price file came to."""

    records: list[Observation]
    rejections: list[Rejection]
    stores: list[Seen]
    reading: Reading

    @property
    def skus(self) -> list[str]:
        return [record.sku for record in self.records]

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Line and code of every problem."""
        return [(each.line, problem.code) for each in self.rejections for problem in each.problems]


def read(data: str | bytes, name: str = "prices.jsonl") -> Contents:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with open_prices(stream, filename=name) as file:
        blocks = list(file.blocks())
        return Contents(
            [record for block in blocks for record in block.records],
            [rejection for block in blocks for rejection in block.rejections],
            file.stores,
            file.reading,
        )


def lines(*items: object) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in items)


def wrapped(product: dict[str, object], **metadata: object) -> dict[str, object]:
    return {"product": product, "metadata": {**FIRLE, **metadata}}


def observe(**values: object) -> Observation:
    """Return the observation of a product with a SKU and a price."""
    contents = read(lines(*[{"sku": "A", "price": 2, **values}] * 2))
    assert contents.rejections == []
    return contents.records[0]


def problems(**values: object) -> list[tuple[str | None, str]]:
    """Return the keys and codes of what is wrong with a product, which is said on every path."""
    contents = read(lines({"sku": "Z", "price": 1}, {"sku": "A", "price": 2, **values}))
    assert contents.skus == ["Z"]
    (rejection,) = contents.rejections
    assert rejection.line == 2
    return [(problem.column, problem.code) for problem in rejection.problems]


def refusal(data: str | bytes, name: str = "prices.jsonl") -> str:
    with pytest.raises(FeedError) as caught:
        read(data, name)
    assert name in str(caught.value)
    return caught.value.code


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())
