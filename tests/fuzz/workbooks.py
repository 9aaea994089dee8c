"""Target: workbooks whose parts are anything."""

import io
import zipfile
from typing import Final

from pricebook.feed.unpack.limits import Limits
from tests.fuzz.outcome import Asked, outcome_of
from tests.fuzz.wishes import Wishes

PARTS: Final = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/worksheets/sheet2.xml",
)
BETWEEN_PARTS: Final = b"\n%%%\n"
_LIMITS = (None, Limits(max_sheet=500), Limits(ratio_from=50, max_ratio=2))


def read_workbook(data: bytes) -> None:
    """Pack the parts into a workbook, damage the archive or not, and read it."""
    wishes = Wishes(data)
    asked = Asked(filename="products.xlsx", limits=wishes.pick(_LIMITS))
    method = wishes.pick((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    damages = [(wishes.number(1 << 16), wishes.piece(4)) for _ in range(wishes.number(3))]
    packed = _pack(wishes.file.split(BETWEEN_PARTS), method)
    for at, piece in damages:
        at %= len(packed) + 1  # noqa: PLW2901
        packed = packed[:at] + piece + packed[at + len(piece) :]
    outcome_of(packed, asked)


def _pack(parts: list[bytes], method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        named = zip(PARTS, parts, strict=False)
        for name, part in ((name, part) for name, part in named if part):
            archive.writestr(name, part)
    return buffer.getvalue()
