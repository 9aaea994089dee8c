"""A full disk, told as what it is: to whoever sends a file, and to whoever waits for a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from typing import Final

from pricebook.core.errors import PermanentError

# No room, or none for the user that runs the product.
_FULL: Final = frozenset({ENOSPC, EDQUOT})


class StorageFull(PermanentError):
    """The disk is full. Unlike storage that is away, it stays so until somebody makes room."""

    def __init__(self) -> None:
        super().__init__(
            "The disk on which files are kept is full. Nothing was changed: make room there, "
            "then try again."
        )


def is_full(error: BaseException) -> bool:
    """Say whether an exception is that of a full disk."""
    return isinstance(error, OSError) and error.errno in _FULL


@contextmanager
def telling_when_full() -> Iterator[None]:
    """Run a block that writes to the disk. Raises StorageFull in place of the system's error."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise StorageFull from error
