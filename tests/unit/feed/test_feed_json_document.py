"""JSON documents: lists, maps, and records one behind another, streamed."""

import json

import pytest

from pricebook.feed.errors import FeedError
from pricebook.feed.readers.lines import MAX_ROW
from pricebook.feed.records import ProductRecord
from pricebook.feed.source import PIECE_BYTES
from tests.unit.feed.product_samples import read

A = {"sku": "A", "name": "Mug", "price": 1.10}
B = {"sku": "B", "name": "Pan", "price": "2"}
RECORDS = [("A", "Mug", "1.1"), ("B", "Pan", "2")]


def three(data: object) -> list[tuple[str, str | None, str | None]]:
    text = data if isinstance(data, str) else json.dumps(data)
    contents = read(text)
    assert contents.rejections == []
    assert contents.reading.format == "json"
    return [(record.sku, record.name, record.price) for record in contents.records]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "document",
    [
        [A, B],
        {"products": [A, B]},
        {"status": "ok", "page": {"number": 1}, "tags": ["x"], "data": {"items": [A, B]}},
        {"meta": {"id": "feed", "name": "Shop"}, "warnings": [], "Products": [A, B], "total": 2},
        {"id": "feed", "title": "Shop", "products": [A, B]},
        {"stuff": [A, B]},
        {"A": A, "B": B},
        {"products": {"x1": A, "x2": B}},
        {"products": [A], "next": None, "more": {"products": [B]}, "x": 1},
    ],
)
def test_the_products_are_found_wherever_they_are(document: object, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    assert three(text) == RECORDS[: 1 if '"more"' in text else 2]


def test_a_maps_keys_are_its_ids() -> None:
    document = {"K-1": {"name": "Mug", "price": 1}, "K-2": {"name": "Pan"}}
    contents = read(json.dumps(document))
    assert contents.header == ["id", "name", "price"]
    assert [(r.sku, r.name) for r in contents.records] == [("K-1", "Mug"), ("K-2", "Pan")]


def test_a_sku_inside_goes_before_a_maps_keys() -> None:
    contents = read('{"1": {"id": "A", "name": "x"}, "2": {"id": "B", "name": "y"}}')
    assert contents.header == ["key", "id", "name"]
    assert contents.skus == ["A", "B"]


@pytest.mark.parametrize("text", ['{"sku": "A", "name": "x", "variants": [{"id": 1}]}', None])
def test_one_product_is_a_document_too(text: str | None) -> None:
    text = text or json.dumps(
        {"product": {"sku": "A", "name": "x"}, "metadata": {"id": 7}}, indent=1
    )
    assert read(text).skus == ["A"]


def test_documents_one_behind_another_are_read() -> None:
    text = "\n".join(json.dumps(each, indent=2) for each in (A, B))
    assert three(text) == RECORDS
    assert three(json.dumps([A]) + json.dumps([B])) == RECORDS


def test_places_are_lines_and_go_on_from_them_where_lines_are_shared() -> None:
    indented = read(json.dumps([A, B, A], indent=1))
    assert [record.line for record in indented.records] == [2, 7, 12]
    one_line = read(json.dumps([A, B, A]))
    assert [record.line for record in one_line.records] == [1, 2, 3]
    mixed = read(f"[{json.dumps(A)},{json.dumps(B)},\n\n\n\n{json.dumps(A)}]")
    assert [record.line for record in mixed.records] == [1, 2, 5]


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ("null", "json_not_an_object"),
        ('"text, with ] and }"', "json_not_an_object"),
        ("12.5e3", "json_not_an_object"),
        ("[1, [2], {}]", "json_not_an_object"),
        ("NaN", "json_invalid_number"),
        ('{"sku": nul}', "json_invalid"),
        ('{"sku": "x", "a": [1,, 2]}', "json_invalid"),
        ('{"sku": "x" "name": "y"}', "json_invalid"),
        ('{"sku": "x", "sku": "y"}', "json_repeated_key"),
        ("[" * 10_000 + "]" * 10_000, "json_too_deep"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "json_too_deep"),
        ('{"sku": "x", "name": "' + '\\\\y\\"' * (MAX_ROW // 2) + '"}', "row_too_long"),
    ],
)
def test_a_bad_element_costs_itself_only(element: str, code: str) -> None:
    contents = read(f"[{json.dumps(A)},\n{element},\n{json.dumps(B)}]")
    assert contents.skus == ["A", "B"]
    assert contents.codes == [(2, code)]
    assert contents.rejections[0].values[0].startswith(element[:20])


def test_characters_that_no_database_holds_cost_their_row() -> None:
    contents = read(r'[{"sku":"A","name":"x"},{"sku":"B","name":"\ud800"},{"sku":"C"}]')
    assert contents.skus == ["A", "C"]
    assert contents.codes == [(2, "invalid_encoding")]


@pytest.mark.parametrize("end", ["", ",", ', {"sku": "C", "na', ', {"sku": "C"', "}", "} ]"])
def test_what_comes_before_a_break_is_kept(end: str) -> None:
    contents = read(f"[{json.dumps(A)},\n{json.dumps(B)}{end}")
    assert contents.skus == ["A", "B"]
    assert [code for _, code in contents.codes] == ["file_breaks_off"]
    assert contents.rejections[0].problems[0].message == (
        "The file breaks off here, or goes on as no JSON does. What comes before is read; send "
        "the whole file again."
    )


def test_a_break_is_shown_where_its_product_begins() -> None:
    damaged = '{"sku": "B", "name": "never closed}'
    rest = ",".join(json.dumps({"sku": f"C{i}", "name": "x" * 100}) for i in range(20_000))
    contents = read(f"[{json.dumps(A)},\n{damaged},\n{rest}]")
    assert contents.skus == ["A"]
    assert contents.codes == [(2, "file_breaks_off")]
    assert contents.rejections[0].values[0].startswith(damaged)


def test_commas_too_many_or_too_few_are_harmless() -> None:
    assert three(f"[{json.dumps(A)},,{json.dumps(B)},]") == RECORDS
    assert three(f"[{json.dumps(A)}{json.dumps(B)}]") == RECORDS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_read(encoding: str) -> None:
    data = json.dumps([{"sku": "A", "name": "größe €"}], ensure_ascii=False).encode(encoding)
    assert read(data).records == [ProductRecord(1, "A", "größe €")]


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[[]]", '["a", "b"]', '{"a": []}', '{"a": 1', "[", "[{", '[{"a']
)
def test_documents_without_products_are_refused(text: str) -> None:
    with pytest.raises(FeedError) as caught:
        read(text)
    assert caught.value.code in ("no_objects", "no_sku_column", "no_lines")


def test_a_document_without_a_list_says_what_belongs_there() -> None:
    with pytest.raises(FeedError) as caught:
        read("[]", name="list.json")
    assert str(caught.value) == (
        "list.json holds no list of JSON objects. Upload one such as "
        '[{"sku": "A-1", "name": "Mug"}], or JSON lines.'
    )


def test_products_behind_a_long_beginning_are_found() -> None:
    meta = {"notes": ["x" * 100] * 10_000}
    assert len(three({"meta": meta, "products": [A, B]})) == 2


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_number_between_two_pieces_is_one_value(cut: int) -> None:
    head = '[{"sku":"A","name":"b"},'
    blank = " " * (PIECE_BYTES - len(head) - cut)
    contents = read(f'{head}{blank}-1.5e+3,{{"sku":"B","name":"c"}}]')
    assert contents.codes == [(2, "json_not_an_object")]
    assert contents.skus == ["A", "B"]


@pytest.mark.parametrize("cut", range(1, 6))
def test_an_escape_between_two_pieces_is_no_way_around_the_rules(cut: int) -> None:
    head, name = '[{"sku":"A",', '"name":"'
    blank = " " * (PIECE_BYTES - len(head) - len(name) - cut)
    contents = read(f'{head}{blank}{name}\\u0000"}}]')
    assert contents.records == []
    assert contents.codes == [(1, "control_character")]
