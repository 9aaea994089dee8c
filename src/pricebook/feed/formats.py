"""Which format a file has, by its first bytes; for others, what the person can do instead."""

import re

from pricebook.feed.encoding import UTF8, Utf8Converter, detect_encoding
from pricebook.feed.errors import FeedError
from pricebook.feed.readers.json_document import JsonDocumentTable
from pricebook.feed.readers.json_lines import JsonLinesTable, looks_like_json_lines
from pricebook.feed.readers.text_table import TextTable
from pricebook.feed.readers.xlsx_file import XlsxTable
from pricebook.feed.readers.xml_file import XmlTable
from pricebook.feed.table import SAMPLE_BYTES, Table
from pricebook.feed.unpack.layers import Unpacking

_AS_CSV = "Save or export it as CSV or .xlsx and upload that."
_UNPACK = "Unpack it and upload the product file inside."
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"BZh91AY&SY", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\0", "an xz archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"PK\x07\x08", "an archive in several parts", _UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or locked Excel workbook", _AS_CSV),
    (b"PAR1", "a Parquet file", _AS_CSV),
    (b"%PDF", "a PDF document", "Ask its sender for the same list as CSV."),
    (b"\x89PNG", "a picture", "Upload the product list itself, as CSV."),
    (b"\xff\xd8\xff", "a picture", "Upload the product list itself, as CSV."),
)
JSON_START = re.compile(r"\s*(?:\[\s*[\[{\]]|\{\s*[\"}])")
_MARKUP_START = re.compile(r"\s*<(?:\?xml|!doctype|!--|[a-z_][\w:.-]*[\s/>])", re.IGNORECASE)
_HTML_START = re.compile(r"\s*<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
_UTF8_BOM = b"\xef\xbb\xbf"


def open_table(unpacking: Unpacking, *, encoding: str = "", delimiter: str = "") -> Table:
    """Open the table of whatever format it is.

    `encoding` and `delimiter` are what a person has chosen for text, "" finds them out. Nothing is
    taken from the source, so that the table can be opened again.
    Raises FeedError `file_empty` or `format_not_supported`, and what the format's own reader has
    against the file.
    """
    filename, source = unpacking.filename, unpacking.source
    if unpacking.workbook is not None:
        return XlsxTable(unpacking.workbook, size=unpacking.workbook_size, filename=filename)
    sample = source.peek(SAMPLE_BYTES)
    if not sample.strip(b" \t\r\n\0" + _UTF8_BOM):
        raise FeedError("file_empty", f"{filename} is empty. Upload a file with a header and rows.")
    for signature, what, advice in _SIGNATURES:
        if sample.startswith(signature):
            raise _not_supported(filename, what, advice)
    text = _decode(sample, encoding, complete=len(sample) < SAMPLE_BYTES)
    if looks_like_json_lines(text, complete=len(sample) < SAMPLE_BYTES):
        return JsonLinesTable(source, filename=filename, encoding=encoding)
    if JSON_START.match(text):
        return JsonDocumentTable(source, filename=filename, encoding=encoding)
    if _MARKUP_START.match(text):
        if _HTML_START.match(text):
            raise _not_supported(filename, "an HTML page", _AS_CSV)
        return XmlTable(source, filename=filename)
    return TextTable(source, filename=filename, encoding=encoding, delimiter=delimiter)


def _not_supported(filename: str, what: str, advice: str) -> FeedError:
    message = f"{filename} is {what}, which cannot be imported. {advice}"
    return FeedError("format_not_supported", message)


def _decode(sample: bytes, encoding: str, *, complete: bool) -> str:
    found = detect_encoding(sample, complete=complete, chosen=encoding)
    converter = Utf8Converter(found, settled=True)
    return converter.convert(sample, final=complete).decode(UTF8, "replace")
