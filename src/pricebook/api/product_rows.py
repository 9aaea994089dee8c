"""Many products of one body as a file that imports: there is one way in for many rows (A4)."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import IO, Any, Final

from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api.product_fields import read_values
from pricebook.catalogue.edits import Value
from pricebook.catalogue.fields import NAMES
from pricebook.feed.choices import Choices
from pricebook.feed.escapes import escape_cell

# How such a file is read, whatever mapping somebody keeps for files with the same header. No text
# means anything but itself.
READING: Final = Choices(
    encoding="utf-8",
    delimiter=",",
    decimal=".",
    preset="none",
    columns={name: name for name in NAMES},
    clear_token="",
)
# How many rows whose form is wrong are named.
_NAMED: Final = 20
_IN_MEMORY: Final = 1 << 20


@contextmanager
def file_of_rows(body: object) -> Iterator[IO[bytes]]:
    """Return the rows of a body as a CSV file that is gone afterwards.

    Only the form of the rows is checked: what they say is checked, row by row, by the import.
    Raises ValidationError.
    """
    if not isinstance(body, list) or not body:
        message = "The body has to be a JSON list of at least one product."
        raise ValidationError([ErrorDetail(message, "not_a_list")])
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as target:
        text = io.TextIOWrapper(target, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(NAMES)
        writer.writerows(_cells(values) for values in _read_rows(body))
        text.flush()
        target.seek(0)
        yield target
        text.detach()


def _read_rows(body: list[object]) -> Iterator[dict[str, Value]]:
    faults: dict[str, Any] = {}
    for number, row in enumerate(body):
        try:
            values = read_values(row)
        except ValidationError as error:
            faults[str(number)] = error.detail
            if len(faults) == _NAMED:
                break
        else:
            if not faults:
                yield values
    if faults:
        raise ValidationError(faults)


def _cells(values: Mapping[str, Value]) -> list[str]:
    return [escape_cell(_cell(values.get(name))) for name in NAMES]


def _cell(value: Value) -> str:
    """Return a value as the readers of files take it."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
