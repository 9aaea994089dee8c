"""What makes two SKUs the same (A5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricebook.catalogue.keys import sku_key, sku_keys


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ABC-1", "abc-1"),
        ("  abc ", "abc"),
        ("Straße", "STRASSE"),
        ("１２３", "123"),
        ("ﬁsh", "FISH"),
        ("é", "e\u0301"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_spellings_of_one_sku_share_a_key(left: str, right: str) -> None:
    assert sku_key(left) == sku_key(right)


@pytest.mark.parametrize(
    ("left", "right"), [("a-1", "a1"), ("0012", "12"), ("İ", "i"), ("a b", "ab")]
)
def test_different_skus_keep_different_keys(left: str, right: str) -> None:
    assert sku_key(left) != sku_key(right)


@given(st.text(max_size=100))
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert sku_key(sku_key(text)) == sku_key(text)


@given(st.text(st.characters(max_codepoint=127), max_size=100))
def test_the_short_way_for_ascii_agrees_with_the_long_one(text: str) -> None:
    # A non-ASCII letter at the end forces the long way.
    assert sku_key("é" + text) == "é" + sku_key("x" + text)[1:]


@given(st.lists(st.text(st.characters(exclude_characters="\0")).map(str.strip), min_size=1))
def test_many_keys_at_once_are_the_same_keys(skus: list[str]) -> None:
    assert sku_keys(skus) == [sku_key(sku) for sku in skus]
