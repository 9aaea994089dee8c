"""Addresses of pages and pictures (RFC 3986), as shops write them into a cell."""

import re
from urllib.parse import quote

from pricebook.feed.records import MAX_URL, CellFault

PLAIN_LINK = (
    r"https?://[a-z0-9][a-z0-9.\-]{0,200}+"
    rf"(?:/[!#-+\-.-:=-\[\]_a-z~]{{0,{MAX_URL - 300}}}+)?+"
)
"""Regular expression for an address of which nothing is to be changed."""

# The next address begins where a separator stands before "http", for commas are right in addresses.
_NEXT = re.compile(r"[,;|]\s*(?=https?://)", re.IGNORECASE)
_LINK = re.compile(
    r"https?://"
    r"(?:[^\s/?#@\\]*@)?"
    r"(?:[^\s/?#@:\[\]\\,;|<>\"^`{}%]+|\[[0-9a-f:.]+\])"
    r"(?::[0-9]{1,5})?"
    r"(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAKS = str.maketrans("", "", "\t\r\n")
_SPACE = re.compile(r"\s")
_INVALID = "This is no web address. Write one that begins with https:// or http:// and a host."


def parse_link(text: str, field: str) -> str | CellFault:
    """Return the absolute http or https address in a cell, or the fault of `field`.

    Of several, separated by a comma, semicolon or bar, the first is taken. Spaces are
    percent-encoded and line breaks dropped, as browsers do (WHATWG URL, section 4.4), so that an
    address that works there does not cost a product its price.
    """
    link = _NEXT.split(text, maxsplit=1)[0].rstrip().translate(_LINE_BREAKS)
    if _LINK.fullmatch(link) is None or _CONTROL.search(link):
        return CellFault(f"{field}_invalid", _INVALID)
    link = _SPACE.sub(_percent_encoded, link)
    if len(link) > MAX_URL:
        message = f"This address has {len(link):,} characters; at most {MAX_URL:,} are allowed."
        return CellFault(f"{field}_too_long", message)
    return link


def is_link(text: str) -> bool:
    """Tell whether a cell holds an absolute http or https address."""
    return isinstance(parse_link(text, "url"), str)


def _percent_encoded(match: re.Match[str]) -> str:
    return quote(match[0])
