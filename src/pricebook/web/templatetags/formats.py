"""How the pages write values."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "space"}


@register.filter
def money(price: Decimal | None) -> str:
    """Return a price with 2 to 4 decimals, grouped; an unknown one as a dash."""
    if price is None:
        return "–"
    short = round(price, 2)
    return f"{short:,.2f}" if short == price else f"{price.normalize():,f}"


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
    return _DELIMITERS.get(delimiter, delimiter)
