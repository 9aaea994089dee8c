"""GTINs: the numbers under bar codes (GS1 General Specifications, section 7.9, check digit)."""

_LENGTHS = (8, 12, 13, 14)
_NOT_DIGITS = str.maketrans("", "", " \u00a0-\u2010\u2011")


def normalize_gtin(text: str) -> str:
    """Return the canonical form of a valid GTIN, else the trimmed text as it is (B1).

    Canonical is without spaces and hyphens, without superfluous leading zeros, in the shortest of
    the lengths 8, 12, 13 and 14.
    """
    text = text.strip()
    digits = text.removeprefix("'").translate(_NOT_DIGITS)
    if not _is_checked(digits):
        return text
    significant = digits.lstrip("0")
    return significant.zfill(next(length for length in _LENGTHS if length >= len(significant)))


def is_valid_gtin(text: str) -> bool:
    """Say whether a text is a GTIN in its canonical form."""
    return _is_checked(text) and normalize_gtin(text) == text


def _is_checked(digits: str) -> bool:
    """Say whether these are the digits of a GTIN, with the right check digit, and not all zeros."""
    if len(digits) not in _LENGTHS or not (digits.isascii() and digits.isdigit()):
        return False
    values = digits.encode()
    once, thrice = values[-1::-2], values[-2::-2]
    weighted = sum(once) + 3 * sum(thrice) - ord("0") * (len(once) + 3 * len(thrice))
    return weighted % 10 == 0 and digits.strip("0") != ""
