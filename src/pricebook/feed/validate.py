"""The rules for one row: a record, or a rejection with every reason at once."""

import re
from unicodedata import normalize

from pricebook.feed.attributes import parse_attributes
from pricebook.feed.choices import Choices
from pricebook.feed.columns import ColumnMapping, fold
from pricebook.feed.currencies import currency_of_title, read_currency
from pricebook.feed.escapes import unescape_cell
from pricebook.feed.gtin import normalize_gtin
from pricebook.feed.links import parse_link
from pricebook.feed.prices import DecimalMark, currency_of_price, of_minor_units, parse_price
from pricebook.feed.records import (
    CLEARED_PRICE,
    MAX_BRAND,
    MAX_CATEGORY,
    MAX_DESCRIPTION,
    MAX_GTIN,
    MAX_NAME,
    MAX_SKU,
    MAX_UNIT_SIZE,
    CellFault,
    Problem,
    ProductRecord,
    Rejection,
    Row,
    is_storable,
)

_TRUE = ("1", "true", "t", "yes", "y", "on")
_FALSE = ("0", "false", "f", "no", "n", "off")
_ACTIVE = ("active", "published", "enabled", "visible", "instock", "preorder", "backorder")
_INACTIVE = ("inactive", "draft", "archived", "disabled", "hidden", "unpublished", "outofstock")
_MINUS_ONE = ("-1", "\u22121")
"""WooCommerce's word for a draft."""
_SPOKEN = {"gtin": "GTIN", "image_url": "image URL", "url": "URL", "unit_size": "unit size"}
"""How messages name a field that is no word."""
_AS_WRITTEN = Choices(clear_token="")
_CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029]")


def sku_length(sku: str) -> int:
    """Return the length of the SKU as it is compared: some characters stand for many (NFKC)."""
    return len(sku) if sku.isascii() else max(len(sku), len(normalize("NFKC", sku)))


class ActiveWords:
    """Read the words of one active column."""

    def __init__(self, title: str, *, inverted: bool) -> None:
        words = {**dict.fromkeys(_TRUE, not inverted), **dict.fromkeys(_FALSE, inverted)}
        if not inverted:
            words |= {**dict.fromkeys(_ACTIVE, True), **dict.fromkeys(_INACTIVE, False)}
        if fold(title) == "productonline":
            words["2"] = False  # Magento: 1 enabled, 2 disabled
        self._words = words
        self._inverted = inverted

    @property
    def as_written(self) -> dict[str, bool | None]:
        """Return the usual spellings and what they mean; a blank means nothing."""
        spelled: dict[str, bool | None] = {"": None}
        for word, active in self._words.items():
            spelled |= dict.fromkeys((word, word.upper(), word.title()), active)
        return spelled

    def read(self, text: str) -> bool | None:
        """Return what a text means; None for a blank or an unknown word."""
        text = text.strip()
        if text in _MINUS_ONE and not self._inverted:
            return False
        return None if text.startswith(("-", "\u2212")) else self._words.get(fold(text))


class RowRules:
    """Apply the rules to one row; `BlockBuilder` must agree with them on every row.

    Of the choices those are followed that are about single cells; without any, no cell is cleared.
    """

    def __init__(
        self, mapping: ColumnMapping, decimal: DecimalMark, choices: Choices = _AS_WRITTEN
    ) -> None:
        self.mapping = mapping
        self.decimal: DecimalMark = decimal
        self.minor_units = choices.minor_units
        self.clear_token = choices.clear_token
        self.sku_title = mapping.title("sku").strip()
        self.active_words = ActiveWords(self._title("active"), inverted=mapping.active_inverted)
        self.file_currency = currency_of_title(self._title("price")) or choices.currency or None
        """Of prices that come without a currency: what the title names, else what was chosen."""

    def check(self, row: Row) -> ProductRecord | Rejection | None:
        """Return the record, the rejection with every problem, or None for a blank row."""
        if not any(map(str.strip, row.values)):
            return None
        if self._repeats_header(row):
            message = "This row repeats the header. Nothing is lost by leaving it out."
            problem = Problem.of(None, "repeated_header", message, row.values[0])
            return Rejection.of(row.line, row.values, problem)
        problems: list[Problem] = []
        self._check_width(row, problems)
        record = ProductRecord(
            row.line,
            self._sku(row, problems),
            self._text(row, "name", MAX_NAME, problems),
            self._text(row, "description", MAX_DESCRIPTION, problems),
            self._price(row, problems),
            self._currency(row, problems),
            self._active(row, problems),
            self._text(row, "brand", MAX_BRAND, problems),
            self._gtin(row, problems),
            self._text(row, "category", MAX_CATEGORY, problems),
            self._link(row, "image_url", problems),
            self._link(row, "url", problems),
            self._text(row, "unit_size", MAX_UNIT_SIZE, problems),
            self._attributes(row, problems),
        )
        if problems:
            return Rejection.of(row.line, row.values, *problems, sku=record.sku)
        return record

    def printed_currency(self, price: str) -> str | None:
        """Return the currency that a price's cell names, else that of the file."""
        return currency_of_price(price) or self.file_currency

    def read_price(self, text: str) -> str | CellFault | None:
        """Return a price as canonical decimal text, None when blank, or the fault."""
        price = parse_price(text, self.decimal)
        return of_minor_units(price) if self.minor_units and isinstance(price, str) else price

    def _title(self, field: str) -> str:
        return self.mapping.title(field) if field in self.mapping.fields else ""

    def _trimmed(self, row: Row, field: str) -> str:
        index = self.mapping.fields.get(field)
        return row.values[index].strip() if index is not None and index < len(row.values) else ""

    def _cell(self, row: Row, field: str) -> str:
        return unescape_cell(self._trimmed(row, field))

    def _is_cleared(self, row: Row, field: str) -> bool:
        return bool(self.clear_token) and self._trimmed(row, field) == self.clear_token

    def _repeats_header(self, row: Row) -> bool:
        if not self.sku_title or self._trimmed(row, "sku") != self.sku_title:
            return False
        fields = self.mapping.fields
        return all(
            self._trimmed(row, field) == self.mapping.title(field).strip() for field in fields
        )

    def _check_width(self, row: Row, problems: list[Problem]) -> None:
        width = len(self.mapping.header)
        extra = [cell for cell in row.values[width:] if cell.strip()]
        if extra:
            message = (
                "The row has more cells than the header. Quote cells that contain the delimiter."
            )
            problems.append(Problem.of(None, "too_many_cells", message, extra[0]))

    def _sku(self, row: Row, problems: list[Problem]) -> str:
        sku = self._cell(row, "sku")
        if self._is_cleared(row, "sku"):
            message = "A SKU cannot be cleared: it says which product is meant. Write it."
            self._add(problems, "sku", "cannot_be_cleared", message, sku)
        elif not sku:
            message = "The SKU is blank. Every product needs one."
            self._add(problems, "sku", "sku_missing", message, sku)
        elif (length := sku_length(sku)) > MAX_SKU:
            message = f"The SKU has {length:,} characters; at most {MAX_SKU} are allowed."
            self._add(problems, "sku", "sku_too_long", message, sku)
        if _CONTROL.search(sku):
            message = "The SKU contains a line break or another control character. Remove it."
            self._add(problems, "sku", "control_character", message, sku)
        self._check_storable("sku", sku.replace("\0", ""), problems)
        return sku

    def _text(self, row: Row, field: str, limit: int, problems: list[Problem]) -> str | None:
        if self._is_cleared(row, field):
            return ""
        text = self._cell(row, field)
        if len(text) > limit:
            message = (
                f"The {_SPOKEN.get(field, field)} has {len(text):,} characters; "
                f"at most {limit:,} are allowed."
            )
            self._add(problems, field, f"{field}_too_long", message, text)
        self._check_storable(field, text, problems)
        return text or None

    def _check_storable(self, field: str, text: str, problems: list[Problem]) -> None:
        if is_storable(text):
            return
        name = _SPOKEN.get(field, field)
        if "\0" in text:
            message = f"The {name} contains a NUL character. Remove it."
            self._add(problems, field, "control_character", message, text)
        else:
            message = (
                f"The {name} contains bytes that are no text in the file's encoding. Retype it."
            )
            self._add(problems, field, "invalid_encoding", message, text)

    def _price(self, row: Row, problems: list[Problem]) -> str | None:
        if self._is_cleared(row, "price"):
            return CLEARED_PRICE
        text = self._cell(row, "price")
        return self._sound(self.read_price(text), "price", text, problems)

    def _currency(self, row: Row, problems: list[Problem]) -> str | None:
        """Return what the row's own cell says, else what stands with its price.

        A row without a price says nothing of a currency but in the column for it: a title such as
        "MPC (EUR)" is about the prices that are there, and so is the currency that was chosen.
        """
        if self._is_cleared(row, "currency"):
            return ""
        text = self._cell(row, "currency")
        if not text:
            price = "" if self._is_cleared(row, "price") else self._cell(row, "price")
            return self.printed_currency(price) if price else None
        currency = read_currency(text)
        if currency is None:
            message = "This is no currency. Write its three letters of ISO 4217, such as EUR."
            self._add(problems, "currency", "currency_invalid", message, text)
        return currency

    def _gtin(self, row: Row, problems: list[Problem]) -> str | None:
        text = self._text(row, "gtin", MAX_GTIN, problems)
        return normalize_gtin(text) if text else text

    def _link(self, row: Row, field: str, problems: list[Problem]) -> str | None:
        if self._is_cleared(row, field):
            return ""
        text = self._cell(row, field)
        if not is_storable(text):
            self._check_storable(field, text, problems)
            return None
        return self._sound(parse_link(text, field) if text else None, field, text, problems)

    def _attributes(self, row: Row, problems: list[Problem]) -> str | None:
        if self._is_cleared(row, "attributes"):
            return "{}"
        text = self._cell(row, "attributes")
        return self._sound(parse_attributes(text) if text else None, "attributes", text, problems)

    def _sound(
        self, read: str | CellFault | None, field: str, text: str, problems: list[Problem]
    ) -> str | None:
        """Return what was read; a fault becomes a problem and None."""
        if isinstance(read, CellFault):
            self._add(problems, field, read.code, read.message, text)
            return None
        return read

    def _active(self, row: Row, problems: list[Problem]) -> bool | None:
        text = self._cell(row, "active")
        if self._is_cleared(row, "active"):
            message = "Whether a product is active cannot be cleared. Write true or false."
            self._add(problems, "active", "cannot_be_cleared", message, text)
            return None
        active = self.active_words.read(text)
        if text and active is None:
            message = "This does not say whether the product is active. Write true or false."
            self._add(problems, "active", "active_invalid", message, text)
        return active

    def _add(
        self, problems: list[Problem], field: str, code: str, message: str, value: str
    ) -> None:
        problems.append(Problem.of(self.mapping.title(field), code, message, value))
