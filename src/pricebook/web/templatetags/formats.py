"""How the pages write values."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import Decimal

from django import template
from django.http import QueryDict
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from pricebook.feed.gtin import is_valid_gtin
from pricebook.web.labels import label_of

register = template.Library()
register.filter("field_label", label_of)

# Controls and formats (Unicode's Cc and Cf) and fillers, but for tabs and line ends.
_INVISIBLE = re.compile(
    r"((?<![^\x00-\x7f])[\u200c\u200d]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160"
    r"\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb])"
)
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "space"}


@register.filter
def money(price: Decimal | None) -> str:
    """Return a price with 2 to 4 decimals, grouped; an unknown one as a dash."""
    if price is None:
        return "–"
    short = round(price, 2)
    return f"{short:,.2f}" if short == price else f"{price.normalize():,f}"


def plain_money(price: Decimal | None) -> str:
    """Return a price as a form holds it: 2 to 4 decimals, not grouped; an unknown one blank."""
    return "" if price is None else money(price).replace(",", "")


@register.filter
def visible(text: str) -> SafeString:
    """Return a text escaped, with its invisible characters marked (ABUSE 17).

    A direction override can then turn nothing round, and two names that only seem equal look
    different. Joiners are left where scripts and emoji need them: behind a character beyond ASCII.
    """
    if text.isascii() and text.isprintable():
        return escape(text)
    # Shown and invisible parts by turns; an invisible part is one character.
    parts = (
        _mark(part) if at % 2 else escape(part) for at, part in enumerate(_INVISIBLE.split(text))
    )
    return mark_safe("".join(parts))  # noqa: S308 (every part is escaped)


@register.filter
def json_text(value: object) -> str:
    """Return a value of the attributes as a person reads it: a text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def is_web_address(address: str) -> bool:
    """Say whether a browser may be sent there; `javascript:` is an address too."""
    return address.lower().startswith(("http://", "https://"))


@register.filter
def without(query: QueryDict, name: str) -> str:
    """Return a query string that lacks one condition, and begins with the first page."""
    rest = query.copy()
    for dropped in (name, "page"):
        rest.pop(dropped, None)
    return f"?{rest.urlencode()}" if rest else ""


@register.filter
def gtin_fault(gtin: str) -> str:
    """Return what is wrong with a GTIN, in a few words; blank when nothing is."""
    if not gtin or is_valid_gtin(gtin):
        return ""
    if not (gtin.isascii() and gtin.isdigit()):
        return "not only digits"
    if len(gtin) not in {8, 12, 13, 14}:
        return f"{len(gtin)} digits; a GTIN has 8, 12, 13 or 14"
    return "wrong check digit" if gtin.strip("0") else "only zeros"


@register.filter
def duration(seconds: float | None) -> str:
    """Return seconds as people say them: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _mark(character: str) -> SafeString:
    name = unicodedata.name(character, "control character").lower()
    code = f"U+{ord(character):04X}"
    return format_html('<span class="unseen" title="{}">{}</span>', name, code)


@register.filter
def filesize(size: int) -> str:
    """Return bytes in decimal units (IEC 80000-13: 1 kB = 1000 B), as file managers show them."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


@register.filter
def delimiter_name(delimiter: str) -> str:
    """Return what people call a delimiter."""
    return DELIMITER_NAMES.get(delimiter, delimiter)
