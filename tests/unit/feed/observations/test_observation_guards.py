"""What breaks JSON readers costs its row, not the file."""

import json

import pytest

from pricebook.feed.readers.lines import MAX_ROW
from tests.unit.feed.observations.price_samples import lines, read, wrapped

FIRST = {"sku": "A", "name": "Mug", "price": 1.5}
LAST = {"sku": "Z", "price": 2}
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"sku": "B", "price": 1', "json_invalid"),
        ('{"sku": "B", "price": 1} {"sku": "C", "price": 1}', "json_invalid"),
        ("sku,price", "json_invalid"),
        ('[{"sku": "B"}]', "json_not_an_object"),
        ("42", "json_not_an_object"),
        ('{"sku": "B", "price": NaN}', "json_invalid_number"),
        ('{"sku": "B", "price": -Infinity}', "json_invalid_number"),
        ('{"sku": "B", "price": 1e400}', "price_invalid"),
        (f'{{"sku": "B", "price": {"9" * 5000}}}', "price_invalid"),
        (f'{{"sku": {"9" * 5000}, "price": 1}}', "sku_too_long"),
        ('{"sku": "B", "price": 1, "price": 2}', "json_repeated_key"),
        ('{"sku": "B", "price": 1, "x": {"a": 1, "a": 2}}', "json_repeated_key"),
        ('{"product": {"sku": "B", "price": 1, "price": 2}}', "json_repeated_key"),
        (f'{{"sku": "B", "price": 1, "x": {DEEP}}}', "json_too_deep"),
        (f'{{"sku": "B", "price": 1, "x": "{"x" * 2 * MAX_ROW}"}}', "row_too_long"),
        (r'{"sku": "B", "price": 1, "name": "a\u0000b"}', "control_character"),
        (r'{"sku": "B\u0000", "price": 1}', "control_character"),
        (r'{"sku": "B", "price": 1, "name": "a\ud800b"}', "invalid_encoding"),
        (r'{"sku": "B\udfff", "price": 1}', "invalid_encoding"),
    ],
)
def test_a_bad_line_costs_itself_only(line: str, code: str) -> None:
    contents = read(lines(FIRST, line, LAST))
    assert contents.skus == ["A", "Z"]
    assert contents.codes == [(2, code)]
    assert contents.rejections[0].problems[0].message.endswith(".")


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ("42", "json_not_an_object"),
        ('{"sku": "B", "price": NaN}', "json_invalid_number"),
        ('{"sku": "B", "price": 1e400}', "price_invalid"),
        ('{"sku": "B", "price": 1, "price": 2}', "json_repeated_key"),
        (r'{"sku": "B", "price": 1, "name": "a\u0000b"}', "control_character"),
        (f'{{"sku": "B", "price": 1, "x": "{"x" * 2 * MAX_ROW}"}}', "row_too_long"),
    ],
)
def test_a_bad_element_of_a_document_costs_itself_only(element: str, code: str) -> None:
    contents = read(f'{{"products": [\n{json.dumps(FIRST)},\n{element},\n{json.dumps(LAST)}]}}')
    assert contents.skus == ["A", "Z"]
    assert contents.codes == [(3, code)]


def test_a_document_that_breaks_off_is_read_up_to_there() -> None:
    text = json.dumps({"metadata": {"company": "aldi"}, "products": [FIRST, LAST]})
    contents = read(text[:-10])
    assert contents.skus == ["A"]
    assert contents.codes == [(2, "file_breaks_off")]


def test_odd_values_under_keys_that_are_not_read_cost_nothing() -> None:
    contents = read(
        lines(
            FIRST,
            r'{"sku": "B", "price": 1, "x": "a\ud800b\u0000"}',
            '{"sku": "C", "price": 1, "x": 1e400, "note": "a\tb"}',
            '{"sku": "D", "price": 1, "x": "not a \\"key\\": {\\"at\\": all}"}',
            LAST,
        )
    )
    assert contents.skus == ["A", "B", "C", "D", "Z"]


def test_what_is_nested_as_deep_as_the_parser_goes_does_no_harm() -> None:
    nested = "[" * 1000 + "]" * 1000
    metadata = f'"metadata": {{"company": "aldi", "x": {nested}}}'
    sound = f'{{"product": {{"sku": "B", "price": 1, "x": {nested}}}, {metadata}}}'
    contents = read(lines(*[FIRST] * 3, sound, sound, f'{{"product": {{"sku": "C"}}, {metadata}}}'))
    assert contents.skus == ["A", "A", "A", "B", "B"]
    assert contents.codes == [(6, "price_missing")]
    assert [each.store.company for each in contents.stores] == ["", "aldi"]


def test_bytes_that_are_no_text_cost_their_row() -> None:
    data = (
        lines({**FIRST, "name": "größer"})
        .encode()
        .replace(b"gr\\u00f6\\u00dfer", "größer".encode())
    )
    contents = read(data + b'{"sku": "B", "price": 1, "name": "gr\xf6sser"}\n' + data)
    assert [record.name for record in contents.records] == ["größer"] * 2
    assert contents.codes == [(2, "invalid_encoding")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_every_encoding_of_unicode_is_read(encoding: str) -> None:
    text = '{"sku": "A", "price": 1, "name": "größe"}\n'
    assert [each.name for each in read((text * 2).encode(encoding)).records] == ["größe"] * 2


def test_every_row_is_one_observation_or_one_rejection_in_blocks() -> None:
    rows = [wrapped({"sku": i, "price": None if i % 7 == 3 else i}) for i in range(5000)]
    contents = read(lines(*rows))
    assert len(contents.records) + len(contents.rejections) == 5000
    assert {code for _, code in contents.codes} == {"price_missing"}
    placed = [each.line for each in contents.records] + [each.line for each in contents.rejections]
    assert sorted(placed) == list(range(1, 5001))
