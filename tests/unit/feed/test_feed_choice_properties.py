"""What must hold whatever is chosen of whatever table."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pricebook.feed.choices import Choices
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.errors import FeedError
from pricebook.feed.mapping import complete_choices, map_columns
from pricebook.feed.outline import column_names
from pricebook.feed.presets import PRESETS
from pricebook.feed.records import ProductRecord, is_storable
from pricebook.feed.rewrite import make_builder
from tests.depth import examples
from tests.unit.feed.product_samples import opened

exhaustive = settings(database=None, deadline=None, max_examples=examples(50))

FIELDS = ProductRecord._fields[1:]
TITLES = (
    *("sku", "name", "Name", "price", "Handle", "Variant Price", "Option1 Value", "out of stock"),
    *("attributes", "description", "", "x", "MPC (EUR)"),
)
CELLS = st.sampled_from(
    [
        *(
            "",
            "",
            " ",
            "A",
            "a-1",
            "1",
            "12.50",
            "2500",
            "1,5",
            "$5",
            "EUR",
            "true",
            "no",
            "[clear]",
        ),
        *("https://a.example/", '{"b":1}', "'=1", "é\ufffd", "line\nbreak", "x" * 600, *TITLES),
    ]
)


@st.composite
def choices_of(draw: st.DrawFn, names: list[str]) -> Choices:
    some = st.lists(st.sampled_from(names), max_size=3, unique=True).map(tuple)
    named = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(names), max_size=6)
    defaults = st.dictionaries(st.sampled_from(FIELDS[1:]), CELLS, max_size=3)
    said: Mapping[str, Any] = {
        "minor_units": draw(st.booleans()),
        "currency": draw(st.sampled_from(["", "EUR"])),
        "preset": draw(st.sampled_from(["", "none", *(preset.name for preset in PRESETS)])),
        "columns": draw(st.none() | named | named.map(lambda fields: {"sku": names[0], **fields})),
        "inverted": draw(st.sampled_from([None, True, False])),
        "attributes": draw(some),
        "defaults": draw(defaults),
        "key_columns": draw(some),
        "fill_down": draw(st.booleans()),
        "clear_token": draw(st.sampled_from(["[clear]", "", "A", "1"])),
    }
    return Choices(**said)


@exhaustive
@given(data=st.data())
def test_every_row_that_is_not_blank_is_one_record_or_one_rejection(data: st.DataObject) -> None:
    header = ["sku", *data.draw(st.lists(st.sampled_from(TITLES), min_size=1, max_size=6))]
    row = st.lists(CELLS, max_size=len(header) + 1) | st.just(header)
    rows = data.draw(st.lists(row, max_size=12))
    choices = data.draw(choices_of(column_names(header)))
    try:
        choices = complete_choices(choices, header, rows)
        mapping = map_columns(header, choices)
    except FeedError as error:
        event(f"refused: {error.code}")
        return
    event("rewritten" if mapping.key or mapping.attributes or choices.defaults else "plain")
    lines = range(2, 2 + len(rows))
    whole = make_builder(mapping, ".", choices).build(lines, rows, unsafe=False)
    records, rejections = whole.records, whole.rejections
    filled = [line for line, row in zip(lines, rows, strict=True) if any(map(str.strip, row))]
    assert sorted(each.line for part in (records, rejections) for each in part) == filled
    for part in (records, rejections):
        assert [each.line for each in part] == sorted(each.line for each in part)
    for rejection in rejections:
        assert rejection.problems
        assert list(rejection.values) == rows[rejection.line - 2]
    # In however many batches they come.
    builder = make_builder(mapping, ".", choices)
    single = [builder.build([n], [row], unsafe=False) for n, row in zip(lines, rows, strict=True)]
    assert [record for block in single for record in block.records] == records
    assert [rejection for block in single for rejection in block.rejections] == rejections


@exhaustive
@given(
    data=st.binary(max_size=200)
    | st.text(st.sampled_from("sku,name;\n\t\"'A1é漢\\{}[]:|"), max_size=80).map(str.encode),
    encoding=st.sampled_from(["", "utf-7", *ENCODINGS]),
    delimiter=st.sampled_from(["", ",", ";", "~", " ", '"']) | st.characters(),
    columns=st.sampled_from([None, None, {"sku": "Column 1", "name": "name"}]),
    head=st.sampled_from(["", "sku,name,price\n", "\ufeffsku,name,price\n"]),
)
def test_any_bytes_are_read_or_refused_with_a_sentence_whatever_is_chosen(
    data: bytes, encoding: str, delimiter: str, columns: dict[str, str] | None, head: str
) -> None:
    choices = Choices(encoding=encoding, delimiter=delimiter, columns=columns)
    header = head.replace(",", delimiter or ",").encode(encoding or "utf-8", "replace")
    try:
        blocks = list(opened(header + data, choices=choices).blocks())
    except FeedError as error:
        event(f"refused: {error.code}")
        sentence = str(error)
        sentence.encode()
    else:
        event("read")
        records = [record for block in blocks for record in block.records]
        rejections = [rejection for block in blocks for rejection in block.rejections]
        assert all(rejection.problems for rejection in rejections)
        texts = [*(map(str, record[1:]) for record in records), *(r.values for r in rejections)]
        assert all(map(is_storable, chain.from_iterable(texts)))
        sentence = "It was read."
    assert sentence[-1] in ".)"
