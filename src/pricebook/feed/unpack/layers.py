"""A product file taken out of what it came in, at most two layers deep."""

from pathlib import Path
from typing import IO

from pricebook.feed.errors import FeedError
from pricebook.feed.source import PIECE_BYTES, ByteStream, Source
from pricebook.feed.unpack import gzip_file, zip_file
from pricebook.feed.unpack.gzip_file import Gunzip
from pricebook.feed.unpack.limits import Guard, Limits
from pricebook.feed.unpack.spool import spool
from pricebook.feed.unpack.workbook import check_workbook
from pricebook.feed.unpack.zip_file import ZipMember, choose_member, list_members

_MAX_LAYERS = 2
_WORKBOOK = "[Content_Types].xml"
_OPEN_DOCUMENT = "META-INF/manifest.xml"


class Unpacking:
    """The bytes of a product file, whatever it is packed in; told by their first bytes.

    A workbook, which is a zip archive itself, is left as it is: `workbook` is its copy on disk.
    """

    def __init__(
        self, stream: ByteStream, *, filename: str, limits: Limits, folder: Path | None
    ) -> None:
        self.filename = filename
        self.packed: tuple[str, ...] = ()
        self.member = ""
        self.workbook: IO[bytes] | None = None
        self.workbook_size = 0
        self.limits = limits
        self._original = self.source = Source(stream)
        self._folder = folder
        self._copies: list[IO[bytes]] = []
        self._zipped: tuple[ZipMember, int] | None = None
        self.guard = Guard(limits, filename, lambda: self._original.bytes_read)
        try:
            self._unpack()
        except BaseException:
            self.close()
            raise

    @property
    def bytes_read(self) -> int:
        """How many bytes of the original stream are taken into account so far."""
        if self._zipped is None:
            return self._original.bytes_read
        member, size = self._zipped
        return self._original.bytes_read * member.bytes_read // size

    def finish(self) -> None:
        """Read what is left of the original stream: somebody else may want to see all of it."""
        while self._original.read(PIECE_BYTES):
            pass
        self._zipped = None

    def close(self) -> None:
        """Remove the copies on disk."""
        for copy in self._copies:
            copy.close()

    def _unpack(self) -> None:
        while self.workbook is None and (kind := self._kind()):
            if kind == "zip":
                self._open_zip()
            else:
                self._check_depth()
                self.packed += ("gzip",)
                self.source = Source(Gunzip(self.source, self.guard))

    def _kind(self) -> str | None:
        beginning = self.source.peek(len(zip_file.MAGIC))
        if beginning.startswith(gzip_file.MAGIC):
            return "gzip"
        return "zip" if beginning in (zip_file.MAGIC, zip_file.EMPTY_MAGIC) else None

    def _open_zip(self) -> None:
        copy = spool(
            self.source,
            folder=self._folder,
            max_bytes=self.limits.max_packed,
            filename=self.filename,
        )
        self._copies.append(copy)
        members = list_members(copy, self.filename)
        if any(info.filename == _WORKBOOK for info in members):
            check_workbook(copy, members, self.limits, self.filename)
            self.workbook, self.workbook_size = copy, copy.seek(0, 2)
            return
        if any(info.filename == _OPEN_DOCUMENT for info in members):
            message = (
                f"{self.filename} is an OpenDocument file, which cannot be imported. Save the list "
                "as .xlsx or CSV and upload that."
            )
            raise FeedError("format_not_supported", message)
        self._check_depth()
        info = choose_member(members, self.filename)
        self.packed += ("zip",)
        self.member = info.filename
        member = ZipMember(copy, info, self.guard)
        self._zipped = member, copy.seek(0, 2)
        self.source = Source(member)

    def _check_depth(self) -> None:
        if len(self.packed) == _MAX_LAYERS:
            message = (
                f"{self.filename} is packed more than twice. Unpack it and upload what is inside."
            )
            raise FeedError("packed_too_deep", message)
