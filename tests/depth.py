"""How many examples the tests of properties try.

TEST_DEPTH multiplies them. `./test` leaves it at 1, `./test --soak` sets it to 20.
"""

from __future__ import annotations

import os

_DEPTH = int(os.environ.get("TEST_DEPTH", "1"))


def examples(usually: int) -> int:
    """Return so many examples, times the depth of this run."""
    return usually * _DEPTH
