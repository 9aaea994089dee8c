"""Where in a JSON file the stores are: one document, several, a map of them, or a listing (E1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pricebook.feed.columns import fold
from pricebook.feed.encoding import MARK_INVALID, UTF8, Utf8Converter, detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.readers.json_text import BrokenOffError, JsonText
from pricebook.feed.readers.json_values import NOT_AN_OBJECT, TOO_LONG
from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.readers.tolerant import Fault

_METADATA: Final = frozenset(["metadata", "meta"])
_LISTS: Final = frozenset(["stores", "storelist", "locations", "branches", "shops", "outlets"])
_STORE: Final = frozenset(["storedata"])
MAX_STORES: Final = 50_000
_PIECE: Final = 64 * 1024
_NO_STORE: Final = Fault(
    "no_store",
    'This is no store: an object such as {"metadata": {"company": "Example"}, "store_data": '
    '{"store_id": "1", "name": "High Street"}} belongs here.',
)
_STORE_TOO_LONG: Final = Fault(
    "row_too_long", f"This store is longer than {MAX_ROW:,} characters. Shorten it."
)


@dataclass(frozen=True, slots=True)
class RawStore:
    """Hold a store as it stands in the file."""

    line: int
    """Where it begins."""
    shown: str
    """Its beginning."""
    key: str
    """Its key where the stores are a map, else ""."""
    value: Mapping[str, object] | Fault
    metadata: Mapping[str, object]
    """Of its own document, or of the listing that it stands in."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """Hold what a file says, as it says it."""

    metadata: tuple[Mapping[str, object], ...]
    """Of the listing, or of each document."""
    stores: tuple[RawStore, ...]
    is_listing: bool
    """The stores stand in one list, which may be all that there are."""


class _Value(NamedTuple):
    line: int
    shown: str
    key: str
    value: object


def read_documents(content: bytes, *, filename: str) -> RawFile:
    """Return the stores of a file and what stands beside them.

    Raises FeedError for what is no JSON, breaks off, or holds no stores.
    """
    converter = Utf8Converter(detect_encoding(content, complete=True), settled=True)
    text = converter.convert(content, final=True).decode(UTF8, MARK_INVALID)
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    try:
        parts = list(_Walker(JsonText(pieces), filename).parts())
    except BrokenOffError as error:
        message = (
            f"{filename} breaks off at line {error.line:,}, or goes on as no JSON does. "
            "Send the whole file again."
        )
        raise FeedError("file_breaks_off", message) from error
    if not any(part.is_listing or part.stores for part in parts):
        message = (
            f"{filename} holds no stores. Write documents with metadata and store_data, or one "
            "with metadata and a list of stores."
        )
        raise FeedError("no_stores", message)
    return RawFile(
        tuple(each for part in parts for each in part.metadata),
        tuple(store for part in parts for store in part.stores),
        is_listing=len(parts) == 1 and parts[0].is_listing,
    )


class _Walker:
    """Walk through a file; no more of it is held than MAX_STORES values."""

    def __init__(self, text: JsonText, filename: str) -> None:
        self._text = text
        self._filename = filename
        self._taken = 0

    def parts(self) -> Iterator[RawFile]:
        """Yield what stands at the top, one behind another."""
        while first := self._text.peek():
            self._count()
            if first == "{":
                yield self._object()
            elif first == "[":
                yield _documents(list(self._values()), {})
            else:
                raise BrokenOffError(self._text.line)

    def _object(self) -> RawFile:
        """Read a document, a listing, or a map of documents, whichever an object is."""
        metadata: dict[str, object] = {}
        beside: list[_Value] = []
        listed: list[_Value] | None = None
        store: _Value | None = None
        for key in self._members():
            name = fold(key)
            if name in _LISTS and self._text.peek() in ("[", "{"):
                listed = [*(listed or []), *self._values()]
            elif name in _METADATA:
                metadata |= _metadata(self._value(key), self._filename)
            elif name in _STORE:
                store = self._value(key)
            else:
                beside.append(self._value(key))
        own = {each.key: each.value for each in beside if isinstance(each.value, str)}
        metadata = {**own, **metadata}
        if listed is not None:
            stores = tuple(_store(each, each.value, metadata) for each in listed)
            return RawFile((metadata,), stores, is_listing=True)
        if store is not None:
            only = _store(store._replace(key=""), store.value, metadata)
            return RawFile((metadata,), (only,), is_listing=False)
        return _documents([each for each in beside if each.key not in own], metadata)

    def _values(self) -> Iterator[_Value]:
        """Yield the values of the next list or object."""
        text = self._text
        if text.peek() == "{":
            for key in self._members():
                yield self._value(key)
            return
        text.take("[")
        while text.peek() not in ("]", ""):
            yield self._value("")
            if text.peek() != "]":
                text.take(",")
        text.take("]")

    def _members(self) -> Iterator[str]:
        """Yield the keys of the next object; the caller takes the value of each."""
        text = self._text
        text.take("{")
        while text.peek() == '"':
            key = text.read()
            text.take(":")
            yield key if isinstance(key, str) else ""
            if text.peek() != "}":
                text.take(",")
        text.take("}")

    def _value(self, key: str) -> _Value:
        self._count()
        self._text.peek()
        line, shown = self._text.line, self._text.beginning()
        try:
            return _Value(line, shown, key, self._text.read())
        except BrokenOffError as error:
            # Where it began helps more than where the text ends.
            raise BrokenOffError(line) from error

    def _count(self) -> None:
        self._taken += 1
        if self._taken > MAX_STORES:
            message = f"{self._filename} holds more than {MAX_STORES:,} stores. Split it."
            raise FeedError("too_many_stores", message)


def _documents(values: list[_Value], metadata: Mapping[str, object]) -> RawFile:
    """Return the documents among values; without a single one there is no store at all."""
    if all(_member(each.value, _STORE) is None for each in values):
        return RawFile((), (), is_listing=False)
    stores = []
    for each in values:
        own = {**metadata, **(_member(each.value, _METADATA) or {})}
        value = each.value if isinstance(each.value, Fault) else _member(each.value, _STORE)
        stores.append(_store(each, value, own))
    return RawFile(tuple(store.metadata for store in stores), tuple(stores), is_listing=False)


def _store(at: _Value, value: object, metadata: Mapping[str, object]) -> RawStore:
    if value is TOO_LONG:
        value = _STORE_TOO_LONG
    elif not isinstance(value, dict | Fault) or value is NOT_AN_OBJECT:
        value = _NO_STORE
    return RawStore(at.line, at.shown, at.key, value, metadata)


def _metadata(said: _Value, filename: str) -> dict[str, object]:
    if isinstance(said.value, dict):
        return said.value
    message = said.value.message if isinstance(said.value, Fault) else "It is no object."
    raise FeedError(
        "metadata_invalid",
        f"The metadata of {filename}, line {said.line:,}, cannot be read. {message}",
    )


def _member(value: object, names: frozenset[str]) -> dict[str, object] | None:
    """Return the first object under one of the folded names."""
    if not isinstance(value, dict):
        return None
    found = (each for key, each in value.items() if fold(key) in names)
    return next((each for each in found if isinstance(each, dict)), None)
