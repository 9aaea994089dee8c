"""`undo_import ID`: take back what an import wrote, with the progress in the terminal (A14)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from pricebook.catalogue.bulk import start_undo
from pricebook.catalogue.models import BulkEdit
from pricebook.catalogue.undo import NotUndoableError
from pricebook.imports.management.terminal import (
    EXIT_FAILED,
    EXIT_USAGE,
    as_json,
    count_line,
    exit_as,
    headline,
    run_here,
)
from pricebook.imports.models import Import
from pricebook.jobs.models import Job

_SHOWN = 10


class Command(BaseCommand):
    """Undo an import and wait for its end."""

    help = "Take back what an import wrote. Exit code: 0 completed, 1 failed, 2 bad usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare ID and --json."""
        parser.add_argument("import_id", type=UUID, metavar="ID")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, import_id: UUID, json: bool, **_: Any) -> None:
        """Run the undo here, print what came of it."""
        record = Import.objects.select_related("file").filter(pk=import_id).first()
        if record is None:
            message = f"There is no import {import_id}."
            raise CommandError(message, returncode=EXIT_USAGE)
        try:
            undo = start_undo(job_id=import_id, actor=None)
        except NotUndoableError as error:
            raise CommandError(str(error), returncode=EXIT_FAILED) from error
        job = run_here(undo.pk, label=lambda _phase: "Taking it back", quiet=json)
        kept = BulkEdit.objects.get(pk=undo.pk).kept
        shown = as_json(job, kept_skus=kept) if json else _as_text(job, record, kept)
        self.stdout.write(shown)
        exit_as(job)


def _as_text(job: Job, record: Import, kept: list[str]) -> str:
    lines = headline(job, f"Undo of {record.file.name}")
    lines.append(count_line("restored", job.updated_rows))
    lines.append(count_line("kept", job.skipped_rows))
    lines += [f"  {sku} was changed since and stays as it is." for sku in kept[:_SHOWN]]
    return "\n".join(lines)
