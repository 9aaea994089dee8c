"""Prices as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricebook.feed.prices import DecimalMark, detect_decimal_mark, parse_price
from pricebook.feed.records import CellFault
from tests.depth import examples


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12", "12"),
        ("12.50", "12.5"),
        ("1234.5000", "1234.5"),
        ("12.300000", "12.3"),
        ("007.10", "7.1"),
        ("0", "0"),
        ("-0.00", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("9999999999.9999", "9999999999.9999"),
        ("  19.99 ", "19.99"),
        ("", None),
        (" \t\u00a0", None),
    ],
)
def test_plain_prices_become_canonical(text: str, price: str | None) -> None:
    assert parse_price(text, ".") == price


@pytest.mark.parametrize("file_mark", [".", ","])
@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("26.067,00", "26067"),
        ("1,234.50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234.5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1’234’567.5", "1234567.5"),
        ("1,23,456.00", "123456"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("12.50", "12.5"),
    ],
)
def test_an_unambiguous_number_does_not_depend_on_the_files_mark(
    text: str, price: str, file_mark: DecimalMark
) -> None:
    assert parse_price(text, file_mark) == price


@pytest.mark.parametrize(
    ("text", "with_point", "with_comma"),
    [("1.234", "1.234", "1234"), ("1,234", "1234", "1.234"), ("12.345", "12.345", "12345")],
)
def test_the_files_mark_decides_three_digits_after_one_mark(
    text: str, with_point: str, with_comma: str
) -> None:
    assert parse_price(text, ".") == with_point
    assert parse_price(text, ",") == with_comma


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("15.00 USD", "15"),
        ("15eur", "15"),
        ("£4,250.00", "4250"),
        ("$74.69", "74.69"),
        ("US$ 15", "15"),
        ("R$ 10,00", "10"),
        ("kr 12,50", "12.5"),
        ("12,50 kr.", "12.5"),
        ("12,50 Kč", "12.5"),
        ("Rs.250", "250"),
        ("€ 12,-", "12"),
        ("CHF 1'234.50", "1234.5"),
    ],
)
def test_a_currency_is_dropped(text: str, price: str) -> None:
    assert parse_price(text, ".") == price


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5", "price_negative"),
        ("\u22125,00", "price_negative"),
        ("5-", "price_negative"),
        ("$-5", "price_negative"),
        ("(5.00)", "price_negative"),
        ("12.34567", "price_too_precise"),
        ("10000000000", "price_too_large"),
        ("9" * 50, "price_too_large"),
        ("9" * 5000, "price_invalid"),
        ("1e400", "price_invalid"),
        ("1e5", "price_invalid"),
        ("NaN", "price_invalid"),
        ("inf", "price_invalid"),
        ("\uff11\uff12", "price_invalid"),
        ("1.2.3", "price_invalid"),
        ("12,345.678,9", "price_invalid"),
        ("1,2345", "price_invalid"),
        ("1 23", "price_invalid"),
        ("(5", "price_invalid"),
        ("MG-8769", "price_invalid"),
        ("ABC123", "price_invalid"),
        ("100 ml", "price_invalid"),
        ("12.50/kg", "price_invalid"),
        ("on request", "price_invalid"),
        (".", "price_invalid"),
        ("\0", "price_invalid"),
    ],
)
def test_what_is_no_price_is_a_fault(text: str, code: str) -> None:
    fault = parse_price(text, ".")
    assert isinstance(fault, CellFault)
    assert fault.code == code
    assert fault.message.endswith(".")


@pytest.mark.parametrize(
    ("prices", "default", "mark"),
    [
        (["0,15", "1,5", "26.067,00"], ".", ","),
        (["12.50", "1,234.50"], ",", "."),
        (["1.234", "5"], ".", "."),
        (["1.234", "5"], ",", ","),
        (["1.234.567"], ".", ","),
        (["12,50", "9.99", "8.99 USD", "n/a"], ",", "."),
        ([], ",", ","),
    ],
)
def test_the_majority_of_unambiguous_prices_tells_the_mark(
    prices: list[str], default: DecimalMark, mark: DecimalMark
) -> None:
    assert detect_decimal_mark(prices, default=default) == mark


@settings(database=None, deadline=None, max_examples=examples(50))
@given(
    price=st.decimals(min_value=0, max_value=Decimal("9999999999.9999"), places=4),
    mark=st.sampled_from([".", ","]),
    group=st.booleans(),
)
def test_every_storable_price_is_read_exactly(
    price: Decimal, mark: DecimalMark, *, group: bool
) -> None:
    # Two decimals at least: a single mark before three digits is the file's to decide.
    text = f"{price:,.4f}" if group else f"{price:.4f}"
    if mark == ",":
        text = text.translate(str.maketrans(".,", ",."))
    read = parse_price(text, mark)
    assert isinstance(read, str)
    assert Decimal(read) == price
    assert "E" not in read
    assert not (read.endswith("0") and "." in read)
