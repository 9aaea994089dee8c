"""Product files of every format, written for tests."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from pricebook.feed.choices import Choices
from pricebook.feed.columns import ColumnMapping
from pricebook.feed.mapping import complete_choices, map_columns
from pricebook.feed.product_file import ProductFile, open_products
from pricebook.feed.records import ProductRecord, Rejection
from pricebook.feed.table import Reading
from pricebook.feed.unpack.limits import Limits

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Contents(NamedTuple):
    """All that a file says."""

    records: list[ProductRecord]
    rejections: list[Rejection]
    reading: Reading
    header: list[str]
    ignored: tuple[str, ...]

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(each.line, each.problems[0].code) for each in self.rejections]

    @property
    def skus(self) -> list[str]:
        return [record.sku for record in self.records]


def propose_mapping(
    header: Sequence[str], sample: Sequence[Sequence[str]] = (), choices: Choices | None = None
) -> ColumnMapping:
    """Return how a file of this header is read."""
    return map_columns(header, complete_choices(choices or Choices(), header, sample))


def opened(data: bytes | str, *, choices: Choices | None = None) -> ProductFile:
    """Open a product file that needs no copy on disk."""
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return open_products(stream, filename="products.csv", choices=choices)


def read(
    data: bytes | str,
    *,
    name: str = "products.dat",
    limits: Limits | None = None,
    choices: Choices | None = None,
) -> Contents:
    """Read a whole product file."""
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with open_products(stream, filename=name, limits=limits, choices=choices) as products:
        blocks = list(products.blocks())
        assert products.bytes_read == stream.tell() == len(stream.getvalue())
        return Contents(
            [record for block in blocks for record in block.records],
            [rejection for block in blocks for rejection in block.rejections],
            products.reading,
            products.header,
            products.ignored,
        )


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return delimited text."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return buffer.getvalue().encode()


def as_json_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return one object a line."""
    objects = (dict(zip(header, row, strict=True)) for row in rows)
    return "".join(json.dumps(each) + "\n" for each in objects).encode()


def as_json(header: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int | None) -> bytes:
    """Return a JSON array."""
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    return json.dumps(objects, indent=indent, ensure_ascii=False).encode()


def as_xml(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return XML with an element <product> for each row."""
    products = "".join(
        "<product>"
        + "".join(f"<{t}>{escape(c)}</{t}>" for t, c in zip(header, row, strict=True))
        + "</product>\n"
        for row in rows
    )
    return f'<?xml version="1.0"?>\n<products>\n{products}</products>\n'.encode()


def as_xlsx(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook of text cells."""
    return workbook({"Products": sheet_of([header, *rows])})


def sheet_of(rows: Sequence[Sequence[str]]) -> str:
    """Return the XML of rows of text cells."""
    return "".join(
        f'<row r="{number}">' + "".join(text_cell(cell) for cell in row) + "</row>"
        for number, row in enumerate(rows, 1)
    )


def text_cell(text: str, at: str = "") -> str:
    """Return the XML of a cell that holds text."""
    place = f' r="{at}"' if at else ""
    return f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def workbook(sheets: Mapping[str, str], *, hidden: Sequence[str] = ()) -> bytes:
    """Return a workbook of sheets, given as the XML of their rows.

    The number formats of styles 0 to 2 are: none, a date, a date with time.
    """
    entries, targets, files = "", "", {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        entries += f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="r{number}"/>'
        targets += _target(f"r{number}", "worksheet", f"worksheets/sheet{number}.xml")
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    files |= {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": _targets(_target("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{entries}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _targets(targets + _target("r0", "styles", "styles.xml")),
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return zipped({name: (declared + text).encode() for name, text in files.items()})


def _target(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _targets(targets: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}</Relationships>'


def gzipped(*members: bytes) -> bytes:
    """Return a gzip file of these members."""
    return b"".join(gzip.compress(member, mtime=0) for member in members)
