"""What a staged file would do to the book, without doing it: how much, what, how odd."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pricebook.catalogue.fields import FIELDS, for_each_field
from pricebook.catalogue.history import FieldChange
from pricebook.catalogue.merge import IS_LIVING, LEDGER_FIELDS, LEDGER_OBJECTS
from pricebook.core.db import fetch_row, fetch_rows

if TYPE_CHECKING:
    from pricebook.catalogue.merge import StagedSet


@dataclass(frozen=True, slots=True)
class Effect:
    """What the differences of a staged set would do; every number counts rows."""

    # Products that are not in the book, or deleted.
    new: int
    changed: int
    # Changed ones that would no longer be active.
    deactivated: int
    # Changed ones whose price goes, or moves by more than the share asked for.
    moved_far: int
    # Whose price becomes a hundred times, or a hundredth of, what it is: cents taken for units.
    hundredfold: int
    # New or changed ones that are left with a price and no currency by what the file says of them.
    without_currency: int
    # With a GTIN whose length or check digit is wrong.
    invalid_gtins: int
    # Whose name is nothing but a number.
    numeric_names: int


@dataclass(frozen=True, slots=True)
class Moves:
    """What the differences of a staged set would do to products of the book, counted in rows."""

    # Living products that stand in the file and differ; of these, the ones whose price does, and
    # those whose price goes, or moves by more than the share asked for.
    changed: int
    repriced: int
    moved_far: int
    deactivated: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row of the file and what it would change; of a new product, all that it says."""

    line: int
    sku: str
    product_id: int | None
    fields: tuple[FieldChange, ...]


def measure_effect(staged: StagedSet, *, far: float) -> Effect:
    """Count what the differences would do; `far` is the share of a price from which a move is far.

    The differences have to be found before (`merge.find_differences`).
    """
    return Effect(*fetch_row(staged.fill(_EFFECT), {"far": far}))


def measure_moves(staged: StagedSet, *, far: float) -> Moves:
    """Count what the guards of an import ask for; on a first load it costs next to nothing."""
    return Moves(*fetch_row(staged.fill(_MOVES), {"far": far}))


def sample_new(staged: StagedSet, count: int) -> list[SampleRow]:
    """Return the first new products in the order of their SKUs."""
    return _samples(staged, _NEW, count)


def sample_changed(staged: StagedSet, count: int) -> list[SampleRow]:
    """Return the changed products whose price moves most, then the others in order."""
    return _samples(staged, _CHANGED, count)


def _samples(staged: StagedSet, statement: str, count: int) -> list[SampleRow]:
    rows = fetch_rows(staged.fill(statement), {"count": count})
    return [
        SampleRow(line, sku, product_id, _changes(fields)) for line, sku, product_id, fields in rows
    ]


def _changes(text: str) -> tuple[FieldChange, ...]:
    """Return the changes in the order of the product's fields."""
    # Django leaves jsonb as text.
    fields: dict[str, list[object]] = json.loads(text)
    found = {name: FieldChange(name, *fields[name]) for name in fields}
    return tuple(found[field.name] for field in FIELDS if field.name in found)


# Of a price that goes it is NaN, as is the difference: above every share, and boldest of all.
_RATIO: Final = "s.price / nullif(p.price, 0)"
_PRICE: Final = for_each_field("{said}", among=[f for f in FIELDS if f.name == "price"])
# The same rule as `feed.gtin`: the weights 3 and 1 from the right (GS1, section 7.9).
_WEIGHTED: Final = " + ".join(
    f"{3 if place % 2 else 1} * (ascii(substr(lpad(s.gtin, 14, '0'), {place}, 1)) - 48)"
    for place in range(1, 15)
)
_VALID_GTIN: Final = f"""CASE WHEN s.gtin ~ '^([0-9]{{{{8}}}}|[0-9]{{{{12,14}}}})$'
    THEN ({_WEIGHTED}) %% 10 = 0 AND s.gtin ~ '[1-9]' ELSE false END"""

_EFFECT: Final = f"""
    SELECT count(*) FILTER (WHERE NOT {IS_LIVING}),
        count(*) FILTER (WHERE {IS_LIVING}),
        count(*) FILTER (WHERE {IS_LIVING} AND p.active AND NOT s.active),
        count(*) FILTER (WHERE {IS_LIVING} AND p.price > 0
            AND abs(s.price - p.price) > %(far)s * p.price),
        count(*) FILTER (WHERE {IS_LIVING}
            AND ({_RATIO} BETWEEN 99 AND 101 OR {_RATIO} BETWEEN 0.0099 AND 0.0101)),
        count(*) FILTER (WHERE (s.price IS NOT NULL OR s.currency = '') AND {_PRICE} IS NOT NULL
            AND coalesce(s.currency, p.currency, '') = ''),
        count(*) FILTER (WHERE s.gtin <> '' AND NOT {_VALID_GTIN}),
        count(*) FILTER (WHERE s.name ~ '^[0-9][0-9., ]*$')
    FROM {{differences}} s LEFT JOIN catalogue_product p ON p.id = s.product_id
"""

_MOVES: Final = """
    SELECT count(*), count(*) FILTER (WHERE s.price <> p.price AND p.price > 0),
        count(*) FILTER (WHERE abs(s.price - p.price) > %(far)s * p.price AND p.price > 0),
        count(*) FILTER (WHERE p.active AND NOT s.active)
    FROM {differences} s JOIN catalogue_product p ON p.id = s.product_id
    WHERE p.deleted_at IS NULL
"""

_NEW: Final = f"""
    WITH c AS (
        SELECT s.line, s.sku, s.sku AS new_sku,
            {", ".join(f"{f.said(f's.{f.name}', 'NULL')} AS new_{f.name}" for f in FIELDS[1:])}
        FROM {{differences}} s LEFT JOIN catalogue_product p ON p.id = s.product_id
        WHERE NOT {IS_LIVING} ORDER BY s.number LIMIT %(count)s
    )
    SELECT c.line, c.sku, NULL::bigint, jsonb_strip_nulls(jsonb_build_object({
    for_each_field(
        "'{f}', CASE WHEN c.new_{f} IS NOT NULL THEN jsonb_build_array(NULL, {new}) END",
        among=FIELDS[1:],
    )
})) FROM c
"""

# Which ones first, by their numbers alone: to sort all of them with all they hold takes a while.
_CHANGED: Final = f"""
    WITH boldest AS (
        SELECT s.number, abs(ln(nullif({_RATIO}, 0))) AS boldness
        FROM {{differences}} s JOIN catalogue_product p ON p.id = s.product_id
        WHERE {IS_LIVING}
        ORDER BY boldness DESC NULLS LAST, s.number LIMIT %(count)s
    ), c AS (
        SELECT b.boldness, s.number, s.line, p.id,
            {for_each_field("p.{f} AS old_{f}")},
            {for_each_field("{said} AS new_{f}")}
        FROM boldest b JOIN {{differences}} s USING (number)
            JOIN catalogue_product p ON p.id = s.product_id
    )
    SELECT c.line, c.old_sku, c.id,
        jsonb_strip_nulls(jsonb_build_object({LEDGER_FIELDS})) || {LEDGER_OBJECTS}
    FROM c ORDER BY c.boldness DESC NULLS LAST, c.number
"""
