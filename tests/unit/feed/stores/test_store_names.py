"""Names of companies, divisions, states and stores."""

from __future__ import annotations

import pytest

from pricebook.feed.stores.names import company_key, display_name, state_code, store_key


@pytest.mark.parametrize("name", ["Coles", "coles", "  COLES ", "\uff23oles"])
def test_companies_are_the_same_whatever_the_case(name: str) -> None:
    assert company_key(name) == "coles"


def test_keys_of_keys_are_themselves() -> None:
    assert company_key("Große  Läden") == company_key("GROSSE LÄDEN") == "grosse läden"
    assert store_key(" COL:7 ") == store_key("col:7") == "col:7"
    assert store_key("\ufb00") == store_key(store_key("\ufb00")) == "ff"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("coles", "Coles"),
        ("iga", "IGA"),
        ("WOOLWORTHS", "Woolworths"),
        ("BWS", "BWS"),
        ("AMPOL  FOODARY", "Ampol Foodary"),
        ("corner shops", "Corner Shops"),
        ("Coles Supermarkets", "Coles Supermarkets"),
        ("IGA X-press", "IGA X-press"),
        ("7-eleven", "7-eleven"),
        ("", ""),
    ],
)
def test_names_are_shown_with_capital_initials(written: str, shown: str) -> None:
    assert display_name(written) == shown
    assert display_name(shown) == shown


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("QLD", "QLD"),
        ("qld", "QLD"),
        ("Queensland", "QLD"),
        ("AU-QLD", "QLD"),
        ("australian capital territory", "ACT"),
        ("ca", "CA"),
        ("Otago", "Otago"),
        ("", ""),
    ],
)
def test_states_are_shown_by_their_codes(written: str, code: str) -> None:
    assert state_code(written) == code
