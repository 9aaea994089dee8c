"""JSON lines: one object a line; a line that is none costs itself only."""

import json

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.records import ProductRecord
from tests.unit.feed.product_samples import read


def lines(*objects: object) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in objects)


FIRST = {"sku": "A", "name": "Mug", "price": 1.5}


def test_each_line_is_a_product_with_its_line_number() -> None:
    contents = read(
        '{"sku": "A", "name": "Mug", "price": 12.50, "active": true}\n'
        "\n"
        '{"price": null, "sku": "B", "active": false}\r\n'
        '   {"sku": 3, "name": "größer 😀"}'
    )
    assert contents.records == [
        ProductRecord(1, "A", "Mug", None, "12.5", active=True),
        ProductRecord(3, "B", active=False),
        ProductRecord(4, "3", "größer 😀"),
    ]
    assert contents.rejections == []
    assert contents.header == ["sku", "name", "price", "active"]
    assert (contents.reading.format, contents.reading.encoding) == ("jsonl", "utf-8")
    assert contents.reading.header_line is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_unicode_is_read(encoding: str) -> None:
    data = lines({"sku": "A", "name": "Mug"}, '{"sku": "B", "name": "größe"}').encode(encoding)
    assert [record.name for record in read(data).records] == ["Mug", "größe"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"sku": "B", "name": "cut', "json_invalid"),
        ('{"sku": "B"} {"sku": "C"}', "json_invalid"),
        ('{"sku": "B",}', "json_invalid"),
        ("{'sku': 'B'}", "json_invalid"),
        ("sku,name", "json_invalid"),
        ('[{"sku": "B"}]', "json_not_an_object"),
        ("null", "json_not_an_object"),
        ("42", "json_not_an_object"),
        ('"B"', "json_not_an_object"),
        ("NaN", "json_invalid_number"),
        ('{"sku": "B", "price": NaN}', "json_invalid_number"),
        ('{"sku": "B", "price": -Infinity}', "json_invalid_number"),
        ('{"sku": "B", "sku": "C"}', "json_repeated_key"),
        ('{"sku": "B", "x": {"a": 1, "a": 2}}', "json_repeated_key"),
        ("[" * 10_000 + "]" * 10_000, "json_too_deep"),
        ('{"sku": "B", "x": ' + "[" * 100 + "]" * 100 + "}", "json_too_deep"),
        ('{"x": ' * 10_000 + "1" + "}" * 10_000, "json_too_deep"),
        ('{"sku": "B", "name": "' + "x" * (2 * MAX_ROW) + '"}', "row_too_long"),
    ],
)
def test_a_bad_line_costs_itself_only(line: str, code: str) -> None:
    contents = read(lines(FIRST, line, {"sku": "Z"}))
    assert contents.skus == ["A", "Z"]
    assert contents.codes == [(2, code)]
    (rejection,) = contents.rejections
    assert rejection.values[0].startswith(line[:100].strip()[:50])
    assert len(rejection.values[0]) <= 2000
    assert rejection.problems[0].message.endswith(".")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (r'"a\ud800b"', "invalid_encoding"),
        (r'"a\u0000b"', "control_character"),
        ('"a\0b"', "control_character"),
    ],
)
def test_characters_that_no_database_holds_cost_their_row(cell: str, code: str) -> None:
    contents = read(lines(FIRST, f'{{"sku": "B", "name": {cell}}}', {"sku": "Z"}))
    assert contents.skus == ["A", "Z"]
    assert contents.codes == [(2, code)]


def test_bytes_that_are_no_text_cost_their_row() -> None:
    data = lines(FIRST, '{"sku": "B", "name": "süß, größer"}').encode()
    contents = read(data + b'{"sku": "C", "name": "gr\xf6sser"}\n')
    assert contents.skus == ["A", "B"]
    assert contents.codes == [(3, "invalid_encoding")]


@pytest.mark.parametrize(
    ("number", "price"),
    [
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("12.3400", "12.34"),
        ("1E+3", "1000"),
        ("1.5e1", "15"),
        ("125E-2", "1.25"),
        ("1234567890.1234", "1234567890.1234"),
        ("-0", "0"),
    ],
)
def test_numbers_are_read_as_they_are_written(number: str, price: str) -> None:
    contents = read(f'{{"sku": "A", "price": {number}}}\n' * 2)
    assert {record.price for record in contents.records} == {price}


@pytest.mark.parametrize("number", ["1e400", "1E999999999", "9" * 5000, "1e-30"])
def test_numbers_that_are_no_prices_cost_their_row(number: str) -> None:
    contents = read(lines(FIRST, f'{{"sku": "B", "price": {number}}}', {"sku": "Z"}))
    assert contents.skus == ["A", "Z"]
    assert [line for line, _ in contents.codes] == [2]


def test_long_numbers_keep_every_digit() -> None:
    contents = read('{"sku": 4006381333931, "name": 123456789012345678901234567890}\n' * 2)
    assert contents.records[0][:3] == (1, "4006381333931", "123456789012345678901234567890")


def test_objects_inside_get_dotted_titles_and_lists_are_joined() -> None:
    contents = read(
        lines(
            {
                "sku": "A",
                "brand": {"name": "Acme", "maker": {"city": "Bonn", "geo": {"lat": 1.50}}},
                "images": ["https://a.example/1.jpg", None, "https://a.example/2.jpg"],
                "sizes": [1.0, True],
                "variants": [{"id": 1, "price": "2"}],
                "nothing": [],
            },
            {"sku": "B"},
        )
    )
    assert contents.header == [
        *("sku", "brand.name", "brand.maker.city", "brand.maker.geo", "images", "sizes"),
        *("variants", "nothing"),
    ]
    assert contents.records[0].brand == "Acme"
    assert contents.records[0].image_url == "https://a.example/1.jpg"


def test_what_is_deeper_or_a_list_of_objects_is_kept_as_json() -> None:
    line = '{"sku": "%s", "a": {"b": {"c": {"d": 1.50, "ü": null}}}, "name": [{"x": 1e3}, true]}'
    contents = read(lines(line % "A", line % ""))
    assert contents.records[0].name == '[{"x":1e3},true]'
    assert contents.rejections[0].values == ("", '{"d":1.50,"ü":null}', '[{"x":1e3},true]')


def test_attributes_are_an_object_or_its_text() -> None:
    contents = read(
        lines(
            {"sku": "A", "attributes": {"hue": "red", "sizes": [1, 2.50]}},
            {"sku": "B", "attributes": '{"hue": "red"}'},
            {"sku": "C", "attributes": {}},
            {"sku": "D", "attributes": {"a": {"b": 1}}},
        )
    )
    assert [record.attributes for record in contents.records] == [
        '{"hue":"red","sizes":[1,2.5]}',
        '{"hue":"red"}',
        None,
    ]
    assert contents.codes == [(4, "attributes_invalid")]


def test_texts_that_look_like_formulas_are_read_as_they_are() -> None:
    names = ["=1", "'=1", "''=1", "'", "-5 °C", "'tis"]
    contents = read(lines(*({"sku": str(i), "name": name} for i, name in enumerate(names))))
    assert [record.name for record in contents.records] == names


def test_a_record_around_a_product_is_understood() -> None:
    product = {"sku": 1, "name": "Mug", "price_current": 2.5, "size": "1 l"}
    line = {"product": product, "metadata": {"company": "x", "store_name": "y"}}
    contents = read(lines(line, line))
    assert contents.records[0] == ProductRecord(1, "1", "Mug", price="2.5", unit_size="1 l")
    assert contents.ignored == ("metadata.company", "metadata.store_name")


def test_titles_that_turn_up_late_are_reported_and_not_read() -> None:
    many = lines(*[FIRST] * 20_000)
    contents = read(many + lines({"sku": "Z", "colour": "red", "brand": "Acme"}))
    assert contents.records[-1] == ProductRecord(20_001, "Z")
    assert contents.ignored == ("colour", "brand")


def test_endless_new_titles_do_not_fill_the_memory() -> None:
    contents = read(lines(*[FIRST] * 600, *({"sku": "Z", f"x{i}": 1} for i in range(1000))))
    assert len(contents.ignored) == 100
    assert len(contents.records) == 1600


def test_prices_with_decimal_commas_in_texts_are_read_as_such() -> None:
    german = read(lines({"sku": "A", "price": "1.234"}, {"sku": "B", "price": "0,99"}))
    assert [record.price for record in german.records] == ["1234", "0.99"]
    numbers = read(lines({"sku": "A", "price": 1.234}, {"sku": "B", "price": "0,99"}))
    assert [record.price for record in numbers.records] == ["1.234", "0.99"]


def test_a_file_that_begins_with_bad_lines_is_still_read() -> None:
    contents = read(lines("null", "[1]", '{"sku"', *[FIRST] * 5))
    assert len(contents.records) == 5
    assert [line for line, _ in contents.codes] == [1, 2, 3]


def test_lines_without_a_sku_are_no_product_file() -> None:
    with pytest.raises(FeedError, match=r"^The file has no SKU column\. Its columns are: a, b\."):
        read(lines({"a": 1, "b": 2}, {"a": 3}))


def test_csv_with_json_cells_stays_csv() -> None:
    contents = read('sku,name\n1,"{""a"": 1}"\n2,x\n')
    assert contents.reading.format == "csv"
    assert contents.records[0].name == '{"a": 1}'
