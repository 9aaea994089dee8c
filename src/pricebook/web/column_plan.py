"""What each column of a file holds, as the mapping page shows it and a person says it (A10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from pricebook.feed.mapping import complete_choices, locate_columns
from pricebook.imports.choices import FIELD_NAMES
from pricebook.web.labels import label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.http import QueryDict

    from pricebook.feed.choices import Choices
    from pricebook.imports.outlines import StoredOutline

IGNORED: Final = ""
KEPT: Final = "kept"
# The active column, where it says the opposite.
INVERTED: Final = "inverted"
HOLDS: Final = (
    (IGNORED, "– ignored –"),
    *((name, label_of(name)) for name in FIELD_NAMES if name != "attributes"),
    (INVERTED, "Not active, such as sold out"),
    (KEPT, "Kept as an attribute"),
    ("attributes", "Attributes, as JSON"),
)
# More lines than a person reads; what lies behind and is read shows all the same.
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One column on the page."""

    number: int
    name: str
    samples: tuple[str, ...]
    holds: str
    is_key: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What the columns of a file hold, by their places in it."""

    outline: StoredOutline
    holds: Mapping[int, str]
    """Place → field, KEPT or INVERTED; those that are not named are ignored."""
    key: tuple[int, ...] = ()
    """The places of the columns that make the SKU where it is blank, in order."""
    faults: Mapping[int, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        """Return the columns that the page shows."""
        return [
            Line(
                at,
                column.name,
                column.samples,
                self.holds.get(at, IGNORED),
                at in self.key,
                self.faults.get(at, ""),
            )
            for at, column in enumerate(self.outline.columns)
            if is_shown(at, self.holds.get(at, IGNORED), self.key)
        ]

    @property
    def hidden_kept(self) -> int:
        """Return how many columns that are not shown are kept as attributes."""
        return sum(not is_shown(at, held, self.key) for at, held in self.holds.items())

    @property
    def hidden_ignored(self) -> int:
        """Return how many columns that are not shown are ignored."""
        return len(self.outline.columns) - len(self.lines) - self.hidden_kept

    @property
    def version(self) -> str:
        """Return what tells these columns from others, for a form that was filled in long ago."""
        names = "\n".join(column.name for column in self.outline.columns)
        return sha256(names.encode()).hexdigest()

    @property
    def has_sku(self) -> bool:
        """Say whether every row can get a SKU."""
        return "sku" in self.holds.values() or bool(self.key)

    def said(self) -> dict[str, object]:
        """Return the choices that say so, as `imports.choices` reads them."""
        names = [column.name for column in self.outline.columns]
        return {
            "columns": {field: names[at] for at, field in self._fields.items()},
            "inverted": INVERTED in self.holds.values(),
            "attributes": [names[at] for at, held in sorted(self.holds.items()) if held == KEPT],
            "key_columns": [names[at] for at in self.key],
        }

    def spelled(self, names: Sequence[str]) -> ColumnPlan:
        """Return it with other names of the columns, in their order."""
        columns = zip(self.outline.columns, names, strict=True)
        spelled = tuple(replace(column, name=name) for column, name in columns)
        return replace(self, outline=replace(self.outline, columns=spelled))

    def checked(self) -> ColumnPlan:
        """Return it with a fault at each column whose field another one holds as well."""
        counts = Counter(self._fields.values())
        faults = {
            at: f"More than one column holds {label_of(name)}. Choose one of them."
            for at, name in self._fields.items()
            if counts[name] > 1
        }
        return replace(self, faults=faults)

    @property
    def _fields(self) -> dict[int, str]:
        """Return the fields of a product by the place of their column."""
        return {
            at: "active" if held == INVERTED else held
            for at, held in self.holds.items()
            if held != KEPT
        }


def is_shown(place: int, held: str, key: tuple[int, ...]) -> bool:
    """Say whether the page shows a column: the first ones, and those that hold something."""
    return place < _SHOWN or held not in (IGNORED, KEPT) or place in key


def plan_of(outline: StoredOutline, choices: Choices) -> ColumnPlan:
    """Return what the columns hold by these choices."""
    chosen = {*(choices.columns or {}).values(), *choices.attributes, *choices.key_columns}
    places = locate_columns([column.name for column in outline.columns], chosen)
    holds = {places[name]: KEPT for name in choices.attributes if name in places}
    for held, name in (choices.columns or {}).items():
        if name in places:
            holds[places[name]] = INVERTED if held == "active" and choices.inverted else held
    key = tuple(places[name] for name in choices.key_columns if name in places)
    return ColumnPlan(outline, holds, key)


def proposed(outline: StoredOutline, preset: str) -> Choices:
    """Return the present choices with the columns that a preset suggests, "none" for none."""
    open_ones = replace(
        outline.choices,
        preset=preset,
        columns=None,
        inverted=None,
        attributes=(),
        key_columns=(),
        fill_down=False,
    )
    names = [column.name for column in outline.columns]
    sample = list(zip_longest(*(column.samples for column in outline.columns), fillvalue=""))
    return complete_choices(open_ones, names, sample)


def posted_plan(before: ColumnPlan, posted: QueryDict) -> ColumnPlan:
    """Return what a person says of the columns; those that the page does not show stay."""
    known = dict(HOLDS)
    holds = {at: held for at, held in before.holds.items() if not is_shown(at, held, before.key)}
    key = _posted_key(before, posted)
    rest = KEPT if "keep_rest" in posted else IGNORED
    for at in range(len(before.outline.columns)):
        said = posted.get(f"holds-{at}", holds.get(at, IGNORED))
        held = said if said in known else IGNORED
        # A column that makes the SKU is not ignored.
        holds[at] = held or (IGNORED if at in key else rest)
    return ColumnPlan(before.outline, {at: held for at, held in holds.items() if held}, key)


def _posted_key(before: ColumnPlan, posted: QueryDict) -> tuple[int, ...]:
    """Return the ticked columns: those that were ticked before in their order, then the others."""
    ticked = [at for at in range(len(before.outline.columns)) if f"key-{at}" in posted]
    known = [at for at in before.key if at in ticked]
    return (*known, *(at for at in ticked if at not in known))
