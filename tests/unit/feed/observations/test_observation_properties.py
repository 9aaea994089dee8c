"""However a file is laid out, and whichever way its values are read, the outcome is the same."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.feed.observations.price_samples import Contents, lines, read

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12), st.decimals(-10, 10**6, places=3).map(float), st.just(0)
)
VALUES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.lists(TEXTS, max_size=3))
KEYS = (
    *("sku", "stockcode", "name", "brand", "barcode", "description", "size", "image_url", "url"),
    *("category_path", "price", "price_was", "price_save_amount", "unit_price", "unit_of_measure"),
    *("per_unit_price_string", "is_on_special", "is_available", "ingredients", "promotion_type"),
)
PRODUCTS = st.lists(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=len(KEYS)), min_size=1, max_size=8
)
FIRST = {"sku": "FIRST", "price": 1}


def outcome(contents: Contents) -> object:
    """Return what was read, without the places."""
    reasons = [[(p.column, p.code) for p in each.problems] for each in contents.rejections]
    records = [record._replace(line=0) for record in contents.records]
    return records, reasons, [each.sku for each in contents.rejections]


@settings(deadline=None, max_examples=150)
@given(PRODUCTS)
def test_lines_and_documents_give_the_same(products: list[dict[str, object]]) -> None:
    items = [FIRST, *products]
    assert outcome(read(lines(*items, FIRST))) == outcome(read(json.dumps([*items, FIRST])))


@settings(deadline=None, max_examples=150)
@given(PRODUCTS)
def test_the_guarded_way_gives_the_same(products: list[dict[str, object]]) -> None:
    plain = [FIRST, *products, FIRST]
    guarded = [json.dumps(each)[:-1] + (", " if each else "") + '"x": 1e400}' for each in plain]
    assert outcome(read(lines(*plain))) == outcome(read(lines(*guarded)))


@settings(deadline=None, max_examples=100)
@given(PRODUCTS)
def test_a_row_means_the_same_alone_and_among_others(products: list[dict[str, object]]) -> None:
    together, rejected = [], []
    for each in products:
        alone = read(lines(FIRST, each))
        together += [record._replace(line=0) for record in alone.records[1:]]
        rejected += [[p.code for p in each.problems] for each in alone.rejections]
    contents = read(lines(FIRST, *products))
    assert [record._replace(line=0) for record in contents.records[1:]] == together
    assert [[p.code for p in each.problems] for each in contents.rejections] == rejected
