"""JSON documents: the products in a list, in a map, or one after another, streamed."""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from pricebook.feed.encoding import MARK_INVALID, UTF8, Utf8Converter, detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.readers.json_outline import Place, find_products
from pricebook.feed.readers.json_text import BrokenOffError, JsonText
from pricebook.feed.readers.json_values import NOT_AN_OBJECT, reject
from pricebook.feed.readers.shaping import Record, RowShaper, is_unsafe
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.source import PIECE_BYTES, Source
from pricebook.feed.table import (
    BATCH_ROWS,
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    GrowingBatch,
    Reading,
    RowBatch,
)

_LARGEST_SAMPLE = 16 * SAMPLE_BYTES
_BATCH_CHARACTERS = 256 * 1024
_KEY_TITLES = ("id", "key")
_BROKEN_OFF = Fault(
    "file_breaks_off",
    "The file breaks off here, or goes on as no JSON does. What comes before is read; send the "
    "whole file again.",
)


class Element(NamedTuple):
    """Hold one value of a document, or its fault, and where it begins."""

    line: int
    key: str
    value: object
    shown: str


class JsonDocumentTable:
    """The products of one JSON document, or of several one behind another."""

    comma_column: int | None = None

    def __init__(self, source: Source, *, filename: str, encoding: str = "") -> None:
        converter, place, objects = look_at_document(source, encoding)
        if place is None or not objects:
            message = (
                f"{filename} holds no list of JSON objects. Upload one such as "
                '[{"sku": "A-1", "name": "Mug"}], or JSON lines.'
            )
            raise FeedError("no_objects", message)
        self._converter = converter
        self._place = place
        self._shaper = RowShaper(objects)
        self._key_title = _key_title(place, self._shaper.header)
        self.header = self._key_title + self._shaper.header
        self.sample = [[""] * len(self._key_title) + row for row in self._shaper.sample]
        self._source = source
        self._bytes = 0
        self._suspicious = self._unsafe = False

    @property
    def reading(self) -> Reading:
        """How the file was read so far."""
        return Reading("json", self._converter.encoding, decimal=self._shaper.decimal)

    @property
    def unsafe(self) -> bool:
        """Whether the rows taken last hold characters that no database holds."""
        return self._unsafe

    @property
    def bytes_taken(self) -> int:
        """How many bytes were read."""
        return self._bytes

    @property
    def late_titles(self) -> Sequence[str]:
        """Titles that turned up behind the sample."""
        return self._shaper.late_titles

    def batches(self) -> Iterator[RowBatch]:
        """Yield every product once, some 2,000 or 256 KiB at a time."""
        if self.comma_column is not None:
            self._shaper.comma_title = self.header[self.comma_column]
        batch, began, last = GrowingBatch([], [], []), 0, 0
        for element in elements(JsonText(self._pieces()), self._place):
            last = max(last + 1, element.line)
            self._add(element, last, batch)
            if len(batch.lines) >= BATCH_ROWS or self._bytes - began >= _BATCH_CHARACTERS:
                self._unsafe = self._suspicious and is_unsafe(batch.rows)
                yield batch.done()
                batch, began = GrowingBatch([], [], []), self._bytes
        self._unsafe = self._suspicious and is_unsafe(batch.rows)
        yield batch.done()

    def _add(self, element: Element, place: int, batch: GrowingBatch) -> None:
        value = element.value
        if not isinstance(value, Fault):
            value = self._shaper.shape(value) if isinstance(value, dict) else NOT_AN_OBJECT
        if isinstance(value, Fault):
            batch.broken.append(reject(place, value, element.shown))
            return
        batch.lines.append(place)
        batch.rows.append([element.key, *value] if self._key_title else value)

    def _pieces(self) -> Iterator[str]:
        chunks = iter(partial(self._source.read, PIECE_BYTES), b"")
        for text in texts(self._counted(chunks), self._converter, whole=True):
            self._suspicious = self._suspicious or _is_suspicious(text)
            yield text

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._bytes += len(chunk)
            yield chunk


def look_at_document(
    source: Source, encoding: str
) -> tuple[Utf8Converter, Place | None, list[Record]]:
    """Return what decodes the file, where the products are, and those that it begins with."""
    size = SAMPLE_BYTES
    while True:
        sample = source.peek(size)
        complete = len(sample) < size
        found = detect_encoding(sample, complete=complete, chosen=encoding)
        converter = Utf8Converter(found, settled=True)
        text = "".join(texts([sample], converter, whole=complete))
        place = find_products(text)
        objects = list(_objects(text, place)) if place else []
        if objects or complete or size >= _LARGEST_SAMPLE:
            settled = bool(encoding) or not sample.isascii()
            return Utf8Converter(found, settled=settled), place, objects
        size *= 4


def elements(text: JsonText, place: Place) -> Iterator[Element]:
    """Yield the values at a place, then the place where the text breaks off, if it does."""
    try:
        while text.peek():
            yield from _walk(text, place, place.keys)
            while text.peek() == ",":
                text.take(",")
    except BrokenOffError as error:
        yield Element(error.line, "", _BROKEN_OFF, error.shown or text.beginning())


def _walk(text: JsonText, place: Place, keys: tuple[str, ...]) -> Iterator[Element]:
    if keys:
        for key in _members(text):
            if key == keys[0]:
                yield from _walk(text, place, keys[1:])
            elif key == place.aside:
                yield _element(text, key)
            else:
                text.skip()
    elif place.is_map and text.peek() == "{":
        for key in _members(text):
            yield _element(text, key)
    elif text.peek() == "[" and not place.is_whole:
        text.take("[")
        while text.peek() not in ("]", ""):
            yield _element(text, "")
            while text.peek() == ",":
                text.take(",")
        text.take("]")
    else:
        yield _element(text, "")


def _members(text: JsonText) -> Iterator[str]:
    """Yield the keys of the next object; the caller takes the value of each."""
    if text.peek() != "{":
        text.skip()
        return
    text.take("{")
    while text.peek() == '"':
        key = text.read()
        text.take(":")
        text.peek()
        yield key if isinstance(key, str) else ""
        while text.peek() == ",":
            text.take(",")
    text.take("}")


def _element(text: JsonText, key: str) -> Element:
    text.peek()
    line, shown = text.line, text.beginning()
    try:
        return Element(line, key, text.read(), shown)
    except BrokenOffError as error:
        # Where it began helps more than where the text ends.
        raise BrokenOffError(line, shown) from error


def _objects(text: str, place: Place) -> Iterator[Record]:
    """Yield the products of a sample."""
    found = 0
    for element in elements(JsonText([text]), place):
        if isinstance(element.value, dict):
            yield element.value
            found += 1
        if found == SAMPLE_ROWS:
            return


def _key_title(place: Place, header: Sequence[str]) -> list[str]:
    """Return the title of the column of a map's keys."""
    return (
        [next((title for title in _KEY_TITLES if title not in header), "")] if place.is_map else []
    )


def texts(chunks: Iterable[bytes], converter: Utf8Converter, *, whole: bool) -> Iterator[str]:
    """Yield the text of a stream, with lone surrogates where bytes mean nothing."""
    decoder = codecs.getincrementaldecoder(UTF8)(MARK_INVALID)
    for chunk in chunks:
        yield decoder.decode(converter.convert(chunk))
    if whole:
        yield decoder.decode(converter.convert(b"", final=True), True)


def _is_suspicious(text: str) -> bool:
    # An escape may be cut behind its backslash.
    return "\\u" in text or text.endswith("\\") or "\0" in text or "\udcff" in text
