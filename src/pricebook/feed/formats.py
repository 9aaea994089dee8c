"""Files that are no delimited text: recognised, so that the person is told what to do instead."""

import re

from pricebook.feed.errors import FeedError

_AS_CSV = "Save or export it as CSV and upload that."
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", "Unpack it and upload the CSV inside."),
    (b"BZh91AY&SY", "a bzip2 archive", "Unpack it and upload the CSV inside."),
    (b"\xfd7zXZ\0", "an xz archive", "Unpack it and upload the CSV inside."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it and upload the CSV inside."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it and upload the CSV inside."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", _AS_CSV),
    (b"PAR1", "a Parquet file", _AS_CSV),
    (b"%PDF", "a PDF document", "Ask its sender for the same list as CSV."),
    (b"\x89PNG", "a picture", "Upload the product list itself, as CSV."),
    (b"\xff\xd8\xff", "a picture", "Upload the product list itself, as CSV."),
)
_JSON_START = re.compile(rb"\s*(?:\[\s*[\[{\]]|\{\s*[\"}])")
_MARKUP_START = re.compile(rb"\s*<(?:\?xml|!doctype|html|rss|feed|[a-z]+[ >])", re.IGNORECASE)
_UTF8_BOM = b"\xef\xbb\xbf"


def refuse_other_formats(sample: bytes, *, filename: str) -> None:
    """Raise FeedError `file_empty` or `format_not_supported` for what is no text table."""
    if not sample.strip(b" \t\r\n\0" + _UTF8_BOM):
        raise FeedError("file_empty", f"{filename} is empty. Upload a file with a header and rows.")
    found = _recognise(sample)
    if found is not None:
        what, advice = found
        message = f"{filename} is {what}, which cannot be imported yet. {advice}"
        raise FeedError("format_not_supported", message)


def _recognise(sample: bytes) -> tuple[str, str] | None:
    for signature, what, advice in _SIGNATURES:
        if sample.startswith(signature):
            return what, advice
    if sample.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in sample or b"xl/" in sample:
            return "an Excel workbook (.xlsx)", _AS_CSV
        return "a zip archive", "Unpack it and upload the CSV inside."
    text = sample.removeprefix(_UTF8_BOM)
    if _JSON_START.match(text):
        return "a JSON file", _AS_CSV
    if _MARKUP_START.match(text):
        return "an XML or HTML file", _AS_CSV
    return None
