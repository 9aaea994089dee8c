"""Target: any bytes as a product file, whole, in pieces, and with all sizes made small."""

from dataclasses import replace

from pricebook.feed.choices import Choices
from pricebook.feed.encoding import ENCODINGS
from tests.fuzz.outcome import Asked, Outcome, outcome_of
from tests.fuzz.sizes import pieces_of, thousandths
from tests.fuzz.wishes import Wishes

_NAMES = ("products.csv", "", "a b.tsv", "x.json.gz", "Ünï.xlsx", "n" * 300, "%s{0}\n.xml")
_ENCODINGS = ("", *ENCODINGS)


def read_document(data: bytes) -> None:
    """Read the file as it is, and check that it says the same in pieces of any size."""
    wishes = Wishes(data)
    encoding = wishes.pick(_ENCODINGS)
    asked = Asked(
        filename=wishes.pick(_NAMES),
        at_once=1 + wishes.number(300),
        choices=Choices(encoding=encoding) if encoding else None,
    )
    is_small, piece = wishes.number(2) == 1, 1 + wishes.number(64)
    file = wishes.file
    if is_small:
        with thousandths():
            outcome_of(file, asked)
        return
    whole = outcome_of(file, replace(asked, at_once=1 << 30))
    with pieces_of(piece):
        in_pieces = outcome_of(file, asked)
    assert _essence(in_pieces) == _essence(whole)


def _essence(outcome: Outcome) -> tuple[object, ...]:
    """Return what may not depend on the pieces; how much is shown of what is broken may."""
    rejections = [
        (each.line, each.sku, [(problem.column, problem.code) for problem in each.problems])
        for each in outcome.rejections
    ]
    return outcome.refused, outcome.records, rejections, outcome.outline, outcome.reading
