"""What the page of an import says of how its file was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pricebook.feed.presets import PRESETS
from pricebook.jobs.models import Status

if TYPE_CHECKING:
    from pricebook.imports.models import Import


def read_by(import_: Import) -> str:
    """Return what proposed the columns: a mapping or a preset; blank for the header's words."""
    if import_.mapping is not None:
        return import_.mapping.name or "remembered for this header"
    preset = (import_.choices or {}).get("preset")
    label = next((each.label for each in PRESETS if each.name == preset), "")
    return f"{label}, recognised" if label and import_.outline.get("preset") == preset else label


def asks_for_columns(import_: Import) -> bool:
    """Say whether an import failed because nobody knew what its columns hold."""
    job = import_.job
    return job.status == Status.FAILED and bool(import_.outline) and not job.total_rows
