"""GTINs: the numbers under bar codes (GS1 General Specifications, section 7.9, check digit)."""

_LENGTHS = (8, 12, 13, 14)
_USUAL_LENGTH = 13
_NOT_DIGITS = str.maketrans("", "", " \u00a0-\u2010\u2011")


def normalize_gtin(text: str) -> str:
    """Return the canonical form of a valid GTIN, else the trimmed text as it is (B1).

    Canonical is without spaces and hyphens, without superfluous leading zeros, in the shortest of
    the lengths 8, 12, 13 and 14.
    """
    text = text.strip()
    if len(text) == _USUAL_LENGTH and text[0] != "0" and _is_checked(text):
        return text
    digits = text.removeprefix("'").translate(_NOT_DIGITS)
    if not _is_checked(digits):
        return text
    significant = digits.lstrip("0")
    return significant.zfill(next(length for length in _LENGTHS if length >= len(significant)))


def is_valid_gtin(text: str) -> bool:
    """Say whether a text is a GTIN in its canonical form."""
    return _is_checked(text) and normalize_gtin(text) == text


def identifies_product(gtin: str) -> bool:
    """Say whether a canonical GTIN is one product's everywhere.

    The numbers that begin with 02 and 20 to 29, and GTIN-8s that begin with 0 and 2, are given by
    each shop to its own goods, often with their weight (GS1 General Specifications, section 1.4.2).
    """
    if not _is_checked(gtin):
        return False
    if len(gtin) == _LENGTHS[0]:
        return gtin[0] not in "02"
    beginning = gtin.zfill(_LENGTHS[-1])[1:3]
    return beginning[0] != "2" and beginning != "02"


def _is_checked(digits: str) -> bool:
    """Say whether these are the digits of a GTIN, with the right check digit, and not all zeros."""
    if len(digits) not in _LENGTHS or not (digits.isascii() and digits.isdigit()):
        return False
    values = digits.encode()
    once, thrice = values[-1::-2], values[-2::-2]
    weighted = sum(once) + 3 * sum(thrice) - ord("0") * (len(once) + 3 * len(thrice))
    return weighted % 10 == 0 and digits.strip("0") != ""
