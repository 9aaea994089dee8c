"""What a person sees of a file before choosing its columns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricebook.feed.choices import Choices
from pricebook.feed.errors import FeedError
from pricebook.feed.outline import ColumnOutline, Outline, column_names, fingerprint
from pricebook.feed.table import Format
from tests.depth import examples
from tests.unit.feed.product_samples import opened


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["sku", " Name ", "Price"], ["sku", "Name", "Price"]),
        (["Price", "Price", "Price"], ["Price", "Price (2)", "Price (3)"]),
        (["Price", "price"], ["Price", "price"]),
        (["a", "", " "], ["a", "Column 2", "Column 3"]),
        (["Price (2)", "Price", "Price"], ["Price (2)", "Price", "Price (3)"]),
        (["", "Column 1"], ["Column 1", "Column 1 (2)"]),
        (["x\0", "x" * 300], ["x\ufffd", "x" * 200]),
    ],
)
def test_every_column_has_a_name_of_its_own(header: list[str], names: list[str]) -> None:
    assert column_names(header) == names


@settings(database=None, deadline=None, max_examples=examples(50))
@given(st.lists(st.sampled_from(["", "a", "a (2)", "a (3)", "Column 1", "Column 2", " a"])))
def test_no_two_columns_share_a_name(header: list[str]) -> None:
    names = column_names(header)
    assert len(set(names)) == len(names) == len(header)


def test_ten_thousand_columns_of_one_title_are_named_at_once() -> None:
    assert column_names(["x"] * 10_000)[-1] == "x (10000)"


def test_a_fingerprint_is_of_the_words_in_their_order() -> None:
    known = fingerprint(["SKU", "Name", "Préis €"], "csv")
    assert len(known) == 64
    assert fingerprint(["sku", " name:", "PREIS(€)"], "csv") == known
    assert fingerprint(["sku", "preis €", "name"], "csv") != known
    assert fingerprint(["sku", "name", "preis €", "colour"], "csv") != known
    assert fingerprint(["sku", "nam", "epreis €"], "csv") != known


@pytest.mark.parametrize("title", ["Price", "Price £", "Price $", "Price %", "Price #"])
def test_a_sign_that_tells_columns_apart_tells_fingerprints_apart(title: str) -> None:
    assert fingerprint(["sku", title], "csv") != fingerprint(["sku", "Price €"], "csv")


def test_a_header_has_a_fingerprint_for_each_format_but_one_for_both_kinds_of_json() -> None:
    formats: tuple[Format, ...] = ("csv", "json", "jsonl", "xlsx", "xml")
    marks = {format_: fingerprint(["sku", "name"], format_) for format_ in formats}
    assert len(set(marks.values())) == 4
    assert marks["json"] == marks["jsonl"]


def test_a_mended_reject_file_has_the_fingerprint_of_its_origin() -> None:
    reasons = ["error_line", "error_column", "error_code", "error_message"]
    assert fingerprint(["sku", "name", *reasons], "csv") == fingerprint(["sku", "name"], "csv")


def test_an_outline_shows_the_columns_and_how_they_are_read() -> None:
    outline = opened("Artikelnummer;Farbe;VKPreis;\n1;rot;0,15;\n2;;0,20;\n3;rot;0,15;x\n").outline
    assert outline == Outline(
        fingerprint=fingerprint(["Artikelnummer", "Farbe", "VKPreis", ""], "csv"),
        preset="",
        columns=(
            ColumnOutline("Artikelnummer", ("1", "2", "3")),
            ColumnOutline("Farbe", ("rot",)),
            ColumnOutline("VKPreis", ("0,15", "0,20")),
            ColumnOutline("Column 4", ("x",)),
        ),
        choices=Choices(
            preset="none",
            columns={"sku": "Artikelnummer", "price": "VKPreis"},
            inverted=False,
        ),
    )


def test_samples_are_few_short_and_storable() -> None:
    rows = "".join(f"{i},{'long ' * 30},a\0b\n" for i in range(20))
    sku, long, nul = opened("sku,name,x\n" + rows).outline.columns
    assert sku.samples == ("0", "1", "2", "3", "4")
    assert long.samples == (("long " * 16),)
    assert nul.samples == ("a\ufffdb",)


def test_ragged_rows_have_samples_too() -> None:
    columns = opened("sku,name\nA\nB,x,y\n").outline.columns
    assert columns == (ColumnOutline("sku", ("A", "B")), ColumnOutline("name", ("x",)))


def test_an_outline_read_again_by_its_own_choices_is_the_same() -> None:
    data = "Handle,Title,Variant SKU,Variant Price,Option1 Value\nmug,Mug,,1,Red\n"
    outline = opened(data).outline
    assert outline.preset == outline.choices.preset == "shopify"
    assert opened(data, choices=outline.choices).outline == outline


@pytest.mark.parametrize(
    ("data", "choices", "code", "proposed"),
    [
        ("Category,name,mrp\nA,b,1\n", None, "no_sku_column",
         {"category": "Category", "name": "name"}),
        ("id,value\nA,b\n", None, "no_other_column", {"sku": "id"}),
        ("sku,name\nA,b\n", Choices(columns={"sku": "sku", "price": "Preis"}), "column_missing",
         {"sku": "sku", "price": "Preis"}),
    ],
)  # fmt: skip
def test_a_file_whose_columns_are_of_no_use_is_outlined_in_the_error(
    data: str, choices: Choices | None, code: str, proposed: dict[str, str]
) -> None:
    with pytest.raises(FeedError) as caught:
        opened(data, choices=choices)
    assert caught.value.code == code
    outline = caught.value.outline
    assert outline is not None
    assert [column.name for column in outline.columns] == data.partition("\n")[0].split(",")
    assert outline.choices.columns == proposed


def test_what_is_no_table_has_no_outline() -> None:
    with pytest.raises(FeedError) as caught:
        opened("")
    assert caught.value.outline is None
