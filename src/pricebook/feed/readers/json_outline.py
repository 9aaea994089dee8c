"""Where in a JSON document the products are: a list, a map of id to product, or the whole."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from pricebook.feed.columns import find_fields
from pricebook.feed.readers.json_text import BrokenOffError, JsonText

_NAMES = frozenset(
    [
        *("products", "items", "data", "results", "rows", "records", "entries", "list"),
        *("catalog", "catalogue", "offers"),
    ]
)
_WRAPPERS = frozenset(["product", "item", "node"])
_MAX_DEPTH = 4
_MAX_KEYS = 60
_MAP_SIZE = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Say where the products are."""

    keys: tuple[str, ...] = ()
    """The keys that lead there from the top."""
    is_map: bool = False
    """They are an object's values, and its keys name them."""
    is_whole: bool = False
    """Every value at the top is a product itself."""
    aside: str = ""
    """A key on the way there whose value is told like a product, as an element of that key."""


@dataclass(slots=True)
class _Node:
    """What a value is, as far as was looked: "{", "[", or "" for a plain one."""

    kind: str = ""
    children: dict[str, "_Node"] = field(default_factory=dict)
    of_objects: bool = False


def find_products(text: str) -> Place | None:
    """Return where the products of a document are that begins with `text`; None if nowhere."""
    top = _Node()
    with suppress(BrokenOffError):
        _outline(JsonText([text]), top, 1)
    place = _find(top, ())
    if place is None and top.kind == "{" and top.children:
        return Place(is_whole=True)
    return place


def _outline(text: JsonText, node: _Node, depth: int) -> None:
    """Look at the next value and leave it behind; what was seen of it stays when it breaks off."""
    first = text.peek()
    if first not in ("{", "[") or depth > _MAX_DEPTH:
        text.skip()
        return
    node.kind = first
    text.take(first)
    if first == "[":
        node.of_objects = text.peek() == "{"
    else:
        while text.peek() == '"' and len(node.children) < _MAX_KEYS:
            child = node.children.setdefault(str(text.read()), _Node())
            text.take(":")
            _outline(text, child, depth + 1)
            if text.peek() == ",":
                text.take(",")
    text.skip_rest()


def _find(node: _Node, keys: tuple[str, ...]) -> Place | None:
    if node.kind == "[":
        return Place(keys) if node.of_objects or not keys else None
    if node.kind != "{" or not node.children:
        return None
    named = {key: each for key, each in node.children.items() if key.lower() in _NAMES}
    return (
        _find_in(named, keys)
        or (Place(is_whole=True) if not keys and _is_product(node) else None)
        or (Place(keys, is_map=True) if _is_map(node) else None)
        or (None if _is_product(node) else _find_in(node.children, keys))
    )


def _find_in(children: Mapping[str, _Node], keys: tuple[str, ...]) -> Place | None:
    return next(filter(None, (_find(node, (*keys, key)) for key, node in children.items())), None)


def _is_product(node: _Node) -> bool:
    """Tell whether an object has the titles of a product, or is wrapped around one that has."""
    wrapped = [child for key, child in node.children.items() if key.lower() in _WRAPPERS]
    return any(len(find_fields(list(each.children))[0]) > 1 for each in (node, *wrapped))


def _is_map(node: _Node) -> bool:
    """Tell whether all values are objects that share a key."""
    objects = [child for child in node.children.values() if child.kind == "{"]
    if len(objects) < max(_MAP_SIZE, len(node.children)):
        return False
    first, second = (frozenset(each.children) for each in objects[:2])
    return bool(first & second)
