"""Which encoding a file has, and its bytes as UTF-8, whatever bytes they are."""

import codecs
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

UTF8 = "utf-8"
CP1252 = "cp1252"
_BOMS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ENCODINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        UTF8: "Unicode (UTF-8)",
        "utf-16-le": "Unicode (UTF-16, little endian)",
        "utf-16-be": "Unicode (UTF-16, big endian)",
        CP1252: "Western European (Windows-1252)",
        "iso-8859-1": "Western European (ISO 8859-1)",
        "iso-8859-15": "Western European (ISO 8859-15)",
        "cp850": "Western European (DOS, 850)",
        "cp437": "Western European (DOS, 437)",
        "mac-roman": "Western European (Mac OS Roman)",
        "cp1250": "Central European (Windows-1250)",
        "iso-8859-2": "Central European (ISO 8859-2)",
        "cp852": "Central European (DOS, 852)",
        "cp1251": "Cyrillic (Windows-1251)",
        "koi8-r": "Cyrillic (KOI8-R)",
        "cp1253": "Greek (Windows-1253)",
        "iso-8859-7": "Greek (ISO 8859-7)",
        "cp1254": "Turkish (Windows-1254)",
        "iso-8859-9": "Turkish (ISO 8859-9)",
        "cp1255": "Hebrew (Windows-1255)",
        "cp1256": "Arabic (Windows-1256)",
        "cp1257": "Baltic (Windows-1257)",
        "cp1258": "Vietnamese (Windows-1258)",
        "shift_jis": "Japanese (Shift JIS)",
        "euc-jp": "Japanese (EUC-JP)",
        "gb18030": "Simplified Chinese (GB 18030)",
        "big5": "Traditional Chinese (Big5)",
        "euc-kr": "Korean (EUC-KR)",
    }
)
"""The encodings that can be chosen: the codec's name, and what people call it."""
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


def detect_encoding(sample: bytes, *, complete: bool, chosen: str = "") -> str:
    """Return the codec for a file that begins with `sample`: UTF-8, UTF-16 LE or BE, or cp1252.

    Decided by byte order mark, then by what was `chosen`, then the NULs of UTF-16, then strict
    UTF-8, then cp1252 (A10). A mark beats a choice as on the web (WHATWG Encoding, "decode"):
    choices are remembered, and the next file may well be written by another program.
    """
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    return chosen or _utf16_by_nuls(sample) or _utf8_or_cp1252(sample, complete=complete)


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

    A file that is ASCII so far is taken for UTF-8, unless that is `settled`; its first other bytes
    decide between that and cp1252, and `encoding` says which.
    """

    def __init__(self, encoding: str, *, settled: bool = False) -> None:
        self.encoding = encoding
        self._started = False
        self._all_ascii = not settled
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
