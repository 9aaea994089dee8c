"""What a job is about, in words and as an address; one question for any number of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, BulkEdit
from pricebook.imports.models import Import
from pricebook.web.conditions import conditions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

UNKNOWN = "Background work"


@dataclass(frozen=True, slots=True)
class Subject:
    """The name of a job, and the page that tells about it."""

    title: str
    address: str
    is_import: bool = False


def subjects_of(job_ids: Iterable[UUID]) -> dict[UUID, Subject]:
    """Return what each job is about; two queries, and none without jobs."""
    ids = set(job_ids)
    if not ids:
        return {}
    edits = BulkEdit.objects.filter(pk__in=ids).select_related("undoes__bulkedit").in_bulk()
    undone = {edit.undoes_id for edit in edits.values() if edit.undoes_id is not None}
    meant = Import.objects.filter(pk__in=ids | undone).select_related("file")
    # Those of a file of thousands of columns are megabytes, and only its name is told.
    imports = meant.defer("outline", "choices").in_bulk()
    return {job_id: _subject(job_id, imports, edits) for job_id in ids}


def subject_of(import_: Import) -> Subject:
    """Return what an import is about."""
    return Subject(import_.file.name, reverse("import", args=[import_.pk]), is_import=True)


def _subject(
    job_id: UUID, imports: Mapping[UUID, Import], edits: Mapping[UUID, BulkEdit]
) -> Subject:
    if job_id in imports:
        return subject_of(imports[job_id])
    title = title_of(edits[job_id], imports) if job_id in edits else UNKNOWN
    return Subject(title, reverse("job", args=[job_id]))


def title_of(edit: BulkEdit, imports: Mapping[UUID, Import]) -> str:
    """Return what a bulk edit does; `imports` holds the one that it takes back, if any."""
    if edit.undoes is None:
        return _deed(edit)
    if edit.undoes.pk in imports:
        return f"Undo: {imports[edit.undoes.pk].file.name}"
    before: BulkEdit | None = getattr(edit.undoes, "bulkedit", None)
    return f"Undo: {UNKNOWN if before is None else _deed(before)}"


def _deed(edit: BulkEdit) -> str:
    action = BulkAction(edit.action)
    if action == BulkAction.UNDO:
        return "an earlier undo"
    conditions = conditions_of(ProductFilter.from_json(edit.selection))
    if not conditions:
        return f"{action.label} all products"
    return f"{action.label} products · {' · '.join(each.text for each in conditions)}"
