"""What a person wants of a file's reading; what is not said is found out from the file (A10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from pricebook.feed.currencies import read_currency
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.errors import FeedError
from pricebook.feed.presets import NO_PRESET, PRESETS
from pricebook.feed.records import ProductRecord, is_storable, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pricebook.feed.prices import DecimalMark

CLEAR_TOKEN: Final = "[clear]"  # noqa: S105
"""What empties a field when it stands in its cell: a blank one keeps what is stored (A15)."""

_FIELDS: Final = frozenset(ProductRecord._fields[1:])
_NO_DELIMITERS: Final = ('"', "\r", "\n", "\0")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choices:
    """Say how a file is to be read. Columns go by their names, see `outline.column_names`."""

    encoding: str = ""
    """Name of a codec; "" finds it out, as everywhere below."""
    delimiter: str = ""
    decimal: DecimalMark | None = None
    """Of prices that are texts: the numbers of JSON and workbooks have none to choose."""
    minor_units: bool = False
    """Prices are whole numbers of the currency's hundredth: 2500 is 25.00."""
    currency: str = ""
    """Of prices that come without one: ISO 4217."""
    preset: str = ""
    """Name of the preset that proposes the columns, "none" for the header's words alone."""
    columns: Mapping[str, str] | None = None
    """Field → name of its column, for every field that is read. None: they are proposed."""
    inverted: bool | None = None
    """The active column says the opposite. None: its title tells."""
    attributes: tuple[str, ...] = ()
    """Names of the columns that are kept among a product's attributes."""
    defaults: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Field → what a blank cell of it means, written as in the file."""
    key_columns: tuple[str, ...] = ()
    """Names of the columns whose cells make the SKU where it is blank, joined by "-"."""
    fill_down: bool = False
    """Blank texts are those of the row above that has the same first cell of the key."""
    clear_token: str = CLEAR_TOKEN
    """What empties a field; "" is nothing of the kind."""

    def check(self) -> None:
        """Raise FeedError `choices_invalid` for what no file can be read by."""
        if self.encoding not in ("", *ENCODINGS):
            raise _invalid(f"There is no encoding {self.encoding!r}: choose one of the list.")
        if len(self.delimiter) > 1 or self.delimiter in _NO_DELIMITERS:
            raise _invalid("The delimiter is one character, and neither a quote nor a line end.")
        if self.currency and read_currency(self.currency) != self.currency:
            raise _invalid(f"{self.currency!r} is no currency: write its capitals of ISO 4217.")
        if self.preset not in ("", NO_PRESET, *(preset.name for preset in PRESETS)):
            raise _invalid(f"There is no preset {self.preset!r}: choose one of the list.")
        if not {*(self.columns or ()), *self.defaults} <= _FIELDS:
            raise _invalid(f"Fields are {', '.join(ProductRecord._fields[1:])}, and no other.")
        if "sku" in self.defaults:
            raise _invalid("A SKU has no default: every product needs its own.")
        if not all(map(is_storable, (*self.defaults.values(), self.clear_token))):
            raise _invalid("A default or the clear token has a character that no text can hold.")


def _invalid(sentence: str) -> FeedError:
    return FeedError("choices_invalid", storable(sentence))
