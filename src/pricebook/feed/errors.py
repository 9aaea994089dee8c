"""The one error of this package. A bad row is never an error: it is a Rejection."""


class FeedError(Exception):
    """Say that a file as a whole cannot be read.

    `str(error)` is a sentence for the person who uploaded the file; `code` is stable snake_case.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
