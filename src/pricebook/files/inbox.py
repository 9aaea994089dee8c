"""A folder that others put files into: what waits in it, and where files go once they are done.

A file is taken where it lies and leaves only when its content is safe elsewhere. Symbolic links are
never followed: whoever may write into the folder could have any file of this machine read.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pricebook.core.errors import TransientError

REASON: Final = ".reason.txt"
# What programs write before they give a file its name.
_UNFINISHED: Final = (".part", ".tmp")
# Bytes; what a name of 255 leaves for a number and for REASON.
_MAX_NAME: Final = 230
_MAX_SUFFIX: Final = 10
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_RESERVE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class FileChanged(TransientError):
    """Somebody has replaced or taken the file since it was read; what lies there now can wait."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold a file as it was when it was read."""

    path: Path
    content: bytes = field(repr=False)
    version: tuple[int, int, int, int]
    """What another file in its place would not have: device, inode, size, time of its change."""


def list_waiting(folder: Path) -> list[Path]:
    """Return the files below a folder, ordered by path; none if there is no such folder.

    Left out: links, what is no file, what begins with a point or ends as unfinished ones do.
    """
    found: list[Path] = []
    for path, folders, _ in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        with os.scandir(path) as entries:
            found += [
                Path(each.path)
                for each in entries
                if each.is_file(follow_symlinks=False)
                and not each.name.startswith(".")
                and not each.name.endswith(_UNFINISHED)
            ]
    return sorted(found, key=lambda path: os.fsencode(path).split(b"/"))


def read_waiting(path: Path, *, at_most: int) -> Waiting:
    """Return a file with up to `at_most` bytes of it.

    Raises FileChanged where it is gone or is no file any more, OSError where it cannot be read.
    """
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        if path.is_symlink() or not os.path.lexists(path):
            raise FileChanged(path.name) from error
        raise
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileChanged(path.name)
        return Waiting(path, stream.read(at_most), _version(status))


def put_away(file: Waiting, folder: Path) -> Path:
    """Move a file that was read into another folder of the same disk; return where it lies now.

    It replaces nothing: where its name is taken, it gets a number. Raises FileChanged.
    """
    _check_unchanged(file)
    return _move(file.path, folder, reason=None)


def set_aside(file: Waiting | Path, folder: Path, *, reason: str) -> Path:
    """Move a file that is of no use into a folder, with the reason in a file beside it.

    One that could not even be read is known by its path. Raises FileChanged.
    """
    if isinstance(file, Path):
        return _move(file, folder, reason=reason)
    _check_unchanged(file)
    return _move(file.path, folder, reason=reason)


def remove(file: Waiting) -> None:
    """Delete a file that was read. Raises FileChanged."""
    _check_unchanged(file)
    file.path.unlink()


def shown_name(path: Path) -> str:
    """Return a path as text for people: what is no text in it, or moves the cursor, is U+FFFD."""
    text = os.fsencode(path).decode(errors="replace")
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _move(source: Path, folder: Path, *, reason: str | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = _reserve(source.name, folder)
    reasons = target.with_name(target.name + REASON)
    try:
        if reason is not None:
            reasons.write_text(reason + "\n", encoding="utf-8")
        source.replace(target)
    except BaseException as error:
        target.unlink()
        with suppress(FileNotFoundError):
            reasons.unlink()
        if isinstance(error, FileNotFoundError):
            raise FileChanged(source.name) from error
        raise
    return target


def _reserve(name: str, folder: Path) -> Path:
    """Make an empty file under the first free name, so that nobody else gets it."""
    number = 1
    while True:
        target = folder / _numbered(name, number)
        number += 1
        if os.path.lexists(target.with_name(target.name + REASON)):
            continue
        with suppress(FileExistsError):
            os.close(os.open(target, _RESERVE, 0o600))
            return target


def _numbered(name: str, number: int) -> str:
    """Return "coles.json", "coles-2.json", …; a name that leaves no room for it is cut."""
    stem, suffix = Path(name).stem, Path(name).suffix
    if len(suffix) > _MAX_SUFFIX:
        stem, suffix = name, ""
    end = os.fsencode(suffix if number == 1 else f"-{number}{suffix}")
    return os.fsdecode(os.fsencode(stem)[: _MAX_NAME - len(end)] + end)


def _check_unchanged(file: Waiting) -> None:
    try:
        status = file.path.lstat()
    except FileNotFoundError as error:
        raise FileChanged(file.path.name) from error
    if _version(status) != file.version:
        raise FileChanged(file.path.name)


def _version(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
