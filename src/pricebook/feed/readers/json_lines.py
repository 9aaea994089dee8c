"""JSON lines: one object a line (jsonlines.org); a line that is none costs itself only."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from pricebook.feed.encoding import detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.readers.json_values import INVALID, TOO_LONG, parse_object, reject
from pricebook.feed.readers.lines import CHUNK_BYTES, LineReader
from pricebook.feed.readers.shaping import RowShaper, is_unsafe
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.source import Source
from pricebook.feed.table import (
    BATCH_ROWS,
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    GrowingBatch,
    Reading,
    RowBatch,
)

_LOOKED_AT = 50
_MAY_BE_UNSAFE = "\\u"


def looks_like_json_lines(text: str, *, complete: bool) -> bool:
    """Tell whether most of the lines that a text begins with are objects; one line alone is not."""
    lines = text.split("\n")
    whole = lines if complete else lines[:-1]
    looked_at = list(islice(filter(None, map(str.strip, whole)), _LOOKED_AT))
    if len(looked_at) < 2 and not (looked_at and len(whole) < len(lines)):
        return False
    if looked_at[0][0] == "[" and parse_object(looked_at[0]) is INVALID:
        return False  # a list that goes on in the next line
    objects = sum(isinstance(parse_object(line), dict) for line in looked_at if line[0] == "{")
    return objects * 2 >= len(looked_at) > 0


class JsonLinesTable:
    """One product a line; its titles are those of the objects in the first bytes."""

    comma_column: int | None = None

    def __init__(self, source: Source, *, filename: str, encoding: str = "") -> None:
        sample = source.peek(SAMPLE_BYTES)
        complete = len(sample) < SAMPLE_BYTES
        self._encoding = detect_encoding(sample, complete=complete, chosen=encoding)
        self._encoding_settled = bool(encoding) or not sample.isascii()
        self._shaper = RowShaper(_objects(self._lines_of([sample]), complete=complete))
        self.header = self._shaper.header
        self.sample = self._shaper.sample
        if not self.header:
            message = f"{filename} has no JSON object with a key in its first lines."
            raise FeedError("no_objects", message)
        self._lines = self._lines_of(iter(partial(source.read, CHUNK_BYTES), b""))
        self._unsafe = False

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return Reading("jsonl", self._lines.encoding, decimal=self._shaper.decimal)

    @property
    def unsafe(self) -> bool:
        """Whether the rows taken last hold characters that no database holds."""
        return self._unsafe

    @property
    def bytes_taken(self) -> int:
        """How many bytes were read."""
        return self._lines.bytes_read

    @property
    def late_titles(self) -> Sequence[str]:
        """Titles that turned up behind the sample."""
        return self._shaper.late_titles

    def batches(self) -> Iterator[RowBatch]:
        """Yield every line of the file once, some 2,000 at a time."""
        if self.comma_column is not None:
            self._shaper.comma_title = self.header[self.comma_column]
        number = 1
        while lines := self._lines.take(BATCH_ROWS):
            batch = GrowingBatch([], [], [])
            if self._lines.cut:
                batch.broken.append(reject(number, TOO_LONG, lines[0]))
            else:
                self._parse(number, lines, batch)
            number += len(lines)
            suspicious = self._lines.unsafe or any(_MAY_BE_UNSAFE in line for line in lines)
            self._unsafe = suspicious and is_unsafe(batch.rows)
            yield batch.done()

    def _parse(self, first: int, lines: list[str], batch: GrowingBatch) -> None:
        places, rows, broken = batch
        shape = self._shaper.shape
        for place, line in enumerate(map(str.strip, lines), first):
            if not line:
                continue
            value = parse_object(line)
            row = value if isinstance(value, Fault) else shape(value)
            if isinstance(row, Fault):
                broken.append(reject(place, row, line))
            else:
                places.append(place)
                rows.append(row)

    def _lines_of(self, chunks: Iterable[bytes]) -> LineReader:
        return LineReader(
            chunks,
            encoding=self._encoding,
            encoding_settled=self._encoding_settled,
            cr_ends_lines=False,
            backslash_quotes=False,
        )


def _objects(lines: LineReader, *, complete: bool) -> Iterator[dict[str, object]]:
    """Yield the objects of a sample."""
    taken = lines.take(SAMPLE_ROWS)
    for line in taken if complete or len(taken) < 2 else taken[:-1]:
        value = parse_object(line.strip())
        if not isinstance(value, Fault):
            yield value
