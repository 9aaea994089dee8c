"""Whatever a file says, its stores can be stored or are rejected."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pricebook.feed.errors import FeedError
from pricebook.feed.records import MAX_ATTRIBUTES
from pricebook.feed.stores.store_file import read_store_file
from tests.depth import examples
from tests.unit.feed.stores.store_samples import read

exhaustive = settings(database=None, deadline=None, max_examples=examples(50))

TITLES = [
    *("id", "storeId", "name", "brand", "Division", "address", "addressLine1", "city", "state"),
    *("postcode", "position", "latitude", "lng", "email", "hours", "hoursDay", "TradingHours"),
    *("Day", "OpenHour", "facilities", "storeUrl", "status", "isTrading", "other", "\ud800", ""),
]
WORDS = st.sampled_from(["", "x", "\0", "\ud800", "Mon", "&#xD800;", "\\udc00", "a\r\nb", "1e400"])
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text()
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(TITLES), inner, max_size=4)
    ),
    max_leaves=12,
)
STORES = st.dictionaries(st.sampled_from(TITLES), VALUES, max_size=8)


@exhaustive
@given(st.lists(STORES, max_size=3), st.dictionaries(st.sampled_from(TITLES), VALUES, max_size=3))
def test_every_store_is_kept_or_rejected(
    stores: list[dict[str, object]], heading: dict[str, object]
) -> None:
    metadata: dict[str, object] = {"company": "c", **heading}
    file = read({"metadata": metadata, "stores": stores})
    assert len(file.records) <= len(stores) - len(file.rejections)
    for record in file.records:
        text = repr(record)
        assert text.isprintable()
        assert "\\ud" not in text.replace("\\\\", "")
        assert "\\x00" not in text.replace("\\\\", "")
        assert 0 < len(record.store_id) <= 100
        assert len(record.attributes) <= MAX_ATTRIBUTES
        assert isinstance(json.loads(record.attributes), dict)


@exhaustive
@given(st.binary() | st.text(alphabet='[]{}",:\\ \n01nullestoresmetadata').map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(FeedError):
        assert read_store_file(content, filename="stores.json").company
