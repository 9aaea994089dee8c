"""The one door through which every import enters: page, API and command line alike."""

from __future__ import annotations

from django.db import transaction

from pricebook.accounts.models import User
from pricebook.catalogue.models import PRODUCTS_SLOT
from pricebook.files.models import StoredFile
from pricebook.imports.models import IMPORT, Import
from pricebook.jobs.queue import create_job, send


@transaction.atomic
def create_import(*, file: StoredFile, actor: User | None) -> Import:
    """Queue the import of a stored file without telling the workers yet."""
    job = create_job(kind=IMPORT, actor=actor, slot=PRODUCTS_SLOT)
    return Import.objects.create(job=job, file=file)


@transaction.atomic
def start_import(*, file: StoredFile, actor: User | None) -> Import:
    """Queue the import of a stored file and send it to a worker (A4)."""
    created = create_import(file=file, actor=actor)
    send(created.job)
    return created
