"""Passwords that Pricebook makes up, shown once to the person who hands them on."""

from __future__ import annotations

import secrets

# No letter or digit that can be taken for another one.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def readable_password() -> str:
    """Return four groups of four signs: 79 bits, easy to type from another screen."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
