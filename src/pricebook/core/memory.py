"""How memory is looked after while many small things are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects between two looks; Python's own 700 means three looks for each block of rows.
_OBJECTS_BETWEEN_LOOKS = 50_000


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Let the garbage collector look more rarely: rows hold no cycles, and counting frees them."""
    first, *others = gc.get_threshold()
    gc.set_threshold(max(first, _OBJECTS_BETWEEN_LOOKS), *others)
    try:
        yield
    finally:
        gc.set_threshold(first, *others)
