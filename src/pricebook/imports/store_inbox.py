"""The folder of discovered stores: files go into the database, then out of the folder (E1)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pricebook.feed.errors import FeedError
from pricebook.feed.stores.store_file import MAX_FILE, read_store_file
from pricebook.files.inbox import (
    FileChanged,
    Waiting,
    list_waiting,
    put_away,
    read_waiting,
    remove,
    set_aside,
    shown_name,
)
from pricebook.stores.discovery import StoreUpdate, update_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pricebook.feed.stores.records import StoreFile

FOLDER: Final = "discovered_stores"
_CHANGED: Final = "Somebody changed or took it meanwhile: what lies there now can wait."
_NO_UPDATE: Final = StoreUpdate(created=0, updated=0, unchanged=0, missing=0, back=0)


@dataclass(frozen=True, slots=True)
class FileReport:
    """Say what became of one file."""

    file: str
    """Its path below the folder, as text for people."""
    company: str = ""
    update: StoreUpdate = _NO_UPDATE
    rejected: tuple[str, ...] = ()
    """Why stores of it could not be taken, a sentence each."""
    notes: tuple[str, ...] = ()
    error: str = ""
    """Why nothing of it was taken, or it could not be moved; "" if all went well."""
    moved_to: Path | None = None
    """None where it was deleted, or lies where it lay."""


def update_from_folder(data: Path, *, delete_source: bool) -> Iterator[FileReport]:
    """Take every file in `data/discovered_stores/`, in the order of their names.

    A file leaves the folder after the commit, for `processed/` or, if asked for, for good; with
    stores that could not be taken it is kept. One that is of no use goes to `failed/` with the
    reason. What others change meanwhile stays for the next time.
    """
    for path in list_waiting(data / FOLDER):
        with suppress(FileChanged):
            yield _take(path, data, delete_source=delete_source)


def _take(path: Path, data: Path, *, delete_source: bool) -> FileReport:
    below = path.relative_to(data / FOLDER)
    name = shown_name(below)
    file: Waiting | Path = path
    try:
        file = read_waiting(path, at_most=MAX_FILE + 1)
        found = read_store_file(file.content, filename=shown_name(Path(path.name)))
        _check_useful(found)
    except (FeedError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"It cannot be read: {error.strerror}."
        report = FileReport(name, error=reason)
        folder = data / "failed" / FOLDER / below.parent
        return _moved(report, partial(set_aside, file, folder, reason=reason))
    report = FileReport(name, found.company, update_stores(found), _sentences(found), found.notes)
    if delete_source and not found.rejections:
        return _moved(report, partial(remove, file))
    return _moved(report, partial(put_away, file, data / "processed" / FOLDER / below.parent))


def _moved(report: FileReport, move: Callable[[], Path | None]) -> FileReport:
    """Let the file leave the folder; say where it lies, or why it did not."""
    try:
        return replace(report, moved_to=move())
    except FileChanged:
        return replace(report, notes=(*report.notes, _CHANGED))
    except OSError as error:
        message = f"{report.error} It cannot be moved: {error.strerror}.".lstrip()
        return replace(report, error=message)


def _check_useful(found: StoreFile) -> None:
    """Refuse a file of which not one store can be taken."""
    if found.rejections and not found.records:
        sentences = "\n".join(_sentences(found))
        message = f"None of its stores could be taken.\n{sentences}"
        raise FeedError("no_usable_store", message)


def _sentences(found: StoreFile) -> tuple[str, ...]:
    return tuple(
        f"Line {each.line:,}: {' '.join(problem.message for problem in each.problems)}"
        for each in found.rejections
    )
