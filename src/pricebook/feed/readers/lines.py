"""Bytes to physical lines, in bounded batches."""

from collections.abc import Iterable

from pricebook.feed.encoding import MARK_INVALID, Utf8Converter

CHUNK_BYTES = 64 * 1024
"""Small enough to stay in the processor's cache from splitting to validating."""
MAX_ROW = 1024 * 1024
"""Bytes or characters of the longest row that is read; it bounds the memory."""


class LineReader:
    """Split a byte stream into physical lines, given out without their ends.

    A line ends at LF or CR LF, or in the files of old Macs (`cr_ends_lines`) at CR. Splitting
    before decoding is twice as fast, and shows which line holds bytes that are no text.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        encoding: str,
        encoding_settled: bool = False,
        cr_ends_lines: bool,
        backslash_quotes: bool,
    ) -> None:
        self.bytes_read = 0
        self.unsafe = False
        """The text held a NUL, or bytes that mean nothing (lone surrogates in the lines)."""
        self.newline = "\n"
        """What ended the lines taken last."""
        self.stray_cr = False
        """The lines taken last may contain CRs."""
        self.cut = False
        """The line taken last is the beginning of one longer than MAX_ROW."""
        self._chunks = iter(chunks)
        self._converter = Utf8Converter(encoding, settled=encoding_settled)
        self._cr_ends_lines = cr_ends_lines
        self._backslash_quotes = backslash_quotes
        self._rest = b""
        self._held_cr = b""
        self._dropping = False
        self._ended = False
        self._lines: list[str] = []
        self._next = 0

    @property
    def encoding(self) -> str:
        """The encoding so far: ASCII is taken for UTF-8 until other bytes decide."""
        return self._converter.encoding

    def take(self, count: int) -> list[str]:
        """Return the next 1 to `count` lines; none only at the end of the file."""
        while self._next == len(self._lines) and not self._ended:
            self._lines = self._decode(self._read_lines())
            self._next = 0
        start = self._next
        self._next = min(start + count, len(self._lines))
        return self._lines[start : self._next]

    def skip(self, count: int) -> None:
        """Leave out the next `count` lines."""
        while count and (lines := self.take(count)):
            count -= len(lines)

    def _read_lines(self) -> list[bytes]:
        data = self._read_utf8()
        if self._dropping:
            _, found, data = data.partition(b"\n")
            self._dropping = not found
        block = self._rest + data
        if self._backslash_quotes:
            block = block.replace(b'\\""', b'""')
        lines = self._split(block)
        self.cut = len(self._rest) > MAX_ROW
        if self.cut or (self._ended and self._rest):
            # A cut line is alone: it grew over several chunks in which no line ended.
            self._dropping = self.cut
            lines.append(self._rest)
            self._rest = b""
        return lines

    def _split(self, block: bytes) -> list[bytes]:
        """Split into lines, and keep the last unended one in `_rest`."""
        self.newline, self.stray_cr = "\n", False
        if b"\r" in block:
            # One pass for the usual case: all lines end by CR LF if each end has two bytes.
            lines = block.splitlines()
            rest = b"" if block.endswith((b"\n", b"\r")) else lines.pop()
            if sum(map(len, lines)) + 2 * len(lines) + len(rest) == len(block):
                self.newline, self._rest = "\r\n", rest
                return lines
            self.stray_cr = True
        lines = block.split(b"\n")
        self._rest = lines.pop()
        return lines

    def _read_utf8(self) -> bytes:
        data = next(self._chunks, b"")
        self.bytes_read += len(data)
        self._ended = not data
        data = self._converter.convert(data, final=self._ended)
        self.unsafe = self.unsafe or b"\0" in data
        if self._cr_ends_lines:
            data = self._held_cr + data
            self._held_cr = b"\r" if data.endswith(b"\r") and not self._ended else b""
            data = data.removesuffix(self._held_cr)
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _decode(self, lines: list[bytes]) -> list[str]:
        try:
            return list(map(bytes.decode, lines))
        except UnicodeDecodeError:
            self.unsafe = True
            return [line.decode("utf-8", MARK_INVALID) for line in lines]
