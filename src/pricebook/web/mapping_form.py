"""The form of the mapping page: everything but the columns, which are the plan's (A10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms

from pricebook.feed.encoding import ENCODINGS
from pricebook.imports.choices import FIELD_NAMES, ChoicesRefused, choices_from_json
from pricebook.imports.models import FileFormat
from pricebook.web.labels import label_of
from pricebook.web.layouts import names_by
from pricebook.web.modal import ModalForm
from pricebook.web.templatetags.formats import DELIMITER_NAMES, delimiter_name

if TYPE_CHECKING:
    from pricebook.feed.choices import Choices
    from pricebook.imports.models import Import
    from pricebook.imports.outlines import StoredOutline
    from pricebook.web.column_plan import ColumnPlan

# By their names: a tab would be hard to see.
_DELIMITERS: Final = {name: delimiter for delimiter, name in DELIMITER_NAMES.items()}
_MARKS: Final = {".": "Point", ",": "Comma"}
_OF_TEXT: Final = (FileFormat.CSV, FileFormat.JSON_LINES, FileFormat.JSON)
_NO_SKU: Final = "Choose the column that holds the SKU, or below the columns that make it."
_DEFAULTED: Final = tuple(name for name in FIELD_NAMES if name not in ("sku", "attributes"))


class MappingForm(ModalForm):
    """How a file is written, what blank cells mean, and whether to remember it."""

    preset = forms.CharField(required=False, widget=forms.HiddenInput)
    encoding = forms.ChoiceField(required=False)
    delimiter = forms.ChoiceField(required=False)
    decimal = forms.ChoiceField(required=False, label="Decimal mark")
    minor_units = forms.BooleanField(required=False, label="Prices are in cents: 2500 is 25.00")
    currency = forms.CharField(
        required=False,
        max_length=3,
        label="Currency of prices that come without one",
        widget=forms.TextInput({"placeholder": "EUR", "autocomplete": "off"}),
    )
    clear_token = forms.CharField(
        required=False,
        max_length=50,
        label="What empties a field",
        help_text="Alone in a cell. A blank cell keeps what is stored.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    fill_down = forms.BooleanField(
        required=False,
        label="Rows of the same product follow each other: blank cells are as in its first row",
    )
    remember = forms.BooleanField(required=False, label="Remember for files with this header")
    name = forms.CharField(
        required=False,
        max_length=100,
        label="Name of this mapping",
        help_text="By its name it can be chosen for any file. An older one of that name gives way.",
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "Spring price list"}),
    )

    def __init__(self, *args: Any, record: Import, outline: StoredOutline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._record = record
        self._outline = outline
        chosen = outline.choices
        found = "" if chosen.encoding else record.encoding
        self._choose("encoding", list(ENCODINGS.items()), found)
        found = "" if chosen.delimiter else delimiter_name(record.delimiter)
        self._choose("delimiter", _delimiters(chosen), found)
        found = "" if chosen.decimal else _MARKS.get(record.decimal, "")
        self._choose("decimal", list(_MARKS.items()), found.lower())
        for field in _DEFAULTED:
            self.fields[_default(field)] = forms.CharField(
                required=False,
                max_length=1000,
                label=label_of(field),
                widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
            )

    def _choose(self, name: str, known: list[tuple[str, str]], found: str) -> None:
        by_itself = ("", f"As found: {found}" if found else "Find it out")
        self.fields[name].choices = [by_itself, *known]  # type: ignore[attr-defined]

    @property
    def of_blanks(self) -> list[forms.BoundField]:
        """Return the fields that say what blank cells mean."""
        return [self[_default(field)] for field in _DEFAULTED]

    @property
    def has_defaults(self) -> bool:
        """Say whether a blank cell means something."""
        return any(field.value() or field.errors for field in self.of_blanks)

    @property
    def has_encoding(self) -> bool:
        """Say whether the file may be in one encoding or another."""
        return self._record.format in ("", *_OF_TEXT)

    @property
    def has_delimiter(self) -> bool:
        """Say whether the file may be cut at one delimiter or another."""
        return self._record.format in ("", FileFormat.CSV)

    @property
    def is_laid_out_anew(self) -> bool:
        """Say whether the columns that were shown are not those that will be read."""
        return self._names is None

    def choose(self, plan: ColumnPlan) -> Choices | None:
        """Return all that was chosen; None leaves what is wrong at its place in the form."""
        said, names = self._said(), self._names
        if names is not None:
            columns = plan.spelled(names).said()
            said |= {"fill_down": self.cleaned_data["fill_down"], **columns}
            if plan.faults:
                self.add_error(None, "More than one column holds the same: see below.")
            elif not plan.has_sku:
                self.add_error(None, _NO_SKU)
        try:
            choices = choices_from_json(said)
        except ChoicesRefused as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
        return None if self.errors else choices

    @property
    def _names(self) -> tuple[str, ...] | None:
        return names_by(
            self._record, self._outline, encoding=self._encoding, delimiter=self._delimiter
        )

    @property
    def _encoding(self) -> str:
        chosen: str = self.cleaned_data["encoding"]
        return chosen if self.has_encoding else self._outline.choices.encoding

    @property
    def _delimiter(self) -> str:
        chosen: str = self.cleaned_data["delimiter"]
        if not self.has_delimiter:
            return self._outline.choices.delimiter
        return _DELIMITERS.get(chosen, chosen)

    def _said(self) -> dict[str, object]:
        data = self.cleaned_data
        as_they_are = ("decimal", "minor_units", "currency", "preset", "clear_token")
        return {
            **{name: data[name] for name in as_they_are},
            "encoding": self._encoding,
            "delimiter": self._delimiter,
            "defaults": {field: data[_default(field)] for field in _DEFAULTED},
        }


class MappingNameForm(ModalForm):
    """What a saved mapping is called."""

    name = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )


def initial_choices(choices: Choices, record: Import) -> dict[str, object]:
    """Return choices as the form shows them."""
    return {
        "preset": choices.preset,
        "encoding": choices.encoding,
        "delimiter": delimiter_name(choices.delimiter),
        "decimal": choices.decimal or "",
        "minor_units": choices.minor_units,
        "currency": choices.currency,
        "clear_token": choices.clear_token,
        "fill_down": choices.fill_down,
        # How Pricebook writes a file says nothing of how others write theirs.
        "remember": not record.is_ours,
        **{_default(field): text for field, text in choices.defaults.items()},
    }


def _default(field: str) -> str:
    return f"default-{field}"


def _delimiters(choices: Choices) -> list[tuple[str, str]]:
    """Return the usual ones, and the one that was chosen."""
    chosen = [delimiter_name(choices.delimiter)] if choices.delimiter else []
    return [(name, name.capitalize()) for name in dict.fromkeys([*_DELIMITERS, *chosen])]
