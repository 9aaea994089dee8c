"""Which columns a person chooses, and what is remembered of that."""

import io

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.mapping import locate_columns
from pricebook.feed.outline import fingerprint
from pricebook.feed.product_file import open_products
from pricebook.feed.records import ProductRecord
from pricebook.feed.table import Format
from tests.unit.feed.product_samples import (
    as_xlsx,
    as_xml,
    opened,
    read,
)
from tests.unit.feed.readings import refusal

NO_SUCH_FIELD = (
    "Fields are sku, name, description, price, currency, active, brand, gtin, category, "
    "image_url, url, unit_size, attributes, and no other."
)


def test_columns_go_by_their_names() -> None:
    data = "Code,Name,Name,,\nA,first,second,third,9\n"
    choices = Choices(
        columns={"sku": "Code", "name": "Name (2)", "brand": "Column 4", "price": "Column 5"}
    )
    contents = read(data, choices=choices)
    assert contents.records == [ProductRecord(2, "A", "second", price="9", brand="third")]
    assert contents.ignored == ("Name",)


def test_chosen_columns_are_all_that_is_read() -> None:
    products = opened(
        "sku,name,price\nA,b,1\n", choices=Choices(columns={"sku": "sku", "name": "name"})
    )
    assert dict(products.mapping.fields) == {"sku": 0, "name": 1}
    assert products.ignored == ("price",)


def test_one_column_may_hold_two_fields() -> None:
    choices = Choices(columns={"sku": "ean", "gtin": "ean"})
    (record,) = read("ean\n4006381333931\n", choices=choices).records
    assert (record.sku, record.gtin) == ("4006381333931", "4006381333931")


def test_names_of_columns_are_found_whatever_their_case_and_accents() -> None:
    choices = Choices(
        columns={"sku": "SIFRA", "name": "Naziv"}, attributes=("boja",), key_columns=("ŠIFRA",)
    )
    products = opened("Šifra,naziv,Boja\nA,b,c\n", choices=choices)
    assert products.choices.columns == {"sku": "Šifra", "name": "naziv"}
    assert (products.choices.attributes, products.choices.key_columns) == (("Boja",), ("Šifra",))
    assert [block.records for block in products.blocks()] == [
        [ProductRecord(2, "A", "b", attributes='{"Boja":"c"}')]
    ]


@pytest.mark.parametrize(("chosen", "of"), [("preis €", "Preis €"), ("PREIS(£)", "Preis £")])
def test_signs_in_the_names_of_columns_matter(chosen: str, of: str) -> None:
    products = opened(
        "sku,Preis €,Preis £\nA,1,2\n", choices=Choices(columns={"sku": "sku", "price": chosen})
    )
    assert products.choices.columns == {"sku": "sku", "price": of}


def test_a_column_with_another_sign_is_another_column() -> None:
    choices = Choices(columns={"sku": "sku", "price": "Preis £"}, currency="GBP")
    assert refusal("sku,Preis €\nA,10\n", choices).code == "column_missing"


def test_the_places_of_columns_are_found_by_their_names() -> None:
    names = ["Šifra", "naziv", "Naziv", "!", "Preis %"]
    chosen = ["SIFRA", "Naziv", "NAZIV", "?", "!", "Preis", "preis%"]
    assert locate_columns(names, chosen) == {
        "SIFRA": 0,
        "Naziv": 2,
        "NAZIV": 1,
        "!": 3,
        "preis%": 4,
    }


def test_an_exact_name_beats_one_of_the_same_words() -> None:
    choices = Choices(columns={"sku": "Code", "name": "code"})
    assert read("Code,code\nA,b\n", choices=choices).records == [ProductRecord(2, "A", "b")]


def test_missing_columns_are_named_with_those_of_the_file() -> None:
    error = refusal(
        "sku,Name,Name\nA,b,c\n",
        Choices(
            columns={"sku": "sku", "name": "Titel"},
            key_columns=("Teil",),
            attributes=("Farbe", "Teil"),
        ),
    )
    assert error.code == "column_missing"
    assert str(error) == (
        "The file has no column “Titel”, “Teil”, “Farbe”. Its columns are: sku, Name, Name (2). "
        "Choose its columns anew."
    )


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        (Choices(columns={"name": "name"}), "no_sku_column"),
        (Choices(columns={}), "no_sku_column"),
        (Choices(columns={"sku": "sku"}), "no_other_column"),
        (Choices(columns={}, key_columns=("sku",)), "no_other_column"),
    ],
)
def test_a_sku_and_something_to_say_of_it_are_needed(choices: Choices, code: str) -> None:
    assert refusal("sku,name\nA,b\n", choices).code == code


@pytest.mark.parametrize(
    ("title", "inverted", "active"),
    [
        ("Out of stock", None, False),
        ("Out of stock", False, True),
        ("Out of stock", True, False),
        ("In stock", None, True),
        ("In stock", True, False),
    ],
)
def test_whether_the_active_column_is_inverted_is_said_or_told_by_its_title(
    title: str, inverted: bool | None, active: bool
) -> None:
    choices = Choices(columns={"sku": "sku", "active": title}, inverted=inverted)
    products = opened(f"sku,{title}\nA,1\n", choices=choices)
    assert products.choices.inverted is (not active)
    assert [r.active for block in products.blocks() for r in block.records] == [active]


def test_inversion_can_be_chosen_for_a_proposed_column() -> None:
    contents = read("sku,enabled\nA,1\n", choices=Choices(inverted=True))
    assert [record.active for record in contents.records] == [False]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (Choices(encoding="utf-7"), "There is no encoding 'utf-7': choose one of the list."),
        (Choices(encoding="no\udcff"),
         "There is no encoding 'no\\udcff': choose one of the list."),
        (Choices(delimiter="ab"),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(delimiter='"'),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(delimiter="\n"),
         "The delimiter is one character, and neither a quote nor a line end."),
        (Choices(currency="euro"),
         "'euro' is no currency: write its capitals of ISO 4217."),
        (Choices(currency="eur"), "'eur' is no currency: write its capitals of ISO 4217."),
        (Choices(preset="myspace"), "There is no preset 'myspace': choose one of the list."),
        (Choices(columns={"line": "sku"}), NO_SUCH_FIELD),
        (Choices(defaults={"colour": "red"}), NO_SUCH_FIELD),
        (Choices(defaults={"sku": "A"}), "A SKU has no default: every product needs its own."),
        (Choices(defaults={"name": "a\0"}),
         "A default or the clear token has a character that no text can hold."),
        (Choices(clear_token="\ud800"),
         "A default or the clear token has a character that no text can hold."),
    ],
)  # fmt: skip
def test_choices_that_no_file_can_be_read_by_are_refused(choices: Choices, sentence: str) -> None:
    error = refusal("sku,name\nA,b\n", choices)
    assert (error.code, str(error)) == ("choices_invalid", sentence)


def test_remembered_choices_are_asked_for_once_by_the_header_as_found() -> None:
    asked: list[str] = []

    def recall(known: str) -> Choices | None:
        asked.append(known)
        return Choices(delimiter="~", columns={"sku": "code", "name": "a,b"})

    data = b"code~a,b\nA~x\n"
    with open_products(io.BytesIO(data), filename="a.csv", recall=recall) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "x")]]
        assert asked == [products.outline.fingerprint] == [fingerprint(["code~a", "b"], "csv")]


@pytest.mark.parametrize(
    ("data", "format_"),
    [
        (b'{"sku": "A", "name": "b"}\n', "jsonl"),
        (b'[{"sku": "A", "name": "b"}]', "json"),
        (as_xlsx(["sku", "name"], [["A", "b"]]), "xlsx"),
        (as_xml(["sku", "name"], [["A", "b"], ["B", "c"]]), "xml"),
    ],
)
def test_what_is_remembered_for_one_format_is_not_for_another(data: bytes, format_: Format) -> None:
    asked: list[str] = []
    with open_products(io.BytesIO(data), filename="a", recall=asked.append):
        assert asked == [fingerprint(["sku", "name"], format_)]
        assert fingerprint(["sku", "name"], "csv") not in asked


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "xml"])
def test_a_mended_reject_file_is_read_by_what_is_remembered_for_its_origin(
    format_: Format,
) -> None:
    remembered = {
        fingerprint(["Code", "Ware"], format_): Choices(columns={"sku": "Code", "name": "Ware"})
    }
    data = b"Code,Ware,error_line,error_column,error_code,error_message\nA,b,2,,x,y\n"
    with open_products(io.BytesIO(data), filename="a", recall=remembered.get) as products:
        assert products.choices.columns == {"sku": "Code", "name": "Ware"}
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "b")]]


def test_nothing_remembered_is_nothing_chosen() -> None:
    stream = io.BytesIO(b"sku,name\nA,b\n")
    with open_products(stream, filename="a.csv", recall=lambda _: None) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "b")]]


def test_what_is_chosen_now_beats_what_is_remembered() -> None:
    def recall(_: str) -> Choices:
        raise AssertionError

    choices = Choices(columns={"sku": "sku", "name": "b"})
    stream = io.BytesIO(b"sku,name,b\nA,x,y\n")
    with open_products(stream, filename="a.csv", choices=choices, recall=recall) as products:
        assert [block.records for block in products.blocks()] == [[ProductRecord(2, "A", "y")]]
        assert products.outline.fingerprint == fingerprint(["sku", "name", "b"], "csv")
