"""What a rejected row shows of a file whose rows are rewritten."""

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import opened, read
from tests.unit.feed.readings import records_of

ALL = Choices(
    columns={"name": "name", "price": "price"},
    key_columns=("h", "o"),
    fill_down=True,
    attributes=("x",),
    defaults={"active": "1", "price": "9"},
)


def test_a_rejection_shows_the_row_as_it_is_in_the_file_and_what_is_filled_down_into_it() -> None:
    contents = read(
        "h,o,name,price,x\n"
        "m,1,Mug,free,\n"
        "m,2\n"
        "\n"
        " , ,\n"
        "m,,,,pic\n"
        "m,3,,,,,more\n"
        "h,o,name,price,x\n"
        'm,"4\n",,2,y, \n'
        'm,5",,2,y\n'
        "m,6,,[clear],y\n",
        choices=ALL,
    )
    made = '{"x":"y"}'
    assert contents.records == [
        ProductRecord(3, "m-2", "Mug", price="9", active=True),
        ProductRecord(9, "m-4", "Mug", price="2", active=True, attributes=made),
        ProductRecord(11, 'm-5"', "Mug", price="2", active=True, attributes=made),
        ProductRecord(12, "m-6", "Mug", price="NaN", active=True, attributes=made),
    ]
    assert [(r.line, r.values, r.problems[0].code) for r in contents.rejections] == [
        (2, ("m", "1", "Mug", "free", ""), "price_invalid"),
        (6, ("m", "", "Mug", "", "pic"), "key_incomplete"),
        (7, ("m", "3", "Mug", "", "", "", "more"), "too_many_cells"),
        (8, ("h", "o", "name", "price", "x"), "repeated_header"),
    ]


SHOP = "Handle,Title,Vendor,Status,Option1 Value,Variant SKU,Variant Price"


REASONS = "error_line,error_column,error_code,error_message"


def test_a_mended_row_is_complete_by_itself() -> None:
    origin = read(f"{SHOP}\nmug,Mug,Acme,draft,Red,,10\nmug,,'=Own,,Blue,,abc\n")
    (rejection,) = origin.rejections
    assert (rejection.line, rejection.values) == (
        3,
        ("mug", "Mug", "'=Own", "draft", "Blue", "", "abc"),
    )
    row = ",".join(rejection.values).replace("abc", "12")
    assert records_of(f"{SHOP}\n{row}\n", Choices()) == [
        ProductRecord(2, "mug-Blue", "Mug", price="12", active=False, brand="=Own")
    ]


def test_a_row_shorter_than_the_header_is_shown_with_what_is_filled_down() -> None:
    data = "h,o,sku,name,price,brand,x\nm,1,,Mug,1,Acme,y\nm,,\nm,2,,,free\n"
    choices = Choices(
        columns={"name": "name", "price": "price", "brand": "brand"},
        key_columns=("h", "o"),
        fill_down=True,
    )
    assert [rejection.values for rejection in read(data, choices=choices).rejections] == [
        ("m", "", "", "Mug", "", "Acme"),
        ("m", "2", "", "Mug", "free", "Acme"),
    ]


def test_what_is_shown_is_of_the_rows_own_group_and_no_default() -> None:
    data = "h,o,name,price,brand\nm,1,Mug,1,\nm,2,,a,\np,1,Pan,2,\np,2,,b,\nq,1,,c,\n"
    choices = Choices(
        columns={"name": "name", "price": "price", "brand": "brand"},
        key_columns=("h", "o"),
        fill_down=True,
        defaults={"brand": "None", "name": "Unnamed"},
    )
    assert [rejection.values for rejection in read(data, choices=choices).rejections] == [
        ("m", "2", "Mug", "a", ""),
        ("p", "2", "Pan", "b", ""),
        ("q", "1", "", "c", ""),
    ]


def test_a_column_that_makes_the_sku_is_shown_as_it_is() -> None:
    choices = Choices(
        columns={"sku": "sku", "name": "o", "brand": "sku", "price": "price"},
        key_columns=("h", "o", "p"),
        fill_down=True,
    )
    contents = read("h,o,p,sku,price\nm,Mug,1,S,1\nm,,2,,free\nm,,,,\n", choices=choices)
    assert [rejection.values for rejection in contents.rejections] == [
        ("m", "", "2", "", "free"),
        ("m", "", "", "", ""),
    ]


def test_without_fill_down_rejections_show_blanks() -> None:
    choices = Choices(columns={"name": "name", "price": "price"}, key_columns=("h", "o"))
    contents = read("h,o,name,price\nm,1,Mug,1\nm,2,,free\n", choices=choices)
    assert contents.rejections[0].values == ("m", "2", "", "free")


@pytest.mark.parametrize(
    ("first", "code"),
    [("m,1,Mug,free", "price_invalid"), ("m,,Mug,", "key_incomplete")],
)
def test_a_first_row_that_is_rejected_gives_its_texts_all_the_same(first: str, code: str) -> None:
    choices = Choices(
        columns={"name": "name", "price": "price"}, key_columns=("h", "o"), fill_down=True
    )
    contents = read(f"h,o,name,price\nx,1,Other,\n{first}\nm,2,,\n", choices=choices)
    assert contents.codes == [(3, code)]
    assert [(record.sku, record.name) for record in contents.records] == [
        *(("x-1", "Other"), ("m-2", "Mug")),
    ]


def test_a_picture_before_the_first_row_of_a_product_takes_no_texts_away() -> None:
    choices = Choices(
        columns={"name": "name", "brand": "brand"}, key_columns=("h", "o"), fill_down=True
    )
    rows = "m,,,Acme\nm,,,\nm,1,Mug,\nm,2,,\nm,3,Own,Own\nm,4,,\n"
    contents = read("h,o,name,brand\n" + rows, choices=choices)
    assert contents.codes == [(2, "key_incomplete"), (3, "key_incomplete")]
    assert [(record.name, record.brand) for record in contents.records] == [
        *(("Mug", "Acme"), ("Mug", "Acme"), ("Own", "Own"), ("Mug", "Acme")),
    ]


def test_rows_of_a_reject_file_take_nothing_from_each_other() -> None:
    reasons = "2,a,b,c"
    data = f"{SHOP},{REASONS}\nmug,Mug,Own,draft,Red,,1,{reasons}\nmug,Mug,,,Blue,,2,{reasons}\n"
    assert [(r.sku, r.brand, r.active) for r in records_of(data, Choices())] == [
        *(("mug-Red", "Own", False), ("mug-Blue", None, None)),
    ]


def test_what_is_made_is_no_column_of_the_file() -> None:
    products = opened("h,o,name,price,x,y\nm,1,,,,\n", choices=ALL)
    assert dict(products.mapping.fields) == {"name": 2, "price": 3}
    assert products.mapping.header == ("h", "o", "name", "price", "x", "y")
    assert products.ignored == ("y",)
