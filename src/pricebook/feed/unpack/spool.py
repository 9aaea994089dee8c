"""A copy on disk, for the formats that are read from their end."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from pricebook.feed.errors import FeedError
from pricebook.feed.source import PIECE_BYTES, ByteStream


def spool(stream: ByteStream, *, folder: Path | None, max_bytes: int, filename: str) -> IO[bytes]:
    """Copy a stream into a temporary file, which vanishes when it is closed."""
    # Readers of workbooks go by the name.
    copy = NamedTemporaryFile(dir=folder, suffix=".xlsx")  # noqa: SIM115 - the caller closes it
    size = 0
    try:
        while data := stream.read(PIECE_BYTES):
            size += len(data)
            if size > max_bytes:
                message = f"{filename} has more than {max_bytes:,} bytes. Upload it in parts."
                raise FeedError("file_too_large", message)
            copy.write(data)
        copy.flush()
    except BaseException:
        copy.close()
        raise
    return copy
