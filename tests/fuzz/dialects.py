"""Target: the beginning of a text, and how it is found out to be written."""

from pricebook.feed.choices import Choices
from pricebook.feed.dialect import Layout, examine
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.errors import FeedError
from tests.fuzz.outcome import check_sentence, in_time
from tests.fuzz.wishes import Wishes

_ENCODINGS = ("", *ENCODINGS)
_DELIMITERS = ("", ",", ";", "\t", "|", " ", "~", "\\", "'", "^", "]", "a", "0", "é", "漢", "\x1f")


def examine_text(data: bytes) -> None:
    """Look at a text, and check that what is found belongs together."""
    wishes = Wishes(data)
    complete = wishes.number(2) == 0
    choices = Choices(encoding=wishes.pick(_ENCODINGS), delimiter=wishes.pick(_DELIMITERS))
    choices.check()
    sample = wishes.file
    with in_time():
        try:
            layout = _examine(sample, complete, choices)
        except FeedError as error:
            check_sentence(error)
            return
    _check(layout, sample, choices)
    assert layout == _examine(sample, complete, choices)


def _examine(sample: bytes, complete: bool, choices: Choices) -> Layout:
    return examine(
        sample,
        complete=complete,
        filename="products.csv",
        encoding=choices.encoding,
        delimiter=choices.delimiter,
    )


def _check(layout: Layout, sample: bytes, choices: Choices) -> None:
    dialect = layout.dialect
    assert dialect.encoding in ENCODINGS
    assert len(dialect.delimiter) == 1
    assert choices.delimiter in ("", dialect.delimiter)
    assert dialect.encoding_settled == (bool(choices.encoding) or not sample.isascii())
    ends = sample.count(b"\n") + sample.count(b"\r")
    assert 1 <= dialect.header_line <= layout.data_line <= ends + 2
    assert len(layout.sample) <= ends + 1
