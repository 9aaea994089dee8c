"""The fields of a product that can be written, in the one order that files, SQL and API share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pricebook.feed.records import CLEARED_PRICE


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the product that a file or a person can set."""

    name: str
    # PostgreSQL's type of the column.
    type: str
    # SQL of what a new product gets when nothing is said.
    default: str = "''"

    def said(self, staged: str, stored: str) -> str:
        """Return SQL of what a staged value makes of a stored one; NULL says nothing (A15)."""
        value = f"coalesce({staged}, {stored})"
        return f"nullif({value}, '{CLEARED_PRICE}')" if self.name == "price" else value

    def ledger(self, column: str) -> str:
        """Return SQL of how the ledger writes the column: money exact, without idle zeros."""
        return f"trim_scale({column})::text" if self.name == "price" else column

    def from_ledger(self, value: str) -> str:
        """Return SQL that reads a jsonb value of the ledger back."""
        return value if self.type == "jsonb" else f"({value} #>> '{{}}')::{self.type}"


FIELDS = (
    Field("sku", "varchar(100)", default="NULL"),
    Field("name", "varchar(500)"),
    Field("description", "text"),
    Field("price", "numeric(14, 4)", default="NULL"),
    Field("currency", "varchar(3)"),
    Field("active", "boolean", default="true"),
    Field("brand", "varchar(200)"),
    Field("gtin", "varchar(50)"),
    Field("category", "varchar(500)"),
    Field("image_url", "varchar(2000)"),
    Field("url", "varchar(2000)"),
    Field("unit_size", "varchar(100)"),
    # Not '{}': these statements still have the names of tables filled in.
    Field("attributes", "jsonb", default="jsonb_build_object()"),
)
NAMES = tuple(field.name for field in FIELDS)


def for_each_field(template: str, separator: str = ", ", *, among: Iterable[Field] = FIELDS) -> str:
    """Return SQL with the template once for every field.

    In it {f} is the field's name, {said} what `s.f` of a staging table makes of `p.f`, and {first}
    what it makes of a new product's default; {old}, {new} and {present} are how the ledger writes
    `c.old_f`, `c.new_f` and `p.f`, and {before} is the value read back from the first place of the
    ledger's pair.
    """
    return separator.join(
        template.format(
            f=field.name,
            said=field.said(f"s.{field.name}", f"p.{field.name}"),
            first=field.said(f"s.{field.name}", field.default),
            old=field.ledger(f"c.old_{field.name}"),
            new=field.ledger(f"c.new_{field.name}"),
            present=field.ledger(f"p.{field.name}"),
            before=field.from_ledger(f"(c.fields -> '{field.name}' -> 0)"),
        )
        for field in among
    )
