"""JSON bodies, read without losing anything: bounded, money exact, no name twice."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Never

from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.serializers import Serializer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO

    from rest_framework.request import Request

# No product is larger than its longest texts together.
BODY_LIMIT = 1024 * 1024
_MAX_DEPTH = 50
_SURROGATE = re.compile("[\ud800-\udfff]")


class BodyTooLarge(APIException):
    """The body is larger than the resource takes (RFC 9110, section 15.5.14)."""

    status_code = 413
    default_code = "too_large"


class ExactJSONParser(BaseParser):
    """Read `application/json` (RFC 8259), up to the view's `body_limit` in bytes.

    Numbers with a point become Decimal, so that 0.1 stays 0.1. NaN, repeated names, broken UTF-8
    and halves of characters are refused.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002 (DRF's signature)
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body says. Raises ParseError, BodyTooLarge."""
        limit = getattr((parser_context or {}).get("view"), "body_limit", BODY_LIMIT)
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            message = f"The body is larger than the limit of {limit:,} bytes."
            raise BodyTooLarge(message)
        return parse_json(raw)


class StrictBody(Serializer[Any]):
    """A body in which a member that nobody reads is a mistake, not a guess."""

    def to_internal_value(self, data: Any) -> Any:
        """Check the names, then the values. Raises ValidationError, each name with its pointer."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else ()
        if unknown:
            raise ValidationError({name: [self._unknown(name)] for name in unknown})
        return super().to_internal_value(data)

    def _unknown(self, name: str) -> ErrorDetail:
        known = ", ".join(sorted(self.fields))
        sentence = f"There is no field {name[:50]!r} here: it takes {known}."
        return ErrorDetail(sentence, "unknown")


def read_body(kind: type[StrictBody], request: Request) -> dict[str, Any]:
    """Return what the body of a request says. Raises ValidationError."""
    return check_body(kind, object_of(request.data), request)


def check_body(
    kind: type[StrictBody], given: Mapping[str, Any], request: Request
) -> dict[str, Any]:
    """Return what a JSON object says. Raises ValidationError."""
    body = kind(data=given, context={"request": request})
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def parse_json(raw: bytes) -> Any:
    """Return what JSON text in UTF-8 says. Raises ParseError."""
    try:
        text = raw.decode()
        found = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except UnicodeDecodeError:
        message = "The body is not UTF-8."
        raise ParseError(message) from None
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
        raise ParseError(message) from None
    except (ValueError, ArithmeticError):
        message = "The body holds a number that is too long to be read."
        raise ParseError(message) from None
    except RecursionError:
        raise _too_deep() from None
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        _refuse_depth(found)
    if "\\u" in text:
        _refuse_halves(found)
    return found


def object_of(body: object) -> dict[str, Any]:
    """Return the JSON object that a body is. Raises ValidationError for anything else."""
    if not isinstance(body, dict):
        message = "The body has to be a JSON object."
        raise ValidationError([ErrorDetail(message, "not_an_object")])
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        message = "The body names the same field twice."
        raise ParseError(message)
    return found


def _refuse_depth(found: object) -> None:
    # What is read here is written again elsewhere, by functions that call themselves.
    level: list[object] = [found]
    for _ in range(_MAX_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return
    raise _too_deep()


def _inside(found: object) -> Iterable[object]:
    if isinstance(found, dict):
        return found.values()
    return found if isinstance(found, list) else ()


def _too_deep() -> ParseError:
    return ParseError(f"The body holds more than {_MAX_DEPTH} lists or objects in each other.")


def _no_constant(constant: str) -> Never:
    message = f"The body holds {constant}, which is no number of JSON."
    raise ParseError(message)


def _refuse_halves(found: object) -> None:
    # Python reads "\ud800" alone, but no UTF-8 can hold it, our answers included.
    if _SURROGATE.search(json.dumps(found, ensure_ascii=False, default=str)):
        message = "The body holds half a character (a lone surrogate)."
        raise ParseError(message)
