"""What somebody wants of an import besides its file: how it is read, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pricebook.catalogue.models import MAX_SOURCE_NAME
from pricebook.catalogue.modes import Mode
from pricebook.core.errors import PermanentError
from pricebook.feed.records import is_storable

if TYPE_CHECKING:
    from pricebook.feed.choices import Choices


class OptionsRefused(PermanentError):
    """What is wanted of an import does not go together; `field` says which option is meant."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Options:
    """Say what an import is to do (A11, A15)."""

    preview: bool = False
    """It says what it would do, and waits for approval."""
    mode: Mode = Mode.UPSERT
    source: str = ""
    """Name of the supplier or feed whose file this is; "" is none."""
    deactivate_missing: bool = False
    """Products of the source's last file that are not in this one are switched off."""
    all_or_nothing: bool = False
    """One row that cannot be taken in, and the import fails without a change."""
    mapping: str = ""
    """Name of the saved mapping that says how the file is read."""
    choices: Choices | None = None
    """How the file is read; None: as the mapping says, or as files with its header were before."""

    def check(self) -> None:
        """Raise OptionsRefused unless they go together."""
        source = self.source.strip()
        if len(source) > MAX_SOURCE_NAME or not is_storable(source):
            message = f"The name of a source is a text of at most {MAX_SOURCE_NAME} characters."
            raise OptionsRefused("source", message)
        if self.deactivate_missing and not source:
            message = (
                "Name the source of the file: what is missing from it is switched off only among "
                "the products that this source brought before."
            )
            raise OptionsRefused("source", message)
        if self.mapping and self.choices is not None:
            message = "Name a mapping, or say how the file is to be read, but not both."
            raise OptionsRefused("mapping", message)
