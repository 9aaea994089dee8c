"""The only place where a SKU's key is computed."""

from __future__ import annotations

from unicodedata import normalize


def sku_key(sku: str) -> str:
    """Return what makes two SKUs the same: NFKC, trimmed, without regard to case (A5).

    Normalizing again after folding follows Unicode's rule for caseless matching (The Unicode
    Standard, section 3.13, D146), so that the key of a key is itself.
    """
    if sku.isascii():
        return sku.strip().lower()
    return normalize("NFKC", normalize("NFKC", sku).strip().casefold())
