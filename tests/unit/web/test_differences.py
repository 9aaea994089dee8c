"""What the history shows of a change (B4)."""

from __future__ import annotations

import time

import pytest

from pricebook.catalogue.history import FieldChange
from pricebook.web.differences import differences_of

MARKS = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]", "gap": "{}"}


def shown(field: str, before: object, after: object) -> dict[str, str]:
    """Return {label: the text with its marks}."""
    return {
        difference.label: "".join(MARKS[p.sign].format(p.text) for p in difference.pieces)
        for difference in differences_of(FieldChange(field, before, after))
    }


@pytest.mark.parametrize(
    ("field", "before", "after", "text"),
    [
        ("name", "Desk lamp", "Floor lamp", {"Name": "[-Desk lamp-][+Floor lamp+]"}),
        ("name", "", "Lamp", {"Name": "[+Lamp+]"}),
        ("price", "1234.5", None, {"Price": "[-1,234.50-]"}),
        ("price", "0.0125", "12", {"Price": "[-0.0125-][+12.00+]"}),
        ("active", True, False, {"Active": "[-yes-][+no+]"}),
        ("gtin", "1", "2", {"GTIN": "[-1-][+2+]"}),
        ("image_url", "", "http://example/", {"Image address": "[+http://example/+]"}),
    ],
)
def test_short_values_are_shown_before_and_after(
    field: str, before: object, after: object, text: dict[str, str]
) -> None:
    assert shown(field, before, after) == text


def test_attributes_are_compared_key_by_key() -> None:
    before = {"same": 1, "colour": "red", "gone": [1, 2], "null": None}
    after = {"same": 1, "colour": "blue", "new": {"a": True}}
    assert shown("attributes", before, after) == {
        "Attribute colour": "[-red-][+blue+]",
        "Attribute gone": "[-[1, 2]-]",
        "Attribute null": "[-null-]",
        "Attribute new": '[+{"a": true}+]',
    }


def test_of_a_long_text_the_changed_words_are_shown_with_a_few_around() -> None:
    words = [f"w{number}" for number in range(100)]
    changed = [*words[:50], "NEW", *words[51:80], *words[81:]]
    text = shown("description", " ".join(words), " ".join(changed))["Description"]
    assert text == (
        "…w44 w45 w46 w47 w48 w49 [-w50-][+NEW+] w51 w52 w53 w54 w55 w56…"
        " w74 w75 w76 w77 w78 w79[- w80-] w81 w82 w83 w84 w85 w86…"
    )


def test_texts_that_have_nothing_in_common_are_cut() -> None:
    text = shown("description", "a" * 5_000, "b" * 5_000)["Description"]
    assert text == f"[-{'a' * 600}…-][+{'b' * 600}…+]"


def test_the_longest_texts_are_compared_in_no_time() -> None:
    before = " ".join(f"a{number}" for number in range(17_000))[:100_000]
    after = " ".join(f"b{number}" for number in range(17_000))[:100_000]
    began = time.perf_counter()
    shown("description", before, after)
    assert time.perf_counter() - began < 1
