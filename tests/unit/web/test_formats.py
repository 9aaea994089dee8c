"""How the pages write values."""

from __future__ import annotations

import pytest

from pricebook.web.templatetags.formats import gtin_fault, is_web_address, visible


def mark(code: str, name: str) -> str:
    return f'<span class="unseen" title="{name}">{code}</span>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("<b> & 'x'", "&lt;b&gt; &amp; &#x27;x&#x27;"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\u200bb", f"a{mark('U+200B', 'zero width space')}b"),
        ("\u202egpj", f"{mark('U+202E', 'right-to-left override')}gpj"),
        ("a\u200db", f"a{mark('U+200D', 'zero width joiner')}b"),
        ("\x1b[0m", f"{mark('U+001B', 'control character')}[0m"),
        ("\ufeffé", f"{mark('U+FEFF', 'zero width no-break space')}é"),
        # A family of emoji, a Persian word and combining marks need theirs.
        ("👨\u200d👩", "👨\u200d👩"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_texts_are_escaped_and_what_is_invisible_is_marked(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("gtin", ["", "96385074", "4006381333931"])
def test_a_gtin_without_fault_has_no_words(gtin: str) -> None:
    assert gtin_fault(gtin) == ""


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://example.com/", True),
        ("HTTP://EXAMPLE.COM", True),
        ("javascript:alert(1)", False),
        ("//example.com", False),
        (" https://example.com", False),
    ],
)
def test_only_addresses_of_pages_become_links(address: str, is_link: bool) -> None:
    assert is_web_address(address) is is_link
