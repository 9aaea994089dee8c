"""Target: files in gzip and zip archives, whole or damaged."""

import gzip
import io
import zipfile

from pricebook.feed.unpack.limits import Limits
from tests.fuzz.outcome import Asked, outcome_of
from tests.fuzz.sizes import pieces_of
from tests.fuzz.wishes import Wishes

_MARKS = (b"\x1f\x8b", b"PK")
_MEMBERS = ("p.csv", "p", "p.gz", "ordner/p.xml", ".p", "é.txt", "漢.json", "../p.csv", "[x].csv")
_OTHERS = (
    "__MACOSX/p.csv",
    ".DS_Store",
    "folder/",
    "readme.txt",
    "second.csv",
    "META-INF/manifest.xml",
)
_LIMITS = (
    None,
    Limits(max_packed=200),
    Limits(max_unpacked=100),
    Limits(ratio_from=50, max_ratio=2),
    Limits(max_sheet=100),
)


def read_archive(data: bytes) -> None:
    """Pack the file, damage the archive or not, and read it.

    What is packed once or twice and not damaged says the same as the file itself.
    """
    wishes = Wishes(data)
    limits, piece = wishes.pick(_LIMITS), 1 + wishes.number(256)
    layers, is_alone = wishes.number(4), True
    methods = [wishes.number(5) for _ in range(layers)]
    damages = [(wishes.number(1 << 16), wishes.piece(4)) for _ in range(wishes.number(4))]
    other = wishes.pick(("", *_OTHERS))
    name = wishes.pick(_MEMBERS)
    file = packed = wishes.file
    for method in methods:
        packed = _pack(packed, method, name, other)
        is_alone = is_alone and (method < 3 or not other)
    for at, piece_of_damage in damages:
        at %= len(packed) + 1  # noqa: PLW2901
        packed = packed[:at] + piece_of_damage + packed[at + len(piece_of_damage) :]
    asked = Asked(filename="products.dat", at_once=piece, limits=limits)
    with pieces_of(piece):
        found = outcome_of(packed, asked)
    if limits is None and not damages and 0 < layers < 3 and is_alone:
        _check_same(file, found.records, name)


def _pack(data: bytes, method: int, name: str, other: str) -> bytes:
    if method == 0:
        return gzip.compress(data, 1, mtime=0)
    if method == 1:
        half = len(data) // 2
        members = (gzip.compress(part, 1, mtime=0) for part in (data[:half], b"", data[half:]))
        return b"".join(members)
    if method == 2:
        return gzip.compress(data, 1, mtime=0) + bytes(7)
    buffer = io.BytesIO()
    compression = zipfile.ZIP_STORED if method == 3 else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        if other:
            archive.writestr(other, b"")
        archive.writestr(name, data)
    return buffer.getvalue()


def _check_same(file: bytes, records: tuple[object, ...], name: str) -> None:
    # Members that begin with a point are nobody's product list.
    if file.startswith(_MARKS) or name.startswith("."):
        return
    assert outcome_of(file, Asked(filename="products.dat")).records == records
