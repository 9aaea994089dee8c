"""Zip archives: which file is meant, and its bytes (APPNOTE 6.3)."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from pricebook.feed.errors import FeedError
from pricebook.feed.records import storable
from pricebook.feed.unpack.limits import Guard, damaged

MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"
_PIECE_BYTES = 16 * 1024
_RAW_WINDOW = -15
_ENCRYPTED = 0x1
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_MAX_DIRECTORY = 4 * 1024**2
_IN_64_BITS = 0xFFFFFFFF
_TAIL = (1 << 16) + 200
_MAX_LISTED = 5
_MAX_SHOWN_NAME = 80
_ENDINGS = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".xlsx", ".xml")
_WEAK_ENDINGS = (".txt",)
# What zipfile raises for archives that are none, or are packed in a way that it does not know.
_ERRORS = (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, struct.error)


def list_members(file: IO[bytes], filename: str) -> list[zipfile.ZipInfo]:
    """Return the files of an archive, without folders and what macOS adds."""
    _check_directory(file, filename)
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (*_ERRORS, OverflowError, MemoryError) as error:
        raise damaged(filename, "zip archive") from error
    # Not by is_dir: a damaged name may be blank, which is an IndexError there.
    return [info for info in found if not info.filename.endswith("/")]


def choose_member(members: list[zipfile.ZipInfo], filename: str) -> zipfile.ZipInfo:
    """Return the one product file; raise FeedError when there is none, or several."""
    files = [info for info in members if not _is_litter(info.filename)]
    for endings in (_ENDINGS, _WEAK_ENDINGS):
        named = [info for info in files if _ending(info.filename) in endings]
        if named:
            files = named
            break
    if not files:
        message = f"{filename} is a zip archive without a file. Upload one with a product file."
        raise FeedError("archive_empty", message)
    if len(files) > 1:
        raise FeedError("archive_ambiguous", _several(files, filename))
    return files[0]


class ZipMember:
    """Read one file of an archive, as far as its own size and checksum go.

    Not by zipfile: that trusts the size that the archive claims, and knows formats that nobody
    sends product lists in.
    """

    def __init__(self, file: IO[bytes], info: zipfile.ZipInfo, guard: Guard) -> None:
        self._file = file
        self._guard = guard
        self._info = info
        self._packed = b""
        self._left = info.compress_size
        self._crc = 0
        self._inflater = _inflater(info, guard.filename)
        self._ended = False
        if info.header_offset < 0:
            raise self._damaged()
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(MAGIC):
            raise self._damaged()
        _, name_size, extra_size = _LOCAL_HEADER.unpack(header)
        self._at: int = info.header_offset + _LOCAL_HEADER.size + name_size + extra_size

    @property
    def bytes_read(self) -> int:
        """How far in the archive the reading is."""
        return self._at

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, b"" at the end; raise FeedError for what is damaged."""
        data = b""
        while not data and not self._ended:
            data = self._stored(size) if self._inflater is None else self._inflate(size)
        if data:
            self._crc = zlib.crc32(data, self._crc)
            self._guard.count(len(data))
        elif self._crc != self._info.CRC:
            raise self._damaged()
        return data

    def _stored(self, size: int) -> bytes:
        data = self._fetch(size)
        if not data:
            if self._left:
                raise self._damaged()
            self._ended = True
        return data

    def _inflate(self, size: int) -> bytes:
        inflater = self._inflater
        assert inflater is not None  # noqa: S101 - the caller has looked
        self._packed = self._packed or self._fetch(_PIECE_BYTES)
        if not self._packed:
            raise self._damaged()
        try:
            data = inflater.decompress(self._packed, size)
        except zlib.error as error:
            raise self._damaged() from error
        self._packed = inflater.unconsumed_tail
        self._ended = inflater.eof
        return data

    def _fetch(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(size, self._left))
        self._at += len(data)
        self._left -= len(data)
        return data

    def _damaged(self) -> FeedError:
        return damaged(self._guard.filename, "zip archive")


def _inflater(info: zipfile.ZipInfo, filename: str) -> "zlib._Decompress | None":
    """Return what unpacks a member, None for one that is stored as it is."""
    if info.flag_bits & _ENCRYPTED:
        message = f"{filename} is locked with a password. Pack it again without one."
        raise FeedError("archive_encrypted", message)
    if info.compress_type == zipfile.ZIP_STORED:
        return None
    if info.compress_type == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(_RAW_WINDOW)
    message = (
        f"{filename} is packed in a way that only few programs understand. Pack it again as a "
        "usual zip archive, or upload it unpacked."
    )
    raise FeedError("archive_unusual", message)


def _is_litter(name: str) -> bool:
    """Tell whether a program put a file there for itself."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _ending(name: str) -> str:
    return PurePosixPath(name.lower().removesuffix(".gz")).suffix


def _several(files: list[zipfile.ZipInfo], filename: str) -> str:
    names = ", ".join(storable(info.filename[:_MAX_SHOWN_NAME]) for info in files[:_MAX_LISTED])
    more = f" and {len(files) - _MAX_LISTED:,} more" if len(files) > _MAX_LISTED else ""
    return (
        f"{filename} holds {len(files):,} files: {names}{more}. Upload the one with the products, "
        "or an archive with that one only."
    )


def _check_directory(file: IO[bytes], filename: str) -> None:
    """Refuse a directory so large that listing it would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    # Every place is asked that might be taken for the end record, the one of 64 bits included.
    claims: list[int] = [
        int(struct.unpack_from(layout, tail, at + offset)[0])
        for mark, layout, offset in ((b"PK\x05\x06", "<I", 12), (b"PK\x06\x06", "<Q", 40))
        for at in _places(tail, mark)
        if at + offset + 8 <= len(tail)
    ]
    if any(_MAX_DIRECTORY < claim != _IN_64_BITS for claim in claims):
        message = f"{filename} holds too many files. Upload an archive with one product file."
        raise FeedError("archive_ambiguous", message)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)
