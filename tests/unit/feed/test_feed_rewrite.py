"""Rows as a person wants them read: keys, texts of the row above, defaults, kept columns."""

from collections.abc import Sequence

import pytest

from pricebook.feed.choices import Choices
from pricebook.feed.records import Problem, ProductRecord, Rejection
from pricebook.feed.table import BATCH_ROWS
from tests.unit.feed.product_samples import as_xlsx, read
from tests.unit.feed.readings import records_of

KEYED = Choices(columns={"sku": "sku", "name": "name"}, key_columns=("h", "o1", "o2"))


def skus_of(rows: str, choices: Choices = KEYED, header: str = "h,o1,o2,sku,name") -> list[str]:
    return [record.sku for record in records_of(f"{header}\n{rows}", choices)]


def test_a_blank_sku_is_made_of_the_keys_cells() -> None:
    assert skus_of("mug,Red,L,,x\nmug, Blue ,,,x\nmug,,XL,,x\nmug,Red,L,M-1,x\n") == [
        *("mug-Red-L", "mug-Blue", "mug-XL"),
        "M-1",
    ]


def test_without_a_sku_column_every_sku_is_made() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o1"))
    assert skus_of("mug,Red,L,M-1,x\n", choices) == ["mug-Red"]


def test_one_column_may_be_the_key() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h",))
    assert skus_of("mug,,,,x\npan,,,,y\n", choices) == ["mug", "pan"]


def test_a_row_with_the_first_column_of_the_key_alone_is_no_product() -> None:
    contents = read("h,o1,o2,sku,name\nmug,,,, pic \nmug,,,S,x\n", choices=KEYED)
    assert contents.skus == ["S"]
    assert contents.rejections == [
        Rejection(
            2,
            ("mug", "", "", "", " pic "),
            (
                Problem(
                    "h",
                    "key_incomplete",
                    "Of the columns that make the SKU only h is filled, not o1, o2: this row "
                    "describes no product of its own. Nothing is lost by leaving it out if it only "
                    "adds a picture to one.",
                    "mug",
                ),
            ),
        )
    ]


def test_without_its_first_column_a_key_is_none() -> None:
    contents = read("h,o1,o2,sku,name\n,Red,,,x\n,Red,,S,x\n,,,,x\n", choices=KEYED)
    assert contents.skus == ["S"]
    assert contents.codes == [(2, "key_incomplete"), (4, "sku_missing")]
    assert contents.rejections[0].problems[0].message == (
        "The SKU is made of h and others, but h is blank. Fill it in."
    )


def test_a_made_sku_is_held_to_the_rules_and_named_by_its_columns() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o1"))
    contents = read(f"h,o1,name\n{'m' * 60},{'r' * 60},x\n", choices=choices)
    (rejection,) = contents.rejections
    assert [(p.column, p.code) for p in rejection.problems] == [("h + o1", "sku_too_long")]
    assert rejection.values == ("m" * 60, "r" * 60, "x")


def test_cells_made_safe_for_spreadsheets_are_read_before_they_are_joined() -> None:
    assert skus_of("'-mug,'=Red,L,,x\nmug,'+1,'=2,,x\n") == ["-mug-=Red-L", "mug-+1-=2"]


def test_the_clear_token_in_a_key_is_no_sku() -> None:
    contents = read("h,o1,o2,sku,name\nmug,[clear],,,x\nmug,Red,,[clear],y\n", choices=KEYED)
    assert contents.codes == [(2, "cannot_be_cleared"), (3, "cannot_be_cleared")]


FILLED = (
    *("name", "description", "brand", "category", "url", "image_url", "currency", "active"),
    *("price", "gtin", "unit_size"),
)


def filling(**more: object) -> Choices:
    columns = {field: field for field in FILLED}
    return Choices(columns=columns, key_columns=("h", "o"), fill_down=True, **more)  # type: ignore[arg-type]


def written(*rows: Sequence[str]) -> str:
    return "\n".join(",".join(row) for row in [["h", "o", *FILLED], *rows]) + "\n"


FIRST = (
    *("Mug", "Blue", "Acme", "Home", "https://a.example/m", "https://a.example/1.jpg", "EUR"),
    *("true", "12", "123", "1 l"),
)


def test_texts_of_a_product_are_taken_from_its_first_row() -> None:
    blanks = [""] * len(FILLED)
    first, second, third = records_of(
        written(["mug", "S", *FIRST], ["mug", "M", *blanks], ["mug", "L", "Own", *blanks[1:]]),
        filling(),
    )
    assert second == first._replace(line=3, sku="mug-M", price=None, gtin=None, unit_size=None)
    assert third == second._replace(line=4, sku="mug-L", name="Own")


def test_it_is_the_first_row_not_the_one_above_that_texts_are_taken_from() -> None:
    blanks = [""] * len(FILLED)
    rows = [["mug", "S", *FIRST], ["mug", "M", "Other", *blanks[1:]], ["mug", "L", *blanks]]
    assert [r.name for r in records_of(written(*rows), filling())] == ["Mug", "Other", "Mug"]


def test_another_product_takes_nothing_nor_does_one_that_comes_back() -> None:
    blanks = [""] * len(FILLED)
    rows = [["mug", "S", *FIRST], ["pan", "S", *blanks], ["mug", "M", *blanks]]
    assert [r.name for r in records_of(written(*rows), filling())] == ["Mug", None, None]


def test_rows_without_a_product_of_their_own_do_not_end_a_group() -> None:
    blanks = [""] * len(FILLED)
    text = written(
        *(["mug", "S", *FIRST], ["mug", "", *blanks], ["", "", *blanks], ["", "x", *blanks]),
        *(["h", "o", *FILLED], ["mug", "M", *blanks]),
    )
    contents = read(text, choices=filling())
    assert [(r.sku, r.name) for r in contents.records] == [("mug-S", "Mug"), ("mug-M", "Mug")]
    assert contents.codes == [
        *((3, "key_incomplete"), (5, "key_incomplete")),
        (6, "repeated_header"),
    ]


def test_a_row_without_a_key_does_not_end_a_group() -> None:
    choices = Choices(
        columns={"sku": "sku", "name": "name"}, key_columns=("h", "o"), fill_down=True
    )
    rows = "mug,1,,Mug\n,,S-1,Other\n,,S-2,\nmug,2,,\n"
    assert [record.name for record in records_of("h,o,sku,name\n" + rows, choices)] == [
        *("Mug", "Other", None, "Mug"),
    ]


def test_a_group_goes_on_over_thousands_of_rows() -> None:
    rows = "".join(f"mug,{i},\n" for i in range(9000))
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o"), fill_down=True)
    records = records_of("h,o,name\nmug,first,Mug\n" + rows, choices)
    assert len(records) == 9001
    assert {record.name for record in records} == {"Mug"}


def test_a_text_that_no_database_holds_costs_every_row_that_takes_it() -> None:
    rows = "".join(f'{{"h":"mug","o":"{i}","name":""}}\n' for i in range(BATCH_ROWS))
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o"), fill_down=True)
    contents = read('{"h":"mug","o":"first","name":"\\u0000"}\n' + rows, choices=choices)
    assert contents.records == []
    assert len(contents.rejections) == BATCH_ROWS + 1


def test_without_fill_down_blanks_say_nothing() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o"))
    assert [r.name for r in records_of("h,o,name\nm,1,Mug\nm,2,\n", choices)] == ["Mug", None]


def test_a_cleared_text_of_the_first_row_is_cleared_in_all() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o"), fill_down=True)
    assert [r.name for r in records_of("h,o,name\nm,1,[clear]\nm,2,\n", choices)] == ["", ""]


def test_a_row_with_shifted_cells_gives_none_to_those_below() -> None:
    choices = Choices(columns={"name": "name"}, key_columns=("h", "o"), fill_down=True)
    contents = read("h,o,name\nm,1,shifted,x\nm,2,\nm,3,Mug\nm,4,\n", choices=choices)
    assert [record.name for record in contents.records] == [None, "Mug", None]
    assert contents.codes == [(2, "too_many_cells")]


def test_defaults_stand_in_for_blank_cells_and_for_fields_without_a_column() -> None:
    choices = Choices(
        columns={"sku": "sku", "name": "name", "price": "price"},
        defaults={"name": "Unnamed", "price": "1,50", "currency": "eur", "active": "no"},
        decimal=",",
    )
    assert records_of('sku,name,price\nA,Mug,"2,5"\nB, ,\n', choices) == [
        ProductRecord(2, "A", "Mug", price="2.5", currency="EUR", active=False),
        ProductRecord(3, "B", "Unnamed", price="1.5", currency="EUR", active=False),
    ]


def test_defaults_come_after_the_text_of_the_first_row() -> None:
    choices = filling(defaults={"name": "Unnamed", "brand": "None", "unit_size": "1"})
    blanks = [""] * len(FILLED)
    first = ["", *FIRST[1:]]
    _, second = records_of(written(["m", "1", *first], ["m", "2", *blanks]), choices)
    assert (second.name, second.brand, second.unit_size) == ("Unnamed", "Acme", "1")


def test_an_inverted_columns_default_is_written_as_in_the_file() -> None:
    choices = Choices(
        columns={"sku": "sku", "active": "sold out"}, inverted=True, defaults={"active": "0"}
    )
    records = records_of("sku,sold out\nA,1\nB,\n", choices)
    assert [record.active for record in records] == [False, True]


def test_a_default_without_a_column_is_not_inverted() -> None:
    choices = Choices(columns={"sku": "sku"}, inverted=True, defaults={"active": "0"})
    assert [record.active for record in records_of("sku,x\nA,1\n", choices)] == [False]


def test_a_default_that_is_none_is_a_problem_of_its_field() -> None:
    choices = Choices(columns={"sku": "sku"}, defaults={"price": "free"})
    (rejection,) = read("sku,name\nA,Mug\n", choices=choices).rejections
    assert [(p.column, p.code, p.value) for p in rejection.problems] == [
        ("price", "price_invalid", "free")
    ]
    assert rejection.values == ("A", "Mug")


def test_a_list_of_skus_can_be_switched_off_by_a_default() -> None:
    choices = Choices(columns={"sku": "sku"}, defaults={"active": "0"})
    assert records_of("sku\nA\nB\n", choices) == [
        ProductRecord(2, "A", active=False),
        ProductRecord(3, "B", active=False),
    ]


KEPT = Choices(columns={"sku": "sku", "attributes": "attributes"}, attributes=("Hue", "Size"))


@pytest.mark.parametrize(
    ("hue", "size", "own", "attributes"),
    [
        ("red", "L", "", '{"Hue":"red","Size":"L"}'),
        (" red ", "", "", '{"Hue":"red"}'),
        ("", " ", "", None),
        ("'=red", "", "", '{"Hue":"=red"}'),
        ('"q"', "é", "", '{"Hue":"\\"q\\"","Size":"é"}'),
        ("red", "", '{"b": 1, "a": [true]}', '{"Hue":"red","a":[true],"b":1}'),
        ("", "", '{"b": 1.0}', '{"b":1.0}'),
        ("red", "", '{"Hue": "blue"}', '{"Hue":"red"}'),
        ("red", "", "[clear]", '{"Hue":"red"}'),
        ("", "", "[clear]", "{}"),
        ("[clear]", "", "", "{}"),
        ("[clear]", "L", "", '{"Size":"L"}'),
        ("[clear]", "L", '{"Hue": "blue", "b": 1}', '{"Size":"L","b":1}'),
        ("[clear]", "", '{"Hue": "blue", "b": 1}', '{"b":1}'),
        ("[clear]", "", '{"Hue": "blue"}', "{}"),
        ("[clear]", "", '{"b": 1}', '{"b":1}'),
        ("[clear]", "L", "[clear]", '{"Size":"L"}'),
        ("[clear]", "[clear]", "", "{}"),
    ],
)
def test_columns_are_kept_among_the_attributes(
    hue: str, size: str, own: str, attributes: str | None
) -> None:
    data = as_xlsx(["sku", "Hue", "attributes", "Size"], [["A", hue, own, size]])
    (record,) = read(data, choices=KEPT).records
    assert record.attributes == attributes


def test_keys_of_objects_are_kept_among_the_attributes() -> None:
    choices = Choices(columns={"sku": "sku"}, attributes=("more.hue", "sizes"))
    data = '{"sku": "A", "more": {"hue": "\'=red"}, "sizes": ["S", "L"]}\n'
    assert read(data * 2, choices=choices).records[0] == ProductRecord(
        1, "A", attributes='{"more.hue":"\'=red","sizes":"S, L"}'
    )


@pytest.mark.parametrize(
    ("hue", "own", "code"),
    [
        ("red", "no object", "attributes_invalid"),
        ("[clear]", "no object", "attributes_invalid"),
        ("red", '{"a": NaN}', "attributes_invalid"),
        ("x" * 20_001, "", "attributes_too_long"),
        ("x\0", "", "attributes_invalid"),
    ],
)
def test_attributes_that_are_none_cost_their_row(hue: str, own: str, code: str) -> None:
    data = f'sku,Hue,attributes,Size\nA,{hue},"{own.replace(chr(34), chr(34) * 2)}",L\n'
    (rejection,) = read(data, choices=KEPT).rejections
    assert [(p.column, p.code) for p in rejection.problems] == [("attributes", code)]


def test_a_kept_column_may_be_read_as_a_field_too() -> None:
    choices = Choices(columns={"sku": "sku", "name": "x"}, attributes=("x",))
    assert records_of("sku,x\nA,b\n", choices) == [
        ProductRecord(2, "A", "b", attributes='{"x":"b"}')
    ]
