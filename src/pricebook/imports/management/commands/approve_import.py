"""`approve_import ID`: let an import go on that waits for a decision; a worker takes it up."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from pricebook.imports.models import Import
from pricebook.imports.review import approve_import, discard_import
from pricebook.jobs.queue import NotAllowedNow


class Command(BaseCommand):
    """Approve or discard an import that needs review."""

    help = "Let an import go on that waits for approval, or discard it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare ID and --discard."""
        parser.add_argument("import_id", type=UUID, metavar="ID")
        parser.add_argument("--discard", action="store_true", help="drop it; nothing is changed")

    def handle(self, *, import_id: UUID, discard: bool, **_: Any) -> None:
        """Write the decision down."""
        if not Import.objects.filter(pk=import_id).exists():
            message = f"There is no import {import_id}."
            raise CommandError(message)
        try:
            if discard:
                discard_import(import_id=import_id)
            else:
                approve_import(import_id=import_id, actor=None)
        except NotAllowedNow as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Discarded." if discard else "Approved: a worker goes on with it.")
