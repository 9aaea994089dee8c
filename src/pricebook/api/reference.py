"""The description of the API as a page for people: no script, nothing from other hosts."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.shortcuts import render
from django.views.decorators.http import require_safe

from pricebook.api.schema import describe_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse

_REF: Final = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter, a header or a field: what it is called, what it takes, what it means."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One way in which an operation answers."""

    status: str
    phrase: str
    description: str
    shape: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of a resource."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    takes: tuple[Name, ...]
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """The operations of a resource, in the order of their paths."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object that bodies and answers are made of."""

    name: str
    description: str
    fields: tuple[Name, ...]


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """Show what the API takes and answers."""
    described = describe_api()
    return render(
        request,
        "api/reference.html",
        {"resources": _resources(described), "shapes": _shapes(described)},
    )


def _resources(described: Mapping[str, Any]) -> list[Resource]:
    entries: dict[str, list[Entry]] = {}
    addresses = [*described["paths"].items(), *described["webhooks"].items()]
    for path, operations in addresses:
        for method, operation in operations.items():
            entries.setdefault(operation["tags"][0], []).append(_entry(path, method, operation))
    return [
        Resource(name, tuple(sorted(found, key=lambda entry: entry.path)))
        for name, found in sorted(entries.items())
    ]


def _entry(path: str, method: str, operation: Mapping[str, Any]) -> Entry:
    return Entry(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        deprecated=operation.get("deprecated", False),
        takes=(*_parameters(operation), *_body(operation)),
        replies=tuple(
            _reply(status, answer) for status, answer in sorted(operation["responses"].items())
        ),
    )


def _parameters(operation: Mapping[str, Any]) -> Iterator[Name]:
    for each in operation.get("parameters", ()):
        yield Name(
            each["name"],
            each["in"],
            _kind(each["schema"]),
            each.get("required", False),
            each.get("description", ""),
        )


def _body(operation: Mapping[str, Any]) -> Iterator[Name]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "properties" in schema:
            yield from _fields(schema)
        else:
            yield Name("", "body", _kind(schema), required=True, description="")


def _fields(schema: Mapping[str, Any]) -> Iterator[Name]:
    required = schema.get("required", ())
    for name, field in schema["properties"].items():
        description = field.get("description", "")
        yield Name(name, "body", _kind(field), name in required, description)


def _reply(status: str, answer: Mapping[str, Any]) -> Reply:
    shapes = [_kind(content["schema"]) for content in answer.get("content", {}).values()]
    return Reply(
        status=status,
        phrase=HTTPStatus(int(status)).phrase if status.isdigit() else "",
        description=answer["description"],
        shape=", ".join(shapes),
    )


def _shapes(described: Mapping[str, Any]) -> list[Shape]:
    return [
        Shape(name, schema.get("description", ""), tuple(_fields(schema)))
        for name, schema in sorted(described["components"]["schemas"].items())
        if "properties" in schema
    ]


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a schema allows, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    for several in ("oneOf", "allOf", "anyOf"):
        if several in schema:
            return " | ".join(_kind(each) for each in schema[several])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    types = schema.get("type", "anything")
    words = types if isinstance(types, str) else " | ".join(types)
    return f"{words} ({schema['format']})" if "format" in schema else words
