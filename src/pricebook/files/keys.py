"""What files are called in storage."""

from __future__ import annotations

import re
import secrets
from typing import Final

_KEY: Final = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{30}(\.[a-z.]+)?")


def new_key(suffix: str = "") -> str:
    """Return a random storage key; nothing of it comes from the sender."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}{suffix}"


def is_key(text: str) -> bool:
    """Say whether a name in storage is one that `new_key` made."""
    return _KEY.fullmatch(text) is not None
