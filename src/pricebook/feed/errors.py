"""The one error of this package. A bad row is never an error: it is a Rejection."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pricebook.feed.outline import Outline
    from pricebook.feed.table import Reading


class FeedError(Exception):
    """Say that a file as a whole cannot be read.

    `str(error)` is a sentence for the person who uploaded the file; `code` is stable snake_case.
    `outline` and `reading` are there where a header was found, so that the person can say what its
    columns hold.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        outline: Outline | None = None,
        reading: Reading | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.outline = outline
        self.reading = reading
