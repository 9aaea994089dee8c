"""What must hold for every file that is read, whatever is in it."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from pricebook.feed.choices import Choices
from pricebook.feed.currencies import ISO_4217
from pricebook.feed.errors import FeedError
from pricebook.feed.outline import Outline, column_names
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import (
    CLEARED_PRICE,
    MAX_ATTRIBUTES,
    MAX_BRAND,
    MAX_CATEGORY,
    MAX_DESCRIPTION,
    MAX_GTIN,
    MAX_NAME,
    MAX_SHOWN,
    MAX_SKU,
    MAX_UNIT_SIZE,
    MAX_URL,
    Block,
    ProductRecord,
    Rejection,
    is_storable,
)
from pricebook.feed.table import Reading
from pricebook.feed.unpack.limits import Limits

_MAX_SECONDS = 10
"""Of processor time, for inputs of some kilobytes."""
_PRICE = re.compile(r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{0,3}[1-9])?|" + CLEARED_PRICE)
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_LIMITS = {
    "sku": MAX_SKU,
    "name": MAX_NAME,
    "description": MAX_DESCRIPTION,
    "brand": MAX_BRAND,
    "gtin": MAX_GTIN,
    "category": MAX_CATEGORY,
    "image_url": MAX_URL,
    "url": MAX_URL,
    "unit_size": MAX_UNIT_SIZE,
    "attributes": MAX_ATTRIBUTES,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Say how a file is handed in."""

    filename: str = "products.csv"
    at_once: int = 1 << 30
    """Bytes that the stream gives at most at a time."""
    limits: Limits | None = None
    choices: Choices | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold all that became of a file: rows, or the code of the error."""

    refused: str = ""
    records: tuple[ProductRecord, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    outline: Outline | None = None
    reading: Reading | None = None

    @property
    def places(self) -> list[int]:
        """The places of all rows."""
        return sorted(row.line for rows in (self.records, self.rejections) for row in rows)


class _Stream(BytesIO):
    """Give less than is asked for, as pipes and sockets do."""

    def __init__(self, data: bytes, at_once: int) -> None:
        super().__init__(data)
        self._at_once = at_once

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0
        return super().read(min(size, self._at_once))


def outcome_of(data: bytes, asked: Asked) -> Outcome:
    """Read a file to its end, and check whatever can be checked of any file."""
    stream = _Stream(data, asked.at_once)
    with TemporaryDirectory() as name, in_time():
        folder = Path(name)
        try:
            with open_products(
                stream,
                filename=asked.filename,
                limits=asked.limits,
                folder=folder,
                choices=asked.choices,
            ) as products:
                found = _read(products)
                assert products.bytes_read == stream.tell() == len(data)
        except FeedError as error:
            found = _refused(error)
        assert list(folder.iterdir()) == []
    return found


@contextmanager
def in_time() -> Iterator[None]:
    """Check that what is done takes no longer than anybody waits for a small file."""
    began = time.process_time()
    yield
    assert time.process_time() - began < _MAX_SECONDS


def check_sentence(error: FeedError) -> None:
    """Check that an error is a sentence for people which a database can hold."""
    sentence = str(error)
    assert re.fullmatch("[a-z0-9_]+", error.code)
    assert is_storable(sentence)
    assert sentence[-1] in ".)", sentence


def _refused(error: FeedError) -> Outcome:
    check_sentence(error)
    if error.outline is not None:
        _check_outline(error.outline)
    return Outcome(refused=error.code, outline=error.outline)


def _read(products: ProductFile) -> Outcome:
    blocks, last, before = [], 0, 0
    for block in products.blocks():
        last = _check_block(block, last)
        assert before <= products.bytes_read
        before = products.bytes_read
        blocks.append(block)
    reading = products.reading
    assert is_storable(reading.encoding + reading.delimiter)
    assert {*products.mapping.ignored} <= {*products.ignored}
    assert reading.format != "csv" or len(reading.delimiter) == 1
    _check_outline(products.outline)
    assert [column.name for column in products.outline.columns] == column_names(products.header)
    return Outcome(
        records=tuple(record for block in blocks for record in block.records),
        rejections=tuple(rejection for block in blocks for rejection in block.rejections),
        outline=products.outline,
        reading=reading,
    )


def _check_block(block: Block, last: int) -> int:
    """Check that a block's rows come behind `last`, one by one; return its last place."""
    assert block.records or block.rejections
    places = []
    for rows in (block.records, block.rejections):
        lines = [row.line for row in rows]
        assert all(a < b for a, b in zip([last, *lines], lines, strict=False)), lines
        places += lines
    assert len(places) == len(set(places))
    for record in block.records:
        _check_record(record)
    for rejection in block.rejections:
        _check_rejection(rejection)
    return max(places)


def _check_record(record: ProductRecord) -> None:
    """Check that a record is what ProductRecord says, so that COPY takes it."""
    texts = record._asdict()
    assert record.sku
    for field, limit in _LIMITS.items():
        text = texts[field]
        assert text is None or (is_storable(text) and len(text) <= limit), (field, text)
    assert record.price is None or _PRICE.fullmatch(record.price), record.price
    assert record.currency in (None, "") or record.currency in ISO_4217
    assert record.active in (None, True, False)
    for link in (record.image_url, record.url):
        assert not link or _LINK.fullmatch(link), link
    if record.attributes is not None:
        attributes = json.loads(record.attributes)
        assert isinstance(attributes, dict)
        canonical = json.dumps(
            attributes, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert canonical == record.attributes


def _check_rejection(rejection: Rejection) -> None:
    assert rejection.problems
    assert all(map(is_storable, (*rejection.values, rejection.sku)))
    for problem in rejection.problems:
        assert re.fullmatch("[a-z0-9_]+", problem.code)
        assert problem.message[-1] in ".)}", problem.message
        assert is_storable((problem.column or "") + problem.message + problem.value)
        assert len(problem.value) <= MAX_SHOWN


def _check_outline(outline: Outline) -> None:
    names = [column.name for column in outline.columns]
    assert len(names) == len(set(names))
    assert all(names)
    assert all(map(is_storable, names))
    assert all(is_storable(cell) for column in outline.columns for cell in column.samples)
    choices = outline.choices
    assert choices.columns is not None
    named = (*choices.columns.values(), *choices.key_columns, *choices.attributes)
    assert all(map(is_storable, named))
