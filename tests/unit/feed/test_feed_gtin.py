"""GTINs: which are valid, and the one form in which they are kept."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pricebook.feed.gtin import is_valid_gtin, normalize_gtin


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("96385074", "96385074"),
        ("614141007349", "614141007349"),
        ("4006381333931", "4006381333931"),
        ("10614141007346", "10614141007346"),
        ("'4006381333931", "4006381333931"),
        (" 4 006381 333931 ", "4006381333931"),
        ("978-3-16-148410-0", "9783161484100"),
        ("0614141007349", "614141007349"),
        ("00614141007349", "614141007349"),
        ("00000096385074", "96385074"),
        ("00000017", "00000017"),
    ],
)
def test_a_valid_gtin_is_kept_in_its_shortest_form(text: str, canonical: str) -> None:
    assert normalize_gtin(text) == canonical
    assert is_valid_gtin(canonical)


@pytest.mark.parametrize(
    "text",
    ["4006381333930", "4.00638E+12", "4,26E+12", "400638133393", "00000000", "0000000000000",
     "123", "8500000001", "٤٠٠٦٣٨١٣٣٣٩٣١", "''4006381333931", "+4006381333931", "see label"],
)  # fmt: skip
def test_anything_else_is_kept_as_it_is(text: str) -> None:
    assert normalize_gtin(f" {text} ") == text
    assert not is_valid_gtin(text)


def test_no_gtin_is_a_valid_one() -> None:
    assert not is_valid_gtin("")
    assert normalize_gtin(" ") == ""


@pytest.mark.parametrize("text", ["'4006381333931", "0614141007349", "4006381 333931"])
def test_what_is_valid_but_not_canonical_is_not_called_valid(text: str) -> None:
    assert not is_valid_gtin(text)


@given(st.integers(min_value=1, max_value=10**13 - 1), st.sampled_from([8, 12, 13, 14]))
def test_each_number_has_one_check_digit_and_one_form(number: int, length: int) -> None:
    bodies = [f"{number}{check}".zfill(length) for check in range(10)]
    assume(len(bodies[0]) == length)
    valid = {normalize_gtin(text) for text in bodies if is_valid_gtin(normalize_gtin(text))}
    (form,) = valid
    assert normalize_gtin(form) == form
