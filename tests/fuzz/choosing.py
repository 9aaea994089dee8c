"""Target: whatever is chosen of whatever table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pricebook.feed.choices import Choices
from pricebook.feed.encoding import ENCODINGS
from pricebook.feed.presets import NO_PRESET, PRESETS
from pricebook.feed.records import ProductRecord
from tests.fuzz.outcome import Asked, Outcome, outcome_of
from tests.fuzz.wishes import Wishes

_FIELDS: Final = ProductRecord._fields[1:]
_CURRENCIES: Final = ("", "EUR", "JPY", "eur", "XXX", "€")
_TOKENS: Final = ("[clear]", "", "-", "A", "0", "{}", "'", " ", "\0")
_DEFAULTS: Final = (
    *("", "x", "1.50", "1,5", "EUR", "no", "https://a.example/", '{"b":1}', "[clear]", "'=1"),
    *("\ud800", "x" * 600, "{", "{" * 30),
)
_DELIMITERS: Final = (*("", "", "", ",", ";", "\t", "|", "~", " ", "."), *('"', "\n", ",,", "é"))
_PRESETS: Final = ("", NO_PRESET, *(preset.name for preset in PRESETS), "nobody")
_ENCODINGS: Final = ("", "", *ENCODINGS, "utf-7")
_ABSENT: Final = "No such column"


def read_as_chosen(data: bytes) -> None:
    """Read a table as it is and as is chosen; a choice of columns moves no row.

    What the choices were taken for, said again, gives the same rows: the page shows what the import
    will do.
    """
    wishes = Wishes(data)
    wanted = _wanted(wishes)
    names_at = [wishes.number(256) for _ in range(wishes.number(12))]
    fields_at = [wishes.pick(_FIELDS) for _ in names_at]
    kinds = [wishes.number(4) for _ in names_at]
    says_columns = wishes.number(2) == 1
    file = wishes.file
    plain = outcome_of(file, Asked())
    names = [column.name for column in plain.outline.columns] if plain.outline else []
    names.append(_ABSENT)
    chosen = [names[at % len(names)] for at in names_at]
    found = list(zip(kinds, fields_at, chosen, strict=True))
    choices = replace(
        wanted,
        columns={field: name for kind, field, name in found if kind < 2} if says_columns else None,
        key_columns=tuple(dict.fromkeys(name for kind, _, name in found if kind == 2)),
        attributes=tuple(dict.fromkeys(name for kind, _, name in found if kind == 3)),
    )
    _compare(file, plain, choices)


def _wanted(wishes: Wishes) -> Choices:
    said: Mapping[str, Any] = {
        "encoding": wishes.pick(_ENCODINGS),
        "delimiter": wishes.pick(_DELIMITERS),
        "decimal": wishes.pick((None, ".", ",")),
        "minor_units": wishes.pick((False, True)),
        "currency": wishes.pick(_CURRENCIES),
        "preset": wishes.pick(_PRESETS),
        "inverted": wishes.pick((None, True, False)),
        "defaults": {
            field: wishes.pick(_DEFAULTS) for field in wishes.some((*_FIELDS[1:], "sku", "x"), 3)
        },
        "fill_down": wishes.pick((False, True)),
        "clear_token": wishes.pick(_TOKENS),
    }
    return Choices(**said)


def _compare(file: bytes, plain: Outcome, choices: Choices) -> None:
    outcome = outcome_of(file, Asked(choices=choices))
    if outcome.refused:
        return
    assert outcome.outline is not None
    again = outcome_of(file, Asked(choices=outcome.outline.choices))
    assert (again.records, again.rejections) == (outcome.records, outcome.rejections)
    if not (plain.refused or choices.encoding or choices.delimiter):
        assert outcome.places == plain.places
