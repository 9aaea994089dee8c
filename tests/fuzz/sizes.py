"""The readers' sizes made small, so that small inputs meet every boundary between pieces."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from pricebook.feed import formats, product_file
from pricebook.feed.readers import (
    csv_file,
    json_document,
    json_lines,
    json_text,
    lines,
    text_table,
    xlsx_file,
    xml_file,
    xml_items,
)
from pricebook.feed.unpack import gzip_file, zip_file

_Places = list[tuple[ModuleType, str]]

_PIECES: _Places = [
    (text_table, "CHUNK_BYTES"),
    (json_lines, "CHUNK_BYTES"),
    (json_document, "PIECE_BYTES"),
    (xml_file, "PIECE_BYTES"),
    (json_text, "_KEPT"),
]
_PACKED_PIECES: _Places = [(gzip_file, "_PIECE_BYTES"), (zip_file, "_PIECE_BYTES")]
_BATCHES: _Places = [
    (csv_file, "BATCH_ROWS"),
    (json_lines, "BATCH_ROWS"),
    (json_document, "BATCH_ROWS"),
    (xlsx_file, "BATCH_ROWS"),
    (product_file, "BLOCK_ROWS"),
]
_THOUSANDTHS: _Places = [
    *_PIECES,
    *_PACKED_PIECES,
    *_BATCHES,
    (lines, "MAX_ROW"),
    (csv_file, "MAX_ROW"),
    (json_text, "MAX_ROW"),
    (xml_items, "MAX_ROW"),
    (xml_items, "_MAX_TOKEN"),
    (formats, "SAMPLE_BYTES"),
    (text_table, "SAMPLE_BYTES"),
    (json_lines, "SAMPLE_BYTES"),
    (json_document, "SAMPLE_BYTES"),
    (json_document, "_LARGEST_SAMPLE"),
    (json_document, "_BATCH_CHARACTERS"),
    (xml_file, "SAMPLE_BYTES"),
    (xml_file, "_LARGEST_SAMPLE"),
    (product_file, "BLOCK_BYTES"),
]


@contextmanager
def pieces_of(size: int) -> Iterator[None]:
    """Read files in pieces of so many bytes and in batches of so many rows."""
    places = [*_PIECES, *_PACKED_PIECES, *_BATCHES]
    with _set([(module, name, size) for module, name in places]):
        yield


@contextmanager
def thousandths() -> Iterator[None]:
    """Make every size a thousandth of what it is: samples, pieces, the longest row."""
    usual = csv.field_size_limit()
    small = [(module, name, max(1, getattr(module, name) // 1024)) for module, name in _THOUSANDTHS]
    csv.field_size_limit(usual // 1024)
    try:
        with _set(small):
            yield
    finally:
        csv.field_size_limit(usual)


@contextmanager
def _set(sizes: list[tuple[ModuleType, str, int]]) -> Iterator[None]:
    usual = [(module, name, getattr(module, name)) for module, name, _ in sizes]
    try:
        for module, name, size in sizes:
            setattr(module, name, size)
        yield
    finally:
        for module, name, size in usual:
            setattr(module, name, size)
