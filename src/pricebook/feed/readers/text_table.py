"""Delimited text as a table."""

from collections.abc import Iterator, Sequence
from functools import partial

from pricebook.feed.dialect import examine
from pricebook.feed.readers.csv_file import CsvReader
from pricebook.feed.readers.lines import CHUNK_BYTES, LineReader
from pricebook.feed.source import Source
from pricebook.feed.table import SAMPLE_BYTES, Reading, RowBatch


class TextTable:
    """Rows between delimiters, under a header that was found in the first bytes.

    Nothing is taken from the source before the rows are. Raises FeedError when it is no text table.
    """

    late_titles: Sequence[str] = ()
    comma_column: int | None = None

    def __init__(
        self, source: Source, *, filename: str, encoding: str = "", delimiter: str = ""
    ) -> None:
        sample = source.peek(SAMPLE_BYTES)
        layout = examine(
            sample,
            complete=len(sample) < SAMPLE_BYTES,
            filename=filename,
            encoding=encoding,
            delimiter=delimiter,
        )
        self.dialect = layout.dialect
        self.header = layout.header
        self.sample = layout.sample
        self._data_line = layout.data_line
        self._lines = LineReader(
            iter(partial(source.read, CHUNK_BYTES), b""),
            encoding=layout.dialect.encoding,
            encoding_settled=layout.dialect.encoding_settled,
            cr_ends_lines=layout.dialect.cr_ends_lines,
            backslash_quotes=layout.dialect.backslash_quotes,
        )

    @property
    def reading(self) -> Reading:
        """How the file was read so far: ASCII may turn out to be cp1252 far behind the sample."""
        dialect = self.dialect
        return Reading(
            "csv", self._lines.encoding, dialect.delimiter, dialect.header_line, dialect.decimal
        )

    @property
    def unsafe(self) -> bool:
        """Whether the text held NUL characters or bytes that mean nothing."""
        return self._lines.unsafe

    @property
    def bytes_taken(self) -> int:
        """How many bytes were read."""
        return self._lines.bytes_read

    def batches(self) -> Iterator[RowBatch]:
        """Yield every row of the file once, some 2,000 lines at a time."""
        self._lines.skip(self._data_line - 1)
        reader = CsvReader(self._lines, self.dialect, line=self._data_line, width=len(self.header))
        return reader.batches()
