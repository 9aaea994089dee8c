"""What any file at all must come to."""

from __future__ import annotations

import io
import time

from hypothesis import currently_in_test_context, event

from pricebook.feed.errors import FeedError
from pricebook.feed.product_file import open_products
from pricebook.feed.records import Block

_SECONDS = 10
"""Far more than any file of a test needs on a busy machine."""


def check_outcome(data: bytes) -> None:
    """Check what any outcome must be."""
    blocks = _outcome(data)
    if isinstance(blocks, str):
        assert blocks[-1] in ".)"
        _note_event(f"refused: {blocks.partition(':')[0]}")
        return
    _note_event("read")
    places: list[int] = []
    for block in blocks:
        for record in block.records:
            texts = "".join(cell for cell in record[1:] if isinstance(cell, str))
            texts.encode()
            assert "\0" not in texts
            assert record.sku
        for rejection in block.rejections:
            assert rejection.problems
            "".join(rejection.values).encode()
        places += [record.line for record in block.records]
        places += [rejection.line for rejection in block.rejections]
    assert len(places) == len(set(places))


def _outcome(data: bytes) -> list[Block] | str:
    """Read a file as far as it goes; nothing but FeedError may come out, and soon."""
    began = time.monotonic()
    try:
        with open_products(io.BytesIO(data), filename="x.dat") as products:
            blocks = list(products.blocks())
            assert products.header
    except FeedError as error:
        return f"{error.code}: {error}"
    finally:
        assert time.monotonic() - began < _SECONDS
    return blocks


def _note_event(what: str) -> None:
    if currently_in_test_context():
        event(what)
