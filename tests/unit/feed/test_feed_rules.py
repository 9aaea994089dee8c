"""The rules for one row."""

from collections.abc import Mapping

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.records import CLEARED_PRICE, Problem, ProductRecord, Rejection, Row
from pricebook.feed.validate import ActiveWords, RowRules
from tests.unit.feed.product_samples import propose_mapping

HEADER = ["SKU", "Name", "Description", "Price", "Active", "Colour"]


def check(*values: str) -> ProductRecord | Rejection | None:
    return RowRules(propose_mapping(HEADER), ".").check(Row(7, list(values)))


def problems_of(*values: str) -> list[tuple[str | None, str]]:
    outcome = check(*values)
    assert isinstance(outcome, Rejection)
    return [(problem.column, problem.code) for problem in outcome.problems]


def test_a_row_becomes_a_record_with_trimmed_cells() -> None:
    assert check(" a-1 ", " Blue  Mug ", "for\ntea ", "12.50", "Yes", "blue") == ProductRecord(
        line=7, sku="a-1", name="Blue  Mug", description="for\ntea", price="12.5", active=True
    )


def test_blank_and_missing_cells_are_none() -> None:
    assert check("A", " ", "", "", " ") == ProductRecord(7, "A")
    assert check("A") == ProductRecord(7, "A")


def test_a_blank_row_is_no_row() -> None:
    assert check() is None
    assert check("", " ", "\t", "\u00a0") is None


def test_blank_cells_beyond_the_header_are_harmless() -> None:
    assert isinstance(check("A", "", "", "", "", "", "", " "), ProductRecord)


def test_cells_beyond_the_header_are_refused() -> None:
    outcome = check("A", "b", "c", "1", "1", "red", "", "extra")
    assert outcome == Rejection(
        line=7,
        values=("A", "b", "c", "1", "1", "red", "", "extra"),
        problems=(
            Problem(
                column=None,
                code="too_many_cells",
                message="The row has more cells than the header. "
                "Quote cells that contain the delimiter.",
                value="extra",
            ),
        ),
        sku="A",
    )


def test_all_problems_of_a_row_are_reported_at_once() -> None:
    assert problems_of("", "n" * 501, "d" * 100_001, "-1", "maybe", "", "x") == [
        (None, "too_many_cells"),
        ("SKU", "sku_missing"),
        ("Name", "name_too_long"),
        ("Description", "description_too_long"),
        ("Price", "price_negative"),
        ("Active", "active_invalid"),
    ]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (["s" * 101], ("SKU", "sku_too_long")),
        (["A\nB"], ("SKU", "control_character")),
        (["A\x85B"], ("SKU", "control_character")),
        (["A\0B"], ("SKU", "control_character")),
        (["A\udcffB"], ("SKU", "invalid_encoding")),
        (["A", "b\0"], ("Name", "control_character")),
        (["A", "b\udcff"], ("Name", "invalid_encoding")),
        (["A", "", "c\udcff"], ("Description", "invalid_encoding")),
        (["A", "", "", "1\0"], ("Price", "price_invalid")),
        (["A", "", "", "12.34567"], ("Price", "price_too_precise")),
        (["A", "", "", "10000000000"], ("Price", "price_too_large")),
        (["A", "", "", "", "\udcff"], ("Active", "active_invalid")),
    ],
)
def test_each_limit_has_its_code(values: list[str], problem: tuple[str, str]) -> None:
    assert problems_of(*values) == [problem]


def test_the_limits_themselves_are_allowed() -> None:
    row = ("s" * 100, "n" * 500, "d" * 100_000, "9999999999.9999")
    assert isinstance(check(*row), ProductRecord)


def test_invisible_but_storable_characters_are_kept() -> None:
    sku, name = "A\u200bB\u00a0C", "\u202ename\U0001f600 e\u0301\x07"
    assert check(sku, name) == ProductRecord(7, sku, name)


def check_all(title: str = "price", **cells: str) -> ProductRecord | Rejection | None:
    """Check a row with a SKU and these cells, where a file has every field."""
    return check_chosen(Choices(clear_token=""), cells, title)


def check_chosen(
    choices: Choices, cells: Mapping[str, str], title: str = "price"
) -> ProductRecord | Rejection | None:
    """Check such a row by choices."""
    titles = [title if field == "price" else field for field in ProductRecord._fields[1:]]
    values = [{"sku": "A", **cells}.get(field, "") for field in ProductRecord._fields[1:]]
    return RowRules(propose_mapping(titles), ".", choices).check(Row(7, values))


def test_every_field_is_read() -> None:
    assert check_all(
        name="Mug", description="Blue", price="12.50", currency=" eur ", active="1",
        brand=" Acme ", gtin="'4006381 333931", category="Home > Mugs",
        image_url="https://a.example/1.jpg,https://a.example/2.jpg", url="http://a.example/mug",
        unit_size=" 330 ml", attributes='{"b": [1], "a": "ü"}',
    ) == ProductRecord(
        line=7, sku="A", name="Mug", description="Blue", price="12.5", currency="EUR",
        active=True, brand="Acme", gtin="4006381333931", category="Home > Mugs",
        image_url="https://a.example/1.jpg", url="http://a.example/mug", unit_size="330 ml",
        attributes='{"a":"ü","b":[1]}',
    )  # fmt: skip


def test_blanks_say_nothing_in_any_field() -> None:
    assert check_all() == ProductRecord(7, "A")


def test_a_gtin_that_is_none_is_kept_as_it_is() -> None:
    assert check_all(gtin=" 4.00638E+12 ") == ProductRecord(7, "A", gtin="4.00638E+12")


@pytest.mark.parametrize(
    ("title", "price", "currency", "read"),
    [
        ("Price (EUR)", "12 USD", "gbp", "GBP"),
        ("Price (EUR)", "12 USD", "", "USD"),
        ("Price (EUR)", "12", "", "EUR"),
        ("Price (EUR)", "$12", "", "EUR"),
        ("Price (EUR)", "", "", None),
        ("Price (EUR)", "", "usd", "USD"),
        ("price", "$12", "", None),
    ],
)
def test_the_currencys_own_cell_beats_the_prices_and_that_the_title(
    title: str, price: str, currency: str, read: str | None
) -> None:
    record = check_all(title, price=price, currency=currency)
    assert isinstance(record, ProductRecord)
    assert record.currency == read


@pytest.mark.parametrize(
    ("field", "text", "code", "message"),
    [
        ("currency", "€", "currency_invalid",
         "This is no currency. Write its three letters of ISO 4217, such as EUR."),
        ("brand", "b" * 201, "brand_too_long",
         "The brand has 201 characters; at most 200 are allowed."),
        ("category", "c" * 501, "category_too_long",
         "The category has 501 characters; at most 500 are allowed."),
        ("unit_size", "u" * 101, "unit_size_too_long",
         "The unit size has 101 characters; at most 100 are allowed."),
        ("gtin", "1" * 51, "gtin_too_long",
         "The GTIN has 51 characters; at most 50 are allowed."),
        ("url", "www.example.com", "url_invalid",
         "This is no web address. Write one that begins with https:// or http:// and a host."),
        ("image_url", "https://a.example/" + "x" * 1983, "image_url_too_long",
         "This address has 2,001 characters; at most 2,000 are allowed."),
        ("attributes", '{"a":1,"a":2}', "attributes_invalid",
         "The attributes name the same key twice. Remove one."),
        ("brand", "a\0", "control_character", "The brand contains a NUL character. Remove it."),
        ("url", "https://a.example/\0", "control_character",
         "The URL contains a NUL character. Remove it."),
        ("image_url", "https://a.example/\udcff", "invalid_encoding",
         "The image URL contains bytes that are no text in the file's encoding. Retype it."),
    ],
)  # fmt: skip
def test_each_further_field_has_its_limits(field: str, text: str, code: str, message: str) -> None:
    outcome = check_all(**{field: text})
    assert isinstance(outcome, Rejection)
    assert [(p.column, p.code, p.message) for p in outcome.problems] == [(field, code, message)]


def test_the_limits_of_the_further_fields_are_allowed() -> None:
    link = "https://a.example/" + "x" * 1982
    record = check_all(
        brand="b" * 200, category="c" * 500, unit_size="u" * 100, gtin="1" * 50, url=link
    )
    assert isinstance(record, ProductRecord)
    assert record.url == link


def test_a_cell_made_safe_for_spreadsheets_loses_one_apostrophe_in_every_text_column() -> None:
    texts = ("sku", "name", "description", "brand", "gtin", "category", "unit_size")
    record = check_all(**dict.fromkeys(texts, " ''=1+1 "))
    assert isinstance(record, ProductRecord)
    assert {getattr(record, field) for field in texts} == {"'=1+1"}


def test_a_limit_is_that_of_the_text_without_the_apostrophe() -> None:
    assert isinstance(check_all(sku="'" + "-" * 100, brand="'" + "=" * 200), ProductRecord)


def test_nothing_in_a_rejection_is_unstorable_and_values_are_cut() -> None:
    outcome = check("A", "n\0\udcff", "", "x" * 1000)
    assert isinstance(outcome, Rejection)
    assert outcome.values[1] == "n\ufffd\ufffd"
    assert [problem.value for problem in outcome.problems] == ["n\ufffd\ufffd", "x" * 200]


def test_a_repeated_header_is_refused_as_such() -> None:
    assert problems_of(*HEADER) == [(None, "repeated_header")]
    assert isinstance(check("SKU", "Stock keeping unit, the book"), ProductRecord)


TEXTS = (
    *("name", "description", "currency", "brand", "gtin", "category", "image_url", "url"),
    "unit_size",
)


@pytest.mark.parametrize(
    ("field", "empty"),
    [*((field, "") for field in TEXTS), ("price", CLEARED_PRICE), ("attributes", "{}")],
)
@pytest.mark.parametrize("token", ["[clear]", "-", "NULL", "1"])
def test_a_cell_that_is_the_clear_token_empties_its_field(
    field: str, empty: str, token: str
) -> None:
    record = check_chosen(Choices(clear_token=token), {field: f" {token} "})
    assert isinstance(record, ProductRecord)
    assert record._asdict() == {**ProductRecord(7, "A")._asdict(), field: empty}


def test_a_cleared_price_is_the_not_a_number_that_postgresql_knows() -> None:
    assert CLEARED_PRICE == "NaN"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("sku", "A SKU cannot be cleared: it says which product is meant. Write it."),
        ("active", "Whether a product is active cannot be cleared. Write true or false."),
    ],
)
def test_what_every_product_has_cannot_be_cleared(field: str, message: str) -> None:
    outcome = check_chosen(Choices(), {field: "[clear]"})
    assert isinstance(outcome, Rejection)
    assert [(p.column, p.code, p.message, p.value) for p in outcome.problems] == [
        (field, "cannot_be_cleared", message, "[clear]")
    ]


@pytest.mark.parametrize("cell", ["clear", "[CLEAR]", "'[clear]", "[clear] it"])
def test_only_the_very_token_clears(cell: str) -> None:
    record = check_chosen(Choices(), {"name": cell})
    assert isinstance(record, ProductRecord)
    assert record.name == cell


def test_a_token_that_a_spreadsheet_has_made_safe_is_a_text() -> None:
    record = check_chosen(Choices(clear_token="-"), {"name": "'-"})
    assert isinstance(record, ProductRecord)
    assert record.name == "-"


def test_without_a_token_nothing_is_cleared() -> None:
    record = check_all(name="[clear]", brand="")
    assert record == ProductRecord(7, "A", name="[clear]")


@pytest.mark.parametrize(
    "word",
    ["1", "true", "TRUE", "t", "Yes", "y", "active", "published", "enabled", "in stock",
     "in_stock", "InStock", "visible", "on", "preorder", " true "],
)  # fmt: skip
def test_words_for_active(word: str) -> None:
    assert ActiveWords("Status", inverted=False).read(word) is True


@pytest.mark.parametrize(
    "word",
    ["0", "false", "F", "no", "n", "draft", "archived", "out of stock", "out_of_stock", "-1",
     "\u22121", "inactive", "off", "disabled"],
)  # fmt: skip
def test_words_for_inactive(word: str) -> None:
    assert ActiveWords("Status", inverted=False).read(word) is False


@pytest.mark.parametrize("word", ["maybe", "2", "-", "-0", "yesno", "", "  "])
def test_other_words_mean_nothing(word: str) -> None:
    assert ActiveWords("Status", inverted=False).read(word) is None


def test_an_inverted_column_reads_the_opposite_and_only_plain_words() -> None:
    words = ActiveWords("outOfStock", inverted=True)
    assert [words.read(word) for word in ("TRUE", "FALSE", "1", "0", "archived", "-1")] == [
        *(False, True, False, True),
        *(None, None),
    ]


def test_magentos_two_means_disabled_in_its_own_column_only() -> None:
    assert ActiveWords("product_online", inverted=False).read("2") is False
    assert ActiveWords("product_online", inverted=False).read("1") is True
