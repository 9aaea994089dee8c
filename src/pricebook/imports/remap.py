"""Reading an import's file again by other choices: of its columns, its encoding, … (A10)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from pricebook.catalogue.modes import Mode
from pricebook.files.storage import storage
from pricebook.imports.checkpoint import Checkpoint, drop_staged
from pricebook.imports.choices import choices_to_json
from pricebook.imports.intake import start_import
from pricebook.imports.mappings import save_mapping
from pricebook.imports.models import Import, Review
from pricebook.imports.options import Options
from pricebook.imports.outlines import outline_of
from pricebook.jobs.models import RETRYABLE, Job, Status
from pricebook.jobs.queue import NotAllowedNow, queue_again

if TYPE_CHECKING:
    from uuid import UUID

    from pricebook.accounts.models import User
    from pricebook.feed.choices import Choices


@transaction.atomic
def remap_import(
    *,
    import_id: UUID,
    choices: Choices,
    actor: User | None,
    remember: bool = False,
    name: str = "",
) -> Import:
    """Read the file of an import again by these choices, and show what it would do.

    An import that has not changed the book goes on as what it is; of any other the file is
    imported anew. With `remember` every file with such a header is read so from now on; `name`
    keeps the choices under a name. Raises NotAllowedNow for an import that is under way.
    """
    job = Job.objects.select_for_update().get(id=import_id)
    record = Import.objects.select_related("file", "source").get(pk=import_id)
    if job.status in (Status.PENDING, Status.PROCESSING):
        message = "The import is under way. Cancel it first, or wait for its end."
        raise NotAllowedNow(message)
    outline = outline_of(record)
    fingerprint = outline.fingerprint if remember and outline is not None else ""
    mapping = None
    if fingerprint or name.strip():
        kept = _as_found(choices) if record.is_ours else choices
        mapping = save_mapping(choices=kept, actor=actor, name=name, fingerprint=fingerprint)
    if _is_untouched(job):
        _read_again(record, job, choices)
    else:
        record = _import_anew(record, choices, actor)
    record.mapping = mapping
    record.save(update_fields=["mapping"])
    return record


def _as_found(choices: Choices) -> Choices:
    """Leave out how a file of ours is written: others with its header are their supplier's."""
    return replace(choices, encoding="", delimiter="", decimal=None)


def _is_untouched(job: Job) -> bool:
    waits = job.status == Status.NEEDS_REVIEW or job.status in RETRYABLE
    return waits and not Checkpoint.of(job).has_changed_the_book


def _read_again(record: Import, job: Job, choices: Choices) -> None:
    _forget_reading(record)
    record.choices = choices_to_json(choices)
    record.preview = True
    record.save()
    drop_staged(job)
    job.checkpoint = {}
    job.total_rows = job.processed_rows = job.duplicate_rows = job.failed_rows = 0
    job.unchanged_rows = job.skipped_rows = 0
    queue_again(job)


def _forget_reading(record: Import) -> None:
    """Forget what came of the last reading, but for the columns: the next one may fail."""
    for found in (Review.objects.filter(parent=record), record.causes, record.rejected_rows):
        found.all().delete()
    if record.rejects_key:
        transaction.on_commit(partial(storage().delete, record.rejects_key))
    record.rejects_key = ""
    record.columns, record.ignored_columns = {}, []


def _import_anew(record: Import, choices: Choices, actor: User | None) -> Import:
    options = Options(
        preview=True,
        mode=Mode(record.mode),
        source=record.source.name if record.source is not None else "",
        deactivate_missing=record.deactivate_missing,
        all_or_nothing=record.all_or_nothing,
        choices=choices,
    )
    return start_import(file=record.file, actor=actor, options=options)
