"""Attributes: one JSON object of scalars and lists."""

import json

import pytest

from pricebook.feed.attributes import join_attributes, parse_attributes
from pricebook.feed.records import CellFault


def message_of(text: str) -> str:
    fault = parse_attributes(text)
    assert isinstance(fault, CellFault)
    assert fault.code == "attributes_invalid"
    return fault.message


NO_ATTRIBUTES = (
    "These are no attributes. Write a JSON object whose values are texts, numbers, true, false, "
    'null, or lists of these, such as {"colour":"red"}.'
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("{}", "{}"),
        ('{ "size" : "M", "colour" : "red" }', '{"colour":"red","size":"M"}'),
        ('{"a":[1, 2.50, -3e2, true, null, [], ["x"]]}', '{"a":[1,2.5,-300.0,true,null,[],["x"]]}'),
        (r'{"gr\u00f6\u00dfe":"\ud83d\ude00\n\/"}', '{"größe":"😀\\n/"}'),
        (r'{"a":"\\u0000"}', r'{"a":"\\u0000"}'),
        ('{"a":12345678901234567890123}', '{"a":12345678901234567890123}'),
    ],
)
def test_an_object_is_kept_in_one_form(text: str, canonical: str) -> None:
    assert parse_attributes(text) == canonical
    assert parse_attributes(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    ["colour=red", "red", '"red"', "1", "null", "true", "[]", '[{"a":1}]', "{'a':1}", '{"a":1',
     '{"a":1}x', '{"a":NaN}', '{"a":[Infinity]}', '{"a":-Infinity}', '{"a":1e400}',
     '{"a":{"b":1}}', '{"a":[{"b":1}]}', '{"a":' + "1" * 5000 + "}", "[" * 20_000,
     '{"a":' + "[" * 9000 + "]" * 9000 + "}", '{"a":' * 3000 + "1" + "}" * 3000],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    assert message_of(text) == NO_ATTRIBUTES


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":1,"\\u0061":1}'])
def test_a_key_stands_once(text: str) -> None:
    assert message_of(text) == "The attributes name the same key twice. Remove one."


@pytest.mark.parametrize(
    "text", [r'{"a":"\u0000"}', r'{"\u0000":1}', r'{"a":["\ud800"]}', '{"a":"\udcff"}']
)
def test_characters_that_no_database_holds_are_refused(text: str) -> None:
    assert message_of(text) == (
        "The attributes contain a character that no text can hold. Remove it."
    )


def test_lists_stand_in_at_most_twenty_lists() -> None:
    def nested(depth: int) -> str:
        return '{"a":' + "[" * depth + "]" * depth + "}"

    assert parse_attributes(nested(20)) == nested(20)
    assert message_of(nested(21)) == (
        "The attributes hold lists in more than 20 lists. Flatten them."
    )


def test_the_canonical_text_has_at_most_20_000_characters() -> None:
    longest = json.dumps({"a": "x" * (20_000 - 8)}, separators=(",", ":"))
    assert parse_attributes(longest) == longest
    too_long = CellFault(
        "attributes_too_long", "The attributes have 20,001 characters; at most 20,000 are allowed."
    )
    assert parse_attributes(longest.replace("x", "xx", 1)) == too_long
    grown = parse_attributes('{"a":[' + ",".join(["1e15"] * 3000) + "]}")
    assert isinstance(grown, CellFault)
    assert grown.code == "attributes_too_long"


def test_texts_join_an_object_and_win() -> None:
    joined = join_attributes('{"size": "M", "b": [1.0]}', {"size": "L", "colour": 'a "red"'})
    assert joined == '{"b":[1.0],"colour":"a \\"red\\"","size":"L"}'
    assert parse_attributes(joined) == joined


@pytest.mark.parametrize("text", ["", "{}"])
def test_texts_alone_are_an_object(text: str) -> None:
    assert join_attributes(text, {"size": "L", "b": "é"}) == '{"b":"é","size":"L"}'
    assert join_attributes(text, {}) == "{}"


@pytest.mark.parametrize("text", ["red", "[1]", '{"a": NaN}'])
def test_nothing_joins_what_is_no_object(text: str) -> None:
    assert join_attributes(text, {"size": "L"}) == text
