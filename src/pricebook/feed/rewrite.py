"""Rows as a person wants them read: keys, texts of the row above, defaults, kept columns.

A step between a table and `BlockBuilder`, for files whose choices ask for it. What is made stands
in columns of its own behind those of the file, so that the file's own cells stay what they are.
"""

from __future__ import annotations

from dataclasses import replace
from heapq import merge
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from pricebook.feed.attributes import join_attributes
from pricebook.feed.blocks import BlockBuilder
from pricebook.feed.columns import is_reject_file
from pricebook.feed.escapes import escape_cell, unescape_cell
from pricebook.feed.records import Block, Problem, ProductRecord, Rejection
from pricebook.feed.validate import RowRules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pricebook.feed.choices import Choices
    from pricebook.feed.columns import ColumnMapping
    from pricebook.feed.prices import DecimalMark

_FILLED_DOWN: Final = frozenset(
    ["name", "description", "currency", "active", "brand", "category", "image_url", "url"]
)
_KEY_SEPARATOR: Final = "-"
_NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})
_line = attrgetter("line")


def make_builder(
    mapping: ColumnMapping, decimal: DecimalMark, choices: Choices
) -> BlockBuilder | RewritingBuilder:
    """Return what builds blocks of a file's rows by these choices."""
    if mapping.key or mapping.attributes or choices.defaults:
        return RewritingBuilder(mapping, decimal, choices)
    return BlockBuilder(RowRules(mapping, decimal, choices))


class Rewritten(NamedTuple):
    """Hold what became of one row."""

    row: list[str]
    """As it is in the file."""
    cells: list[str]
    """Those of the file, and behind them those that were made of it."""
    texts: Mapping[str, str] = _NO_TEXTS
    """Field → text that fills it down where it is blank."""
    problem: Problem | None = None
    """Why it is no product."""


class RewritingBuilder:
    """Build blocks of rows that are rewritten first; rejections show them as they were.

    But what is filled down into them is shown: mended, they stand alone.
    """

    def __init__(self, mapping: ColumnMapping, decimal: DecimalMark, choices: Choices) -> None:
        self._rewriter = RowRewriter(mapping, choices)
        self._builder = BlockBuilder(RowRules(self._rewriter.mapping, decimal, choices))
        self._unsafe = False

    def build(self, lines: Sequence[int], rows: list[list[str]], *, unsafe: bool) -> Block:
        """Return the rows' records and rejections, see `BlockBuilder.build`."""
        made = dict(zip(lines, map(self._rewriter.rewrite, rows), strict=True))
        kept = {line: each.cells for line, each in made.items() if each.problem is None}
        # What is filled down may come from earlier rows.
        self._unsafe = self._unsafe or unsafe
        block = self._builder.build(list(kept), list(kept.values()), unsafe=self._unsafe)
        show = self._rewriter.show
        rejected = [
            Rejection.of(r.line, show(made[r.line]), *r.problems, sku=r.sku)
            for r in block.rejections
        ]
        refused = [
            Rejection.of(line, show(each), each.problem)
            for line, each in made.items()
            if each.problem is not None
        ]
        return Block(block.records, list(merge(rejected, refused, key=_line)))


class RowRewriter:
    """Add to each row the cells that the choices make of it; remembers the group it is in."""

    def __init__(self, mapping: ColumnMapping, choices: Choices) -> None:
        self._original = mapping
        self._width = len(mapping.header)
        self._defaults = choices.defaults
        self._token = choices.clear_token
        # The rows of a reject file are complete, and those between them are not there.
        is_alone = is_reject_file(mapping.header)
        self._fill_down = choices.fill_down and bool(mapping.key) and not is_alone
        fields = mapping.fields.items()
        self._filled = {field: at for field, at in fields if field in _FILLED_DOWN}
        self._others = {*mapping.key, *(at for field, at in fields if field not in _FILLED_DOWN)}
        self._group_key = ""
        self._group: dict[str, str] = {}
        self._has_product = False
        read = dict.fromkeys([*mapping.key, *mapping.fields.values()])
        self._titles = [(at, mapping.header[at].strip()) for at in read]
        made = filter(self._is_made, ProductRecord._fields[1:])
        self._made = {field: self._title(field) for field in made}
        self.mapping = self._with_made_columns()
        """The mapping of rewritten rows."""

    def rewrite(self, row: list[str]) -> Rewritten:
        """Return the row with the cells that are made of it, and why it is no product if so."""
        if not any(map(str.strip, row)):
            return Rewritten(row, row)
        cells = row[: self._width]
        cells += [""] * (self._width - len(cells))
        beyond = row[self._width :]
        if self._repeats_header(cells):
            return Rewritten(row, [*cells, *self._made.values(), *beyond])
        problem = None
        if not any(map(str.strip, beyond)):  # else the cells are shifted
            problem = self._key_problem(cells)
            self._follow(cells, is_product=problem is None)
        texts = self._texts_above(cells)
        made = (self._make(field, cells, texts) for field in self._made)
        return Rewritten(row, [*cells, *made, *beyond], texts, problem)

    def show(self, made: Rewritten) -> list[str]:
        """Return a row as in the file, with the texts that are filled down in its blank cells.

        Cells that mean something else as well, such as a part of the key, stay as they are.
        """
        row = list(made.row)
        for field, text in made.texts.items():
            at = self._filled[field]
            if text and at not in self._others and not "".join(row[at : at + 1]).strip():
                row += [""] * (at + 1 - len(row))
                row[at] = text
        return row

    def _is_made(self, field: str) -> bool:
        if field == "sku":
            return bool(self._original.key)
        if field == "attributes" and self._original.attributes:
            return True
        filled_down = self._fill_down and field in _FILLED_DOWN and field in self._original.fields
        return filled_down or field in self._defaults

    def _title(self, field: str) -> str:
        """Return the title that problems with a made column name."""
        if field in self._original.fields:
            return self._original.title(field)
        if field == "sku":
            return " + ".join(self._original.header[at].strip() for at in self._original.key)
        return field

    def _with_made_columns(self) -> ColumnMapping:
        places = {field: self._width + number for number, field in enumerate(self._made)}
        return replace(
            self._original,
            header=(*self._original.header, *self._made.values()),
            fields=MappingProxyType({**self._original.fields, **places}),
        )

    def _repeats_header(self, cells: list[str]) -> bool:
        return all(cells[at].strip() == title for at, title in self._titles)

    def _key_problem(self, cells: list[str]) -> Problem | None:
        """Return what is wrong with the key of a row without a SKU of its own.

        A row with nothing but the first of several columns is no product: Shopify's exports add
        pictures by such rows. Without the first one the others are every product's: "Red", "XL".
        """
        key = self._original.key
        if len(key) < 2 or self._own("sku", cells):
            return None
        filled = [at for at in key if cells[at].strip()]
        if not filled or (filled[0] == key[0] and len(filled) > 1):
            return None
        first, *others = (self._original.header[at].strip() for at in key)
        if filled[0] == key[0]:
            message = (
                f"Of the columns that make the SKU only {first} is filled, not "
                f"{', '.join(others)}: this row describes no product of its own. Nothing is lost "
                "by leaving it out if it only adds a picture to one."
            )
        else:
            message = f"The SKU is made of {first} and others, but {first} is blank. Fill it in."
        return Problem.of(first, "key_incomplete", message, cells[key[0]].strip())

    def _follow(self, cells: list[str], *, is_product: bool) -> None:
        """Begin a group with the row, unless it belongs to the one above.

        Rows that are no product may stand before the first that is: its texts are for all, too.
        """
        key = cells[self._original.key[0]].strip() if self._fill_down else ""
        is_same = key == self._group_key
        if not key or (is_same and self._has_product):
            return
        before = self._group if is_same else {}
        self._group = {
            field: before.get(field) or cells[at].strip() for field, at in self._filled.items()
        }
        self._group_key, self._has_product = key, is_product

    def _texts_above(self, cells: list[str]) -> Mapping[str, str]:
        """Return the texts of the first row of the group, if the row is in it."""
        if not self._fill_down or cells[self._original.key[0]].strip() != self._group_key:
            return _NO_TEXTS
        return self._group

    def _make(self, field: str, cells: list[str], texts: Mapping[str, str]) -> str:
        if field == "sku":
            return self._own("sku", cells) or self._key(cells)
        text = self._own(field, cells) or texts.get(field) or self._defaults.get(field, "")
        return self._with_kept_columns(text, cells) if field == "attributes" else text

    def _own(self, field: str, cells: list[str]) -> str:
        at = self._original.fields.get(field)
        return "" if at is None else cells[at].strip()

    def _key(self, cells: list[str]) -> str:
        """Return the SKU that the key's cells make, written as a cell."""
        parts = [part for at in self._original.key if (part := cells[at].strip())]
        if self._token and self._token in parts:
            return self._token
        return escape_cell(_KEY_SEPARATOR.join(map(unescape_cell, parts)))

    def _with_kept_columns(self, own: str, cells: list[str]) -> str:
        """Return the attributes' own cell and the kept columns as one object, no cleared ones.

        A clear token takes away its own key alone.
        """
        texts = {name: cells[at].strip() for name, at in self._original.attributes.items()}
        said = {name: text for name, text in texts.items() if text}
        if not said:
            return own
        kept = {n: None if t == self._token else unescape_cell(t) for n, t in said.items()}
        return join_attributes("" if own == self._token else own, kept)
