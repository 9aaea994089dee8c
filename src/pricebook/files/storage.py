"""Where the bytes of files live. Today a folder of this machine; the rest only knows this seam."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings


def new_key(suffix: str = "") -> str:
    """Return a random storage key; nothing of it comes from the sender."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}{suffix}"


def open_file(key: str) -> BinaryIO:
    """Open a stored file for reading. Raises FileNotFoundError when it is gone."""
    return _path(key).open("rb")


@contextmanager
def write_file(key: str) -> Iterator[BinaryIO]:
    """Write a file that becomes visible whole when the block ends well, or not at all."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def delete_file(key: str) -> None:
    """Delete a stored file; one that is gone already is no error."""
    _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return Path(settings.FILES_ROOT) / key
