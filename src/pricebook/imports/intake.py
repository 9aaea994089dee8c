"""The one door through which every import enters: page, API and command line alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction

from pricebook.catalogue.models import PRODUCTS_SLOT
from pricebook.catalogue.sources import find_source
from pricebook.files.models import StoredFile, Upload
from pricebook.files.uploads import UploadNotFound, finish_upload
from pricebook.imports.choices import choices_to_json
from pricebook.imports.mappings import choices_of, find_mapping
from pricebook.imports.models import IMPORT, Import
from pricebook.imports.options import Options
from pricebook.jobs.queue import create_job, send

if TYPE_CHECKING:
    from pricebook.accounts.models import User

AS_USUAL: Final = Options()


@transaction.atomic
def create_import(
    *,
    file: StoredFile,
    actor: User | None,
    options: Options = AS_USUAL,
    import_id: UUID | None = None,
    mends: Import | None = None,
) -> Import:
    """Queue the import of a stored file without telling the workers yet.

    Raises OptionsRefused and MappingNotFound.
    """
    options.check()
    mapping = find_mapping(options.mapping) if options.mapping else None
    choices = choices_of(mapping) if mapping else options.choices
    job = create_job(kind=IMPORT, actor=actor, slot=PRODUCTS_SLOT, job_id=import_id)
    return Import.objects.create(
        job=job,
        file=file,
        preview=options.preview,
        mode=options.mode,
        source=find_source(options.source) if options.source.strip() else None,
        deactivate_missing=options.deactivate_missing,
        all_or_nothing=options.all_or_nothing,
        mapping=mapping,
        choices=None if choices is None else choices_to_json(choices),
        mends=mends,
    )


@transaction.atomic
def start_import(
    *,
    file: StoredFile,
    actor: User | None,
    options: Options = AS_USUAL,
    mends: Import | None = None,
) -> Import:
    """Queue the import of a stored file and send it to a worker (A4)."""
    created = create_import(file=file, actor=actor, options=options, mends=mends)
    send(created.job)
    return created


@dataclass(frozen=True, slots=True)
class Started:
    """An import, and whether it was this call that started it."""

    record: Import
    is_new: bool


@transaction.atomic
def start_upload(*, key: str, actor: User, options: Options = AS_USUAL) -> Started:
    """Queue the import of what was sent straight to storage; its id is the upload's (A2).

    An answer may get lost: the same key gives the same import again. Raises UploadNotFound for a
    key that is unknown or somebody else's, or whose file is not there, and UploadIncomplete.
    """
    options.check()
    held = Upload.objects.select_for_update()
    upload = held.open_to(actor).filter(key=key).first()
    if upload is None:
        message = "There is no upload with this key; it may have expired."
        raise UploadNotFound(message)
    if upload.file_id is not None:
        return Started(Import.objects.get(pk=upload.pk), is_new=False)
    file = finish_upload(upload)
    created = create_import(file=file, actor=actor, options=options, import_id=upload.pk)
    send(created.job)
    return Started(created, is_new=True)
