"""The only place where a SKU's key is computed."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize


def sku_key(sku: str) -> str:
    """Return what makes two SKUs the same: NFKC, trimmed, without regard to case (A5).

    Normalizing again after folding follows Unicode's rule for caseless matching (The Unicode
    Standard, section 3.13, D146), so that the key of a key is itself.
    """
    if sku.isascii():
        return sku.strip().lower()
    return normalize("NFKC", normalize("NFKC", sku).strip().casefold())


def sku_keys(skus: Sequence[str]) -> list[str]:
    """Return the keys of at least one trimmed SKU without NUL; all at once where all are ASCII."""
    joined = "\0".join(skus)
    return joined.lower().split("\0") if joined.isascii() else list(map(sku_key, skus))
