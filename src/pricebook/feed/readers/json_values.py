"""JSON texts to values, numbers exactly as they are written."""

import json
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import Any, NoReturn

from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.readers.tolerant import Fault
from pricebook.feed.records import MAX_SHOWN, Problem, Rejection

MAX_DEPTH = 50
_MAX_EXPONENT = 30
_MAX_NUMBER = 100
_INTEGER_DIGITS = 18
_SHOWN_OF_TEXT = 2000

INVALID = Fault(
    "json_invalid",
    "This is no JSON object. Check its quotes, commas and brackets, and that it is whole.",
)
NOT_AN_OBJECT = Fault(
    "json_not_an_object", 'This is no product: an object such as {"sku": "A-1"} belongs here.'
)
REPEATED_KEY = Fault("json_repeated_key", "An object names the same key twice. Remove one of them.")
TOO_DEEP = Fault(
    "json_too_deep", f"Lists and objects are nested more than {MAX_DEPTH} deep here. Flatten them."
)
NO_NUMBER = Fault(
    "json_invalid_number", "NaN and Infinity are no numbers in JSON. Write null or leave them out."
)
TOO_LONG = Fault("row_too_long", f"This product is longer than {MAX_ROW:,} characters. Shorten it.")


class FaultError(ValueError):
    """Carries a fault out of the parser."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Number(str):
    """Hold a number as it is written: no digit is rounded away, and none is added."""

    __slots__ = ()

    def plain(self) -> str:
        """Return "1000" for "1E+3"; what would be a long row of zeros stays as it is."""
        if "e" in self or "E" in self:
            exponent = self.lower().partition("e")[2]
            if (
                len(self) <= _MAX_NUMBER
                and len(exponent) <= 5
                and abs(int(exponent)) <= _MAX_EXPONENT
            ):
                return f"{Decimal(self):f}"
        return self[:]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise FaultError(REPEATED_KEY)
    return found


def _refuse(_constant: str) -> NoReturn:
    raise FaultError(NO_NUMBER)


Scan = Callable[[str, int], tuple[Any, int]]
"""Read the value that begins at an index; return it and the index behind it, or raise one of
SCAN_ERRORS."""


def _make_scan(number: Callable[[str], object]) -> Scan:
    """Return a guarded scanner that makes values of numbers by `number`."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_object,
        parse_float=number,
        parse_int=number,
        parse_constant=_refuse,
        # Many writers leave line breaks and tabs in their texts as they are.
        strict=False,
    )
    scanner: Scan = decoder.scan_once  # type: ignore[attr-defined]
    return scanner


def _measure(text: str) -> int | float | str:
    if len(text) <= _INTEGER_DIGITS and text.lstrip("-").isdigit():
        return int(text)
    value = float(text)
    return value if isfinite(value) else text


scan = _make_scan(Number)
"""Scan with numbers as they are written."""

scan_measures = _make_scan(_measure)
"""Scan with integers of up to 18 digits, other numbers as IEEE doubles (RFC 8259, section 6), and
those too large for one as they are written."""

SCAN_ERRORS = (ValueError, StopIteration, RecursionError)


def fault_of(error: BaseException) -> Fault:
    """Return what one of SCAN_ERRORS says."""
    if isinstance(error, FaultError):
        return error.fault
    return TOO_DEEP if isinstance(error, RecursionError) else INVALID


def parse_object(text: str, scan: Scan = scan) -> dict[str, object] | Fault:
    """Return the object that a text is, or why it is none."""
    try:
        value, end = scan(text, 0)
    except SCAN_ERRORS as error:
        return fault_of(error)
    if end != len(text):
        return INVALID
    return value if type(value) is dict else NOT_AN_OBJECT


def reject(place: int, fault: Fault, text: str) -> Rejection:
    """Return the rejection of what is no object; its text stands in the first column."""
    problem = Problem.of(None, fault.code, fault.message, text[:MAX_SHOWN])
    return Rejection.of(place, [text[:_SHOWN_OF_TEXT]], problem)
