"""The files that fuzzing begins with, made of small tables of our own."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path

from tests.fuzz.wishes import WISHES_BYTES
from tests.fuzz.workbooks import BETWEEN_PARTS, PARTS
from tests.unit.feed.product_samples import (
    as_csv,
    as_json,
    as_json_lines,
    as_xlsx,
    as_xml,
    sheet_of,
    text_cell,
    workbook,
)

Table = tuple[Sequence[str], Sequence[Sequence[str]]]
Writer = Callable[[Sequence[str], Sequence[Sequence[str]]], bytes]

_WISHES = (bytes(WISHES_BYTES), b"\1" * WISHES_BYTES)
"""Behind every seed: the first option of everything, and the second."""

TABLES: Sequence[Table] = (
    (
        ["sku", "name", "description", "price", "active"],
        [
            ["A-1", "Mug", "Blue\nwith a handle", "12.50", "true"],
            ["B-2", 'Table, 48" wide', "", "1,234.00 EUR", "no"],
            ["", "Nobody's", "x", "-1", "maybe"],
            ["[clear]", "'=1+1", "[clear]", "", ""],
        ],
    ),
    (
        ["Artikelnummer", "Bezeichnung", "VK-Preis", "Marke", "EAN"],
        [["10", "Tür", "26.067,00", "Ä & Co", "4006381333931"], ["11", "Ölkanne", "9,5 €", "", ""]],
    ),
    (
        ["Handle", "Title", "Vendor", "Option1 Value", "Variant SKU", "Variant Price", "Image Src"],
        [
            ["mug", "Mug", "Acme", "Red", "", "5.00", "https://a.example/m.jpg"],
            ["mug", "", "", "Blue", "", "5.10", ""],
            ["mug", "", "", "", "", "", "https://a.example/n.jpg"],
            ["cup", "Cup", "Acme", "S", "C-1", "$3", "a.jpg, https://a.example/c d.jpg"],
        ],
    ),
    (
        ["id", "title", "link", "image link", "availability", "price", "attributes", "hidden"],
        [
            ["1", "a", "http://a.example", "", "in stock", "15.00 USD", '{"b":[1,"x"]}', "0"],
            ["2", "b", "", "", "out of stock", "2", '{"a":1e400}', "1"],
        ],
    ),
    # Longer than samples, batches and rows are where sizes are made small.
    (
        ["sku", "name", "price"],
        [[f"S{i}", "long " * 300 if i == 20 else f"Thing {i}", f"{i}.5"] for i in range(30)],
    ),
)


def texts() -> list[bytes]:
    """Return delimited texts, in the ways that they are written."""
    found = [as_csv(*table) for table in TABLES]
    for header, rows in TABLES:
        for delimiter, newline, encoding in (
            (";", "\r\n", "cp1252"),
            ("\t", "\n", "utf-8-sig"),
            ("|", "\r", "utf-8"),
            (",", "\n", "utf-16"),
            (";", "\n", "utf-16-be"),
        ):
            text = _delimited(header, rows, delimiter, newline)
            found.append(text.encode(encoding, "replace"))
    return [
        *found,
        b"sep=;\nsku;name\nA;b\n",
        b'List of products\n\nsku,name,price\nA,b,1\n\nB,c,2\nC,"d,3\nD,e,4\n',
        b'sku,name,price\nA,"say \\"hi\\", you",1\nB,"c",2\n',
        b'sku,name\nA,"x \\"" y"\nB,"x \\"" y"\nC,"x \\"" y"\n',
        b'sku\tname\nA\t"12"\nB\t5" nail\nC\t"x\n',
        b"name,sku\r\nsku,name\r\nA,b\r\n\xff\xfe,\x00\r\n",
    ]


def json_texts() -> list[bytes]:
    """Return JSON documents and JSON lines."""
    writers: Sequence[Writer] = (
        as_json_lines,
        partial(as_json, indent=None),
        partial(as_json, indent=1),
    )
    nested = {"sku": "A", "name": None, "price": 1.5e3, "brand": {"name": "x"}, "tags": ["a", 2]}
    return [
        *(write(*table) for table in TABLES for write in writers),
        json.dumps({"data": {"products": [nested, nested]}}).encode(),
        json.dumps({"10": nested, "11": {**nested, "deep": {"a": {"b": {"c": [[1]]}}}}}).encode(),
        json.dumps([{"product": nested}, {"product": nested}, 5]).encode(),
        json.dumps(nested).encode() * 3,
        json.dumps([nested, {"attributes": {"b": True}}], indent=2).encode("utf-16"),
        b'{"sku":"A","sku":"B"}\n{"sku":"\\ud800","name":"\\u0000"}\n{"sku":NaN}\n[1]\n{"sku"\n',
    ]


def xml_texts() -> list[bytes]:
    """Return XML documents."""
    google = b'xmlns:g="http://base.google.com/ns/1.0"'
    rss = (
        b"<rss %b><channel><title>t</title>\n"
        b"<item><g:id>A</g:id><title>b</title><g:price>1 EUR</g:price></item>\n"
        b"<item><g:id>B</g:id><link>http://a.example/</link><id>9</id></item></channel></rss>"
    )
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom" %b><entry><id>1</id><g:id>A</g:id>'
        b'<link href="http://a.example/"/><title><![CDATA[x<y]]></title></entry></feed>'
    )
    latin = (
        b'<?xml version="1.0" encoding="iso-8859-1"?><p><product sku="A" name="\xe9">'
        b"<size><w>1</w><w>2</w></size>text &amp; &#8364;</product><product/></p>"
    )
    wide = '<?xml version="1.0" encoding="utf-16"?><a><b><sku>A</sku></b><b/></a>'
    written = (as_xml([_element(t) for t in header], rows) for header, rows in TABLES)
    return [*written, rss % google, atom % google, latin, wide.encode("utf-16")]


def workbooks() -> list[bytes]:
    """Return the parts of workbooks, put one behind another."""
    header, rows = TABLES[0]
    typed = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>'
        + text_cell("price", "D1")
        + '</row><row r="3"><c r="A3" t="str"><v>x</v></c><c r="B3" s="1"><v>45000.5</v></c>'
        '<c r="C3" t="b"><v>1</v></c><c r="D3"><f>A1+1</f><v>1e-7</v></c></row>'
        '<row r="4"><c r="A4"><v>1234567890123456</v></c><c r="B4" t="e"><v>#N/A</v></c></row>'
    )
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><t>sku</t></si><si><r><t>na</t></r><r><t>me</t></r></si></sst>"
    )
    hidden = workbook({"A": sheet_of([["x"]]), "B": typed}, hidden=["A"])
    return [
        _parts(as_xlsx(header, rows)),
        _parts(workbook({"S": typed}), strings),
        _parts(hidden, strings),
    ]


def write_seeds(folder: Path, files: Sequence[bytes]) -> None:
    """Write the files into an empty folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (file, wishes) in enumerate(product(files, _WISHES)):
        (folder / f"seed-{number}").write_bytes(file + wishes)


def _delimited(
    header: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str, newline: str
) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows([header, *rows])
    return buffer.getvalue()


def _element(title: str) -> str:
    return title.replace(" ", "_")


def _parts(packed: bytes, strings: str = "") -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/sharedStrings.xml"] = strings.encode()
    return BETWEEN_PARTS.join(parts.get(name, b"") for name in PARTS)
