"""Prices as people write them, read without ever making a float or a big integer of them."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from pricebook.feed.currencies import ISO_4217, printed_currency
from pricebook.feed.records import MAX_PRICE_DECIMALS, MAX_PRICE_WHOLE_DIGITS, CellFault

DecimalMark = Literal[".", ","]
_MARKS: tuple[DecimalMark, DecimalMark] = (".", ",")

_MAX_LENGTH = 60
"""Longer than any price with its currency; what is longer is refused unread."""

PLAIN_PRICE: Mapping[DecimalMark, str] = {
    mark: rf"(?:(?:[1-9][0-9]{{0,{MAX_PRICE_WHOLE_DIGITS - 1}}}+|0)"
    rf"(?:{re.escape(mark)}[0-9]{{1,{MAX_PRICE_DECIMALS}}}+)?+)?+"
    for mark in _MARKS
}
"""Regular expressions for a blank, or a price of which only superfluous zeros must go."""

# What is printed instead of a code.
_PRINTED = "kr kč zł ft lei kn rs r rm tl bs fr sfr dm лв руб р грн"
_WORDS = frozenset(["", *map(str.lower, ISO_4217), *_PRINTED.split()])
_SYMBOL = re.compile("[a-z]{0,3}[$\u00a2-\u00a5\u20a0-\u20cf\u0e3f\ufdfc]")
_SIGNS = "-\u2212\u2013+"
_AMOUNT = re.compile(
    # The point of "Rs.250" is the abbreviation's.
    r"(?P<before>[^0-9]*?)"
    r"(?P<number>(?:(?<![^\W\d_])[.,])?[0-9](?:[0-9.,'’\s]*[0-9])?[.,]?)"
    r"(?P<after>[^0-9]*)"
)
_NO_CENTS = re.compile("[.,][-\u2013\u2014]+")
"""As in "12,-"."""
_SPACED_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:(?P<mark>['’\s])[0-9]{3})(?:(?P=mark)[0-9]{3})*")
_THOUSANDS = {
    # Groups of two before the last three are India's: 1,23,456.00.
    mark: re.compile(r"[1-9][0-9]{0,2}(?:MARK[0-9]{2,3})*MARK[0-9]{3}".replace("MARK", f"[{mark}]"))
    for mark in _MARKS
}
_PLAIN = {mark: re.compile(pattern).fullmatch for mark, pattern in PLAIN_PRICE.items()}


INVALID = CellFault(
    "price_invalid", "This is not a price. Write it as plain digits, such as 1234.50."
)
_NOT_WHOLE = CellFault(
    "price_invalid", "A price in hundredths of the currency is a whole number, such as 2500."
)
_NEGATIVE = CellFault("price_negative", "A price cannot be negative.")
_TOO_PRECISE = CellFault(
    "price_too_precise", f"A price has at most {MAX_PRICE_DECIMALS} decimals. Round it."
)
_TOO_LARGE = CellFault(
    "price_too_large", f"A price has at most {MAX_PRICE_WHOLE_DIGITS} digits before the decimals."
)


def parse_price(text: str, decimal: DecimalMark) -> str | CellFault | None:
    """Return a price as canonical decimal text, None when blank, or the fault.

    A currency code or symbol is dropped, and thousands may be grouped by point, comma, space or
    apostrophe. `decimal`, the file's own mark, decides what "1.234" means; where only one reading
    is possible ("12.50", "26.067,00") the mark does not matter.
    """
    text = text.strip()
    if not text:
        return None
    if _PLAIN[decimal](text):
        return without_zeros(text.replace(decimal, "."))
    amount = _amount(_NO_CENTS.sub("", text))
    parts = _split(amount.number, decimal) if amount else None
    if amount is None or parts is None:
        return INVALID
    whole, fraction = parts
    return _canonical(whole.lstrip("0"), fraction.rstrip("0"), negative=amount.negative)


def of_minor_units(price: str) -> str | CellFault:
    """Return the canonical price of a number of hundredths, 25 for "2500", or the fault."""
    if "." in price:
        return _NOT_WHOLE
    digits = price.zfill(3)
    return without_zeros(f"{digits[:-2]}.{digits[-2:]}")


def currency_of_price(text: str) -> str | None:
    """Return the ISO 4217 code of the one currency that stands beside a price, if it is sure.

    "€" is sure; "$" and "kr" are several currencies'.
    """
    parts = _around(_NO_CENTS.sub("", text.strip()))
    if parts is None:
        return None
    before, _, after = parts
    found = {printed_currency(_without_sign(word)) for word in (before, after)} - {None}
    return found.pop() if len(found) == 1 else None


class _Amount(NamedTuple):
    number: str
    negative: bool


def _amount(text: str) -> _Amount | None:
    """Return the number in a price without currency and sign."""
    parts = _around(text)
    if parts is None:
        return None
    before, number, after = parts
    if before or after:
        around = f"{before} {after}"
        if not (_is_currency(before) and _is_currency(after)) or ("(" in before) != (")" in after):
            return None
        return _Amount(number, "(" in around or any(sign in around for sign in _SIGNS[:-1]))
    return _Amount(number, negative=False)


def _around(text: str) -> tuple[str, str, str] | None:
    """Return what stands before a number, the number, and what stands behind it."""
    match = _AMOUNT.fullmatch(text) if len(text) <= _MAX_LENGTH else None
    return (match["before"], match["number"], match["after"]) if match else None


def _without_sign(text: str) -> str:
    return text.strip(f" \u00a0\u202f.(){_SIGNS}")


def _is_currency(text: str) -> bool:
    """Tell whether what stands beside a number is at most a sign and a currency."""
    word = _without_sign(text).lower()
    return word in _WORDS or _SYMBOL.fullmatch(word) is not None


def _canonical(whole: str, fraction: str, *, negative: bool) -> str | CellFault:
    if negative and (whole or fraction):
        return _NEGATIVE
    if len(whole) > MAX_PRICE_WHOLE_DIGITS:
        return _TOO_LARGE
    if len(fraction) > MAX_PRICE_DECIMALS:
        return _TOO_PRECISE
    return without_zeros(f"{whole or '0'}.{fraction}")


def _split(number: str, decimal: DecimalMark) -> tuple[str, str] | None:
    """Return the digits before and after the decimal mark, or None for no number."""
    mark = _decimal_mark_of(number) or decimal
    whole, _, fraction = number.rpartition(mark) if mark in number else (number, "", "")
    other: DecimalMark = "." if mark == "," else ","
    if other in whole and _THOUSANDS[other].fullmatch(whole):
        whole = whole.replace(other, "")
    elif _SPACED_THOUSANDS.fullmatch(whole):
        whole = re.sub(r"['’\s]", "", whole)
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()):
        return None
    return whole, fraction


def _decimal_mark_of(number: str) -> DecimalMark | None:
    """Return the decimal mark if only one reading is possible."""
    point, comma = number.rfind("."), number.rfind(",")
    if point >= 0 and comma >= 0:
        return "." if point > comma else ","
    if point < 0 and comma < 0:
        return None
    mark: DecimalMark = "." if point >= 0 else ","
    if number.count(mark) > 1:
        return "," if mark == "." else "."
    return mark if len(number) - max(point, comma) - 1 in (1, 2) else None


def without_zeros(price: str) -> str:
    """Return a plain price without the zeros that end its decimals."""
    return price.rstrip("0").rstrip(".") if "." in price else price


def detect_decimal_mark(prices: Iterable[str], *, default: DecimalMark) -> DecimalMark:
    """Return the decimal mark that most of the unambiguous `prices` use, else `default`."""
    votes = {".": 0, ",": 0}
    for text in prices:
        amount = _amount(text.strip())
        mark = _decimal_mark_of(amount.number) if amount else None
        if mark is not None:
            votes[mark] += 1
    if votes["."] == votes[","]:
        return default
    return "." if votes["."] > votes[","] else ","
