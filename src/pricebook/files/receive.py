"""Taking a file in: bounded, hashed on the way, visible only when it is whole."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import IO

from django.conf import settings

from pricebook.accounts.models import User
from pricebook.core.errors import PermanentError
from pricebook.files.keys import new_key
from pricebook.files.models import StoredFile
from pricebook.files.storage import storage

BLOCK = 1 << 20
_UNPRINTABLE = dict.fromkeys([*range(32), 127])


class FileRefused(PermanentError):
    """The file is not one that can be taken in; the text says why."""


class FileTooLarge(FileRefused):
    """The file is larger than IMPORT_MAX_BYTES."""

    def __init__(self) -> None:
        limit = settings.IMPORT_MAX_BYTES
        super().__init__(f"The file is larger than the limit of {limit:,} bytes.")


def receive_file(source: IO[bytes], *, name: str, actor: User | None) -> StoredFile:
    """Store what `source` holds and return its record. Raises FileRefused."""
    key = new_key()
    digest, size = sha256(), 0
    with storage().write(key) as target:
        for block in _bounded(iter(lambda: source.read(BLOCK), b"")):
            target.write(block)
            digest.update(block)
            size += len(block)
        if size == 0:
            message = "The file is empty."
            raise FileRefused(message)
    return StoredFile.objects.create(
        key=key, name=shown_name(name), size=size, sha256=digest.hexdigest(), created_by=actor
    )


def shown_name(name: str) -> str:
    """Return the sender's file name as it can be shown: no folder, no control character."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].translate(_UNPRINTABLE).strip()
    return base[-255:] or "unnamed"


def _bounded(blocks: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > settings.IMPORT_MAX_BYTES:
            raise FileTooLarge
        yield block
