"""What a workbook would need in memory, found out before it is opened.

The reader holds a sheet as one dense rectangle: two cells in opposite corners are 17 billion. And
it unpacks what it is given. So every file inside is unpacked here first, piece by piece, and its
cells are counted.
"""

import re
import zipfile
from functools import partial
from typing import IO

from pricebook.feed.errors import FeedError
from pricebook.feed.unpack.limits import Guard, Limits
from pricebook.feed.unpack.zip_file import ZipMember

MAX_CELLS = 20_000_000
"""Of one sheet, blank ones in its rectangle included: some 100 bytes of memory each."""
_MAIN_PART = "xl/workbook.xml"
_CHUNK = 1024 * 1024
_OVERLAP = 256
# The letter first and what is before it afterwards: twice as fast.
_REFERENCE = re.compile(rb"""r(?<=[\s"']r)\s*=\s*["']([A-Za-z]*)([0-9]+)""")
_PREFIX = re.compile(rb"<[^\s<>/:\"']+:(?=(?:row|c|si)[\s/>])")
_HAS_PREFIX = (b":c ", b":c>", b":c/", b":row", b":si")


def check_workbook(
    file: IO[bytes], members: list[zipfile.ZipInfo], limits: Limits, filename: str
) -> None:
    """Raise FeedError for what is no .xlsx workbook, or would not fit into memory."""
    if not any(info.filename.lower() == _MAIN_PART for info in members):
        message = (
            f"{filename} is an Office document, but no .xlsx workbook. Save the list as .xlsx or "
            "CSV and upload that."
        )
        raise FeedError("format_not_supported", message)
    size = file.seek(0, 2)
    guard = Guard(_of_sheets(limits), filename, lambda: size)
    for info in members:
        part = _Part()
        member = ZipMember(file, info, guard)
        for chunk in iter(partial(member.read, _CHUNK), b""):
            part.add(chunk)
            if part.cells > MAX_CELLS:
                message = (
                    f"{filename} has a sheet of more than {MAX_CELLS:,} cells, blank ones "
                    "included. Save it as CSV, or delete what is far away from the list."
                )
                raise FeedError("sheet_too_large", message)


def _of_sheets(limits: Limits) -> Limits:
    return Limits(
        max_unpacked=limits.max_sheet, max_ratio=limits.max_ratio, ratio_from=limits.ratio_from
    )


class _Part:
    """Count the cells of a file inside a workbook, as if it were a sheet."""

    def __init__(self) -> None:
        self._held = b""
        self._columns: set[bytes] = set()
        self._rows = self._last_row = self._widest = self._written = self._in_row = 0

    @property
    def cells(self) -> int:
        """How many cells its rectangle has, or how many are written if that is more."""
        column = max(map(_column_number, self._columns), default=0)
        rectangle = max(self._rows, self._last_row) * max(column, self._widest)
        return max(rectangle, self._written)

    def add(self, chunk: bytes) -> None:
        """Look at the next piece. An attribute that is cut is seen whole with the next one."""
        data = self._held + chunk
        if any(mark in data for mark in _HAS_PREFIX):
            data = _PREFIX.sub(b"<", data)
        found = _REFERENCE.findall(data)
        if found:
            columns, rows = zip(*found, strict=True)
            self._columns.update(columns)
            self._last_row = max(self._last_row, *map(int, {row[:9] for row in rows}))
        self._count(data.removeprefix(self._held))
        self._held = chunk[-_OVERLAP:]

    def _count(self, data: bytes) -> None:
        """Count the cells of each row: not all of them say where they are."""
        rows = data.split(b"<row")
        counts = [row.count(b"<c") for row in rows]
        self._rows += len(rows) - 1
        self._written += sum(counts) + data.count(b"<si")
        counts[0] += self._in_row
        self._in_row = counts[-1]
        self._widest = max(self._widest, *counts)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters[:6].upper():
        number = number * 26 + letter - 64
    return number
