"""Storage in a folder of this machine; this product itself serves its signed addresses (`gate`).

A file that came in one piece is a file under its key. One that came in parts is a folder of them
under its key: it is complete by a rename, however large it is, and read part after part.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from pricebook.files.contract import (
    Content,
    NoSuchMultipart,
    Part,
    SignedPut,
    StorageUnavailable,
)
from pricebook.files.pieces import open_pieces
from pricebook.files.space import telling_when_full
from pricebook.files.tickets import Ticket, sign_ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

# Beside the folders of the keys, whose names are two hexadecimal digits.
INCOMING: Final = "incoming"
_MULTIPART: Final = "multipart"


class LocalStorage:
    """The contract of storage, kept by a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign_put(self, key: str, content: Content, lifetime: timedelta) -> SignedPut:
        """Sign a PUT of a whole file."""
        return sign_ticket(Ticket(key, content), lifetime)

    @telling_when_full()
    def begin_multipart(self, _key: str, _content_type: str) -> str:
        """Begin an upload in parts and return its id."""
        multipart = secrets.token_hex(16)
        self._parts(multipart).mkdir(parents=True)
        return multipart

    def sign_part(
        self, key: str, multipart: str, number: int, content: Content, lifetime: timedelta
    ) -> SignedPut:
        """Sign a PUT of one part."""
        return sign_ticket(Ticket(key, content, multipart, number), lifetime)

    def list_parts(self, _key: str, multipart: str) -> list[Part]:
        """Return the parts that have arrived, by number. Raises NoSuchMultipart."""
        try:
            found = sorted(self._parts(multipart).iterdir())
            return [Part(int(path.name), path.stat().st_size) for path in found]
        except FileNotFoundError:
            raise NoSuchMultipart(multipart) from None

    @telling_when_full()
    def complete_multipart(self, key: str, multipart: str, parts: Sequence[Part]) -> None:
        """Make the file of its parts. Raises NoSuchMultipart."""
        source, target = self._parts(multipart), self._path(key)
        wanted = {_part_name(part.number) for part in parts}
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            present = {path.name for path in source.iterdir()}
            if not wanted or wanted - present:
                message = f"Parts of the multipart upload {multipart} are missing."
                raise StorageUnavailable(message)
            for name in present - wanted:
                (source / name).unlink()
            source.rename(target)
        except FileNotFoundError:
            raise NoSuchMultipart(multipart) from None
        _name_to_disk(target)

    def abort_multipart(self, _key: str, multipart: str) -> None:
        """Forget an upload and its parts; one that is gone already is no error."""
        with suppress(FileNotFoundError):
            self._discard(self._parts(multipart))

    def size(self, key: str) -> int | None:
        """Return the bytes of a file, or None when there is no such file."""
        path = self._path(key)
        with suppress(FileNotFoundError):
            pieces = path.iterdir() if path.is_dir() else (path,)
            return sum(piece.stat().st_size for piece in pieces)
        return None

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading forwards. Raises FileNotFoundError."""
        path = self._path(key)
        return open_pieces(sorted(path.iterdir())) if path.is_dir() else path.open("rb")

    @contextmanager
    def write(self, key: str) -> Iterator[BinaryIO]:
        """Write a file that becomes visible whole when the block ends well, or not at all."""
        target = self._path(key)
        with telling_when_full(), self._draft() as (path, stream):
            yield stream
            _to_disk(stream)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            _name_to_disk(target)

    @contextmanager
    def receive(self, ticket: Ticket) -> Iterator[BinaryIO]:
        """Write what a ticket allows; it is there when the block ends well, or not at all.

        Raises FileExistsError for a file that is there already, and NoSuchMultipart for a part of
        an upload that has ended.
        """
        target = self._path(ticket.key)
        if ticket.number:
            target = self._parts(ticket.multipart) / _part_name(ticket.number)
            if not target.parent.is_dir():
                raise NoSuchMultipart(ticket.multipart)
        elif target.exists():
            raise FileExistsError(ticket.key)
        with self._draft() as (path, stream):
            yield stream
            _to_disk(stream)
            if ticket.number:
                _replace_part(path, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                # Unlike a rename, a link never replaces the file of one who was faster.
                target.hardlink_to(path)
                _name_to_disk(target)

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""
        with suppress(FileNotFoundError):
            self._discard(self._path(key))

    def forget_unfinished(self, before: datetime) -> int:
        """Delete drafts and multipart uploads that nothing has come to since; return how many."""
        forgotten = 0
        for path in _inside(self._folder / INCOMING, self._folder / _MULTIPART):
            # What ends at this moment is gone by itself.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    self._discard(path)
                    forgotten += 1
        return forgotten

    def _discard(self, path: Path) -> None:
        """Delete a file, or a folder of pieces. Raises FileNotFoundError.

        The name goes first: what arrives for a folder while it is emptied finds none, and what
        cannot be deleted now is swept later.
        """
        folder = self._folder / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        away = path.rename(folder / secrets.token_hex(16))
        if away.is_dir():
            shutil.rmtree(away, ignore_errors=True)
        else:
            away.unlink(missing_ok=True)

    @contextmanager
    def _draft(self) -> Iterator[tuple[Path, BinaryIO]]:
        folder = self._folder / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / secrets.token_hex(16)
        try:
            with path.open("xb") as stream:
                yield path, stream
        finally:
            path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key

    def _parts(self, multipart: str) -> Path:
        return self._folder / _MULTIPART / multipart


def _part_name(number: int) -> str:
    """Return a name by which parts sort as their numbers do."""
    return f"{number:05}"


def _replace_part(path: Path, target: Path) -> None:
    try:
        path.replace(target)
        _name_to_disk(target)
    except FileNotFoundError:
        raise NoSuchMultipart(target.parent.name) from None


def _to_disk(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _name_to_disk(path: Path) -> None:
    """Let a power cut take neither the file nor its name: who is told of it may rely on it."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _inside(*folders: Path) -> Iterable[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from folder.iterdir()
