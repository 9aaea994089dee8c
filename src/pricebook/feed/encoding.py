"""Which encoding a file has, and its bytes as UTF-8, whatever bytes they are."""

import codecs

UTF8 = "utf-8"
CP1252 = "cp1252"
_BOMS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MARK_INVALID = "pricebook_mark_invalid"
"""Error handler: bytes that mean nothing become the lone surrogate U+DCFF."""


def _mark_invalid(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for bytes that mean nothing, in any encoding.

    Strict decoders never produce one, so it cannot be confused with what the file says.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(MARK_INVALID, _mark_invalid)


def detect_encoding(sample: bytes, *, complete: bool) -> str:
    """Return the codec for a file that begins with `sample`: UTF-8, UTF-16 LE or BE, or cp1252.

    Decided by byte order mark, then the NULs of UTF-16, then strict UTF-8, then cp1252 (A10).
    """
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    return _utf16_by_nuls(sample) or _utf8_or_cp1252(sample, complete=complete)


def _utf16_by_nuls(sample: bytes) -> str | None:
    """Latin text in UTF-16 has a NUL in nearly every second byte and hardly any in the others."""
    half = len(sample) // 2
    even = sample[0::2].count(0)
    odd = sample[1::2].count(0)
    if odd > half // 5 and even <= odd // 10:
        return "utf-16-le"
    if even > half // 5 and odd <= even // 10:
        return "utf-16-be"
    return None


def _utf8_or_cp1252(data: bytes, *, complete: bool) -> str:
    """Prefer UTF-8 when it is valid, or merely damaged: more sequences that decode than do not.

    In cp1252 text a valid multi-byte sequence ("Ã©") is rare beside lone accented letters.
    """
    try:
        codecs.utf_8_decode(data, "strict", complete)
    except UnicodeDecodeError:
        text = data.decode(UTF8, MARK_INVALID)
        invalid = text.count("\udcff")
        multibyte = len(text) - len(text.encode("ascii", "ignore")) - invalid
        return UTF8 if multibyte > invalid else CP1252
    return UTF8


class Utf8Converter:
    """Convert a file to UTF-8 piece by piece; bytes that mean nothing become the byte 0xFF.

    A file that is ASCII so far is taken for UTF-8; its first other bytes decide between that and
    cp1252, and `encoding` says which.
    """

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._started = False
        self._all_ascii = True
        self._decoder = codecs.getincrementaldecoder(encoding)(MARK_INVALID)

    def convert(self, data: bytes, *, final: bool = False) -> bytes:
        """Return the next bytes, without byte order marks at the beginning of the file."""
        if self._all_ascii and self.encoding == UTF8 and not data.isascii():
            self._all_ascii = False
            self.encoding = _utf8_or_cp1252(data, complete=final)
            self._decoder = codecs.getincrementaldecoder(self.encoding)(MARK_INVALID)
        if self.encoding != UTF8:
            data = self._decoder.decode(data, final).encode(UTF8, "surrogateescape")
        if not self._started:
            while data.startswith(codecs.BOM_UTF8):
                data = data.removeprefix(codecs.BOM_UTF8)
            self._started = bool(data)
        return data
