"""How the pages of webhooks write values."""

from __future__ import annotations

import json

from django import template

register = template.Library()


@register.filter
def milliseconds(ms: float | None) -> str:
    """Return a time as people say it: <1 ms, 34 ms, 1.2 s."""
    if ms is None:
        return "–"
    if ms < 1:
        return "<1 ms"
    return f"{ms:.0f} ms" if ms < 999.5 else f"{ms / 1000:.1f} s"


@register.filter
def percent(share: float | None) -> str:
    """Return a share, 0 to 1; it says 100 % only when nothing is missing."""
    if share is None:
        return "–"
    # Cut, not rounded.
    tenths = int(share * 1000 + 1e-9)
    return f"{tenths // 10}.{tenths % 10} %" if tenths % 10 else f"{tenths // 10} %"


@register.filter
def about(seconds: float) -> str:
    """Return a forecast no more exact than it is: about 12 s, about 4 min, about 2 h."""
    if seconds < 1.5:
        return "about a second"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:,.0f} h"


@register.filter
def indented(body: str) -> str:
    """Return a JSON text line by line; any other text as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
