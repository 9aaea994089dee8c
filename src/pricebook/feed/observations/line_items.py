"""Price files of one object a line (jsonlines.org), parsed in C; odd lines go the guarded way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import orjson

from pricebook.feed.encoding import detect_encoding
from pricebook.feed.observations.items import Item, ItemBatch, part, product_of
from pricebook.feed.readers.json_values import (
    NOT_AN_OBJECT,
    TOO_LONG,
    parse_object,
    reject,
    scan_measures,
)
from pricebook.feed.readers.lines import CHUNK_BYTES, LineReader
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.records import Rejection
from pricebook.feed.source import Source
from pricebook.feed.table import BATCH_ROWS, SAMPLE_BYTES, Reading

_LOOKED_AT = 50
_ESCAPE = "\\"
_NUL = "\\u0000"
_KEY_END = '":'


class LineItems:
    """One product a line."""

    def __init__(self, source: Source) -> None:
        sample = source.peek(SAMPLE_BYTES)
        complete = len(sample) < SAMPLE_BYTES
        self._encoding = detect_encoding(sample, complete=complete)
        self._settled = not sample.isascii()
        looked_at = map(_parse, self._lines_of([sample]).take(_LOOKED_AT))
        self.sample = [product_of(item) for item in looked_at if not isinstance(item, Fault)]
        self._lines = self._lines_of(iter(partial(source.read, CHUNK_BYTES), b""))

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return Reading("jsonl", self._lines.encoding)

    def batches(self) -> Iterator[ItemBatch]:
        """Yield every line of the file once, some hundreds at a time."""
        number, said = 1, None
        while lines := self._lines.take(BATCH_ROWS):
            if self._lines.cut:
                broken = [reject(number, TOO_LONG, lines[0])]
                batch = ItemBatch((), (), (), broken, unsafe=False)
            else:
                batch, said = _read(range(number, number + len(lines)), lines, said)
            number += len(lines)
            yield batch

    def _lines_of(self, chunks: Iterable[bytes]) -> LineReader:
        return LineReader(
            chunks,
            encoding=self._encoding,
            encoding_settled=self._settled,
            cr_ends_lines=False,
            backslash_quotes=False,
        )


def _read(
    places: Sequence[int], lines: list[str], said: Item | None
) -> tuple[ItemBatch, Item | None]:
    """Return the batch of some lines, and the metadata that goes on behind them."""
    try:
        items = list(map(orjson.loads, lines))
        plain = set(map(type, items)) == {dict}
    except orjson.JSONDecodeError:
        plain = False
    unsafe = not plain
    broken: list[Rejection] = []
    if not plain:
        places, items, broken = _read_each(places, lines)
    products, metadata, last = part(items, said)
    if plain and _may_repeat_keys(items, products, metadata, lines):
        places, items, broken = _read_each(places, lines)
        products, metadata, last = part(items, said)
    unsafe = unsafe or any(_ESCAPE in line and _NUL in line for line in lines)
    return ItemBatch(places, products, metadata, broken, unsafe), last


def _read_each(
    places: Sequence[int], lines: Sequence[str]
) -> tuple[list[int], list[Item], list[Rejection]]:
    found: list[int] = []
    items: list[Item] = []
    broken: list[Rejection] = []
    for place, line in zip(places, map(str.strip, lines), strict=True):
        if not line:
            continue
        item = _parse(line)
        if isinstance(item, Fault):
            broken.append(reject(place, item, line))
        else:
            found.append(place)
            items.append(item)
    return found, items, broken


def _parse(line: str) -> Item | Fault:
    """Return the object that a line is, or why it is none.

    orjson refuses what must be looked at more closely: NaN, numbers beyond doubles, lone
    surrogates, deep nesting. A key named twice it takes in silence.
    """
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return parse_object(line, scan_measures)
    if not isinstance(value, dict):
        return NOT_AN_OBJECT
    return parse_object(line, scan_measures) if _may_repeat_a_key(value, line) else value


def _may_repeat_keys(
    items: Sequence[Item],
    products: Sequence[Item],
    metadata: Sequence[Item | None],
    lines: Sequence[str],
) -> bool:
    """Tell whether one of the lines may name a key twice; nearly always one sum answers for all."""
    outer = sum(map(len, items))
    inner = sum(map(len, products)) + sum(map(len, filter(None, metadata)))
    if sum(line.count(_KEY_END) for line in lines) in (outer, outer + inner):
        return False
    return any(map(_may_repeat_a_key, items, lines))


def _may_repeat_a_key(item: Item, line: str) -> bool:
    """Tell whether a line seems to name more keys than its object has; texts may look like keys."""
    return line.count(_KEY_END) > _count_keys(item)


def _count_keys(value: object) -> int:
    """Return how many keys all the objects in a value have."""
    count, level = 0, [value]
    while level:
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                count += len(each)
                inner.extend(each.values())
            elif isinstance(each, list):
                inner.extend(each)
        level = inner
    return count
