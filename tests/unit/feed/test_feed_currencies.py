"""Where a file names the currency of its prices."""

import pytest

from pricebook.feed.currencies import currency_of_title, read_currency
from pricebook.feed.prices import currency_of_price


@pytest.mark.parametrize(("text", "code"), [("EUR", "EUR"), (" usd ", "USD"), ("hrk", "HRK")])
def test_a_code_of_iso_4217_is_read_in_any_case(text: str, code: str) -> None:
    assert read_currency(text) == code


@pytest.mark.parametrize("text", ["", "€", "EURO", "EU", "ABC", "U$D", "978", "EUR USD"])
def test_anything_else_is_no_code(text: str) -> None:
    assert read_currency(text) is None


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("MPC (EUR)", "EUR"),
        ("Price (gbp)", "GBP"),
        ("Preis ( € )", "EUR"),
        ("Price (net) (EUR)", "EUR"),
        ("Price", None),
        ("Price (net)", None),
        ("Price ($)", None),
        ("Price (EUR) (USD)", None),
        ("PRICE FOR ALL", None),
        ("TOP PRICE", None),
    ],
)
def test_a_title_names_a_currency_in_brackets_only(title: str, code: str | None) -> None:
    assert currency_of_title(title) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("15.00 USD", "USD"),
        ("EUR 12", "EUR"),
        ("eur12,50", "EUR"),
        ("12,- €", "EUR"),
        ("£4,250.00", "GBP"),
        ("₹ 1,23,456.00", "INR"),
        ("12 ₺", "TRY"),
        ("₽12", "RUB"),
        ("₩12000", "KRW"),
        ("€ 12 EUR", "EUR"),
        ("$12 USD", "USD"),
        (" 12 EUR ", "EUR"),
        ("(12 EUR)", "EUR"),
        ("12", None),
        ("", None),
        ("$12", None),
        ("¥12", None),
        ("12 kr", None),
        ("EUR 12 USD", None),
        ("EUR", None),
        ("EUR " + "1" * 100, None),
    ],
)
def test_a_price_names_its_currency_where_it_is_sure(text: str, code: str | None) -> None:
    assert currency_of_price(text) == code
