"""XML to items: the stream is parsed by expat, and only the item that is open is in memory.

A document type is refused before anything of it is read: it is where entities come from, those
that grow without end and those that fetch files (defusedxml does the same, but has no stream).
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from pricebook.feed.errors import FeedError
from pricebook.feed.readers.lines import MAX_ROW

GOOGLE = "g:"
_GOOGLE_SPACES = ("http://base.google.com/ns/1.0", "https://base.google.com/ns/1.0")
_ITEM_NAMES = frozenset(
    ["item", "entry", "product", "offer", "article", "artikel", "shopitem", "row", "record"]
)
_MAX_DEPTH = 100
_MAX_NESTING = 3
_MAX_NAMES = 10_000
_MAX_TOKEN = 2 * MAX_ROW
_MAX_OUTLINE = 5000
# LookupError and ValueError: encodings that are none, or none of one byte a character.
_ERRORS = (expat.ExpatError, LookupError, ValueError)

Path = tuple[str, ...]


class Item(NamedTuple):
    """Hold the texts of one item by title; a Google name keeps its prefix."""

    line: int
    cells: dict[str, str]
    is_too_long: bool


class BrokenXmlError(Exception):
    """The text is no XML from here on."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class XmlStream:
    """Feed expat piece by piece; tell the handlers' owner where names open and close."""

    def __init__(self, filename: str) -> None:
        self.encoding = "utf-8"
        self.depth = 0
        self._filename = filename
        self._fed = 0
        self._names: set[str] = set()
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._declared

    @property
    def line(self) -> int:
        """The line that is being read."""
        return self._parser.CurrentLineNumber

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Read the next piece. Raises FeedError for what is refused, BrokenXmlError for no XML."""
        try:
            self._parser.Parse(data, final)
        except _ERRORS as error:
            reason = str(error).partition(":")[0]
            raise BrokenXmlError(self._parser.ErrorLineNumber, reason) from error
        self._fed += len(data)
        # Expat reads an unfinished tag again with every piece: without end, that takes for ever.
        if self._fed - self._parser.CurrentByteIndex > _MAX_TOKEN:
            message = f"{self._filename} has a tag or comment of more than {_MAX_TOKEN:,} bytes."
            raise FeedError("xml_refused", message)

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def close(self) -> None:
        """The element that was opened last ends."""

    def text(self, data: str) -> None:
        """Text stands in the open element."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self._names.add(name)
        if self.depth > _MAX_DEPTH:
            message = f"{self._filename} nests elements more than {_MAX_DEPTH} deep."
            raise FeedError("xml_refused", message)
        if len(self._names) > _MAX_NAMES:
            message = f"{self._filename} has more than {_MAX_NAMES:,} kinds of elements."
            raise FeedError("xml_refused", message)
        self.open(name, attributes)

    def _end(self, _name: str) -> None:
        self.close()
        self.depth -= 1

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or self.encoding).lower()

    def _refuse_doctype(self, *_parts: object) -> None:
        message = (
            f"{self._filename} declares a document type (<!DOCTYPE ...>), which can be used to "
            "fetch other files or to fill the memory. Remove that declaration."
        )
        raise FeedError("xml_refused", message)


class Outline(XmlStream):
    """Count the elements of a sample, to find the one that is repeated for every product."""

    def __init__(self, filename: str) -> None:
        super().__init__(filename)
        self._path: list[str] = []
        self._counts: Counter[Path] = Counter()
        self._parents: set[Path] = set()

    def item_path(self) -> Path | None:
        """Return the path of the products, None when nothing is repeated."""
        found = [
            (path[-1].lower() in _ITEM_NAMES, -len(path), count, path)
            for path, count in self._counts.items()
            if len(path) > 1 and path in self._parents
            if count > 1 or path[-1].lower() in _ITEM_NAMES
        ]
        return max(found)[-1] if found else None

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """Count it."""
        self._parents.add(tuple(self._path[: _MAX_NESTING + 2]))
        self._path.append(local_name(name))
        path = tuple(self._path)
        if len(path) <= _MAX_NESTING + 2 and (
            path in self._counts or len(self._counts) < _MAX_OUTLINE
        ):
            self._counts[path] += 1
            if attributes:
                self._parents.add(path)

    def close(self) -> None:
        """Leave it."""
        self._path.pop()


@dataclass(slots=True)
class _Open:
    """The item that is being read."""

    line: int
    cells: dict[str, list[str]]
    path: list[str] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    size: int = 0
    is_leaf: bool = True
    """The cell that is open has no element inside."""


class ItemReader(XmlStream):
    """Collect the items at a path."""

    def __init__(self, filename: str, path: Path) -> None:
        super().__init__(filename)
        self._path = list(path)
        self._above: list[str] = []
        self._item: _Open | None = None
        self._items: list[Item] = []

    def take(self) -> list[Item]:
        """Return the items that were completed since it was last called."""
        items, self._items = self._items, []
        return items

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an item, or a cell of the open one."""
        item = self._item
        if item is None:
            self._above.append(local_name(name))
            if len(self._above) == len(self._path) and self._above == self._path:
                cells = {local_name(each): [value] for each, value in attributes.items()}
                self._item = _Open(self.line, cells)
            return
        item.path.append(_title(name) if not item.path else local_name(name))
        item.is_leaf = True
        # Atom's links stand in an attribute.
        item.texts.append([attributes["href"]] if "href" in attributes else [])

    def text(self, data: str) -> None:
        """Keep it, as long as the item is not too long."""
        item = self._item
        if item is not None and item.texts:
            item.size += len(data)
            if item.size <= MAX_ROW:
                item.texts[-1].append(data)

    def close(self) -> None:
        """End a cell, or the open item."""
        item = self._item
        if item is None:
            self._above.pop()
        elif not item.path:
            # Repeated elements are a list of texts.
            cells = {title: ", ".join(texts) for title, texts in item.cells.items()}
            self._items.append(Item(item.line, cells, item.size > MAX_ROW))
            self._item = None
            self._above.pop()
        else:
            title = ".".join(item.path[:_MAX_NESTING])
            text = "".join(item.texts.pop()).strip()
            item.path.pop()
            item.size += len(title)
            if item.size <= MAX_ROW and (text or item.is_leaf):
                item.cells.setdefault(title, []).extend([text] if text else [])
            item.is_leaf = False


def local_name(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def _title(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return GOOGLE + local if space in _GOOGLE_SPACES else local
