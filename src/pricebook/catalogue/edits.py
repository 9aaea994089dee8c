"""What a person or a program wants to write into one product, checked by the rules of the files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from pricebook.catalogue.fields import NAMES
from pricebook.core.errors import PermanentError
from pricebook.feed.columns import ColumnMapping
from pricebook.feed.escapes import escape_cell
from pricebook.feed.records import ProductRecord, Rejection, Row
from pricebook.feed.validate import RowRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricebook.catalogue.models import Product

Value = str | bool | Decimal | dict[str, object] | None
_BLANKS: Mapping[str, Value] = {
    **dict.fromkeys(NAMES, ""),
    "price": None,
    "active": True,
    "attributes": {},
}
# Titles that no value can be mistaken for: a row that repeats its header is no product.
_TITLES = {name: f"\x00{name}" for name in NAMES}
_MAPPING = ColumnMapping(
    header=tuple(_TITLES.values()),
    fields=MappingProxyType({name: at for at, name in enumerate(NAMES)}),
    active_inverted=False,
    ignored=(),
)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, for people (`message`) and for programs (`code`)."""

    field: str
    code: str
    message: str


class InvalidProductError(PermanentError):
    """The values are no product; `problems` says why, field by field."""

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def clean_values(values: Mapping[str, Value], *, sku: str = "") -> dict[str, Value]:
    """Return the values as the book holds them: trimmed, canonical, blank where empty.

    `sku` is the product's own when the values name none. Raises InvalidProductError with every
    problem there is, by the rules for the rows of files (`feed.validate`).
    """
    cells = {"sku": sku} | {name: _as_cell(value) for name, value in values.items()}
    row = [escape_cell(cells.get(name, "")) for name in NAMES]
    outcome = RowRules(_MAPPING, ".").check(Row(1, row))
    if not isinstance(outcome, ProductRecord):
        raise InvalidProductError(*_problems(outcome))
    return {name: _as_value(name, getattr(outcome, name)) for name in values}


def blank_values() -> dict[str, Value]:
    """Return what a new product has where nothing is said."""
    return dict(_BLANKS)


def values_of(product: Product) -> dict[str, Value]:
    """Return the fields of a product that can be written."""
    return {name: getattr(product, name) for name in NAMES}


def is_same(one: object, other: object) -> bool:
    """Say whether two values are the same: in attributes, as in JSON, true is not 1."""
    if one != other:
        return False
    return not isinstance(one, dict) or (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


def ledger_value(value: Value) -> object:
    """Return a value as the ledger writes it: the same as `Field.ledger` does in SQL."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value


def from_ledger(name: str, value: object) -> Value:
    """Return the value that `ledger_value` wrote."""
    if name == "price" and isinstance(value, str):
        return Decimal(value)
    assert value is None or isinstance(value, str | bool | dict)  # noqa: S101 (for mypy)
    return value


def _as_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return f"{value:f}" if isinstance(value, Decimal) else value.strip()


def _as_value(name: str, read: str | bool | None) -> Value:
    if read is None:
        return _BLANKS[name]
    if name == "price":
        return Decimal(str(read))
    if name == "attributes":
        attributes: dict[str, object] = json.loads(str(read))
        return attributes
    return read


def _problems(outcome: Rejection | None) -> list[FieldProblem]:
    if outcome is None:
        return [FieldProblem("sku", "sku_missing", "The SKU is blank. Every product needs one.")]
    return [
        FieldProblem((problem.column or "").removeprefix("\x00"), problem.code, problem.message)
        for problem in outcome.problems
    ]
