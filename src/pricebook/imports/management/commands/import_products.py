"""`import_products FILE`: the same import as in the browser, with its progress in the terminal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from pricebook.catalogue.modes import Mode
from pricebook.feed.choices import Choices
from pricebook.files.receive import FileRefused, receive_file
from pricebook.files.space import StorageFull
from pricebook.imports.choices import ChoicesRefused, choices_from_json
from pricebook.imports.intake import create_import
from pricebook.imports.management.terminal import (
    COUNTS,
    EXIT_FAILED,
    EXIT_USAGE,
    as_json,
    count_line,
    exit_as,
    headline,
    run_here,
)
from pricebook.imports.mappings import MappingNotFound, find_mapping
from pricebook.imports.models import Import, Phase, Review
from pricebook.imports.options import Options, OptionsRefused
from pricebook.jobs.models import Job, Status


class Command(BaseCommand):
    """Import a product file and wait for its end, or take an import back."""

    help = "Import a product file. Exit code: 0 completed, 1 failed, 2 bad usage, 3 needs review."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare FILE, what the import may do, --undo and --json."""
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE")
        wanted = parser.add_argument_group("the import")
        wanted.add_argument(
            "--preview", action="store_true", help="say what it would do, and wait for approval"
        )
        wanted.add_argument("--mode", choices=Mode.values, help="upsert unless said otherwise")
        wanted.add_argument("--source", metavar="NAME", help="whose file it is")
        wanted.add_argument(
            "--deactivate-missing",
            action="store_true",
            help="switch off what the last file of the source had and this one has not",
        )
        wanted.add_argument(
            "--all-or-nothing",
            action="store_true",
            help="change nothing when a row cannot be taken in",
        )
        wanted.add_argument(
            "--mapping",
            metavar="NAME_OR_FILE.json",
            help="how the file is read: a saved mapping, or choices as a JSON object",
        )
        parser.add_argument("--undo", type=UUID, metavar="ID", help="take this import back instead")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, file: Path | None, undo: UUID | None, json: bool, **given: Any) -> None:
        """Store the file, run its import here, print what came of it."""
        if undo is not None:
            _check_undo(file, given)
            call_command("undo_import", str(undo), json=json, stdout=self.stdout)
            return
        if file is None:
            raise _bad_usage("Name the file that is to be imported.")
        record = _receive(file, _options(given))
        job = run_here(record.pk, label=_label, quiet=json)
        record.refresh_from_db()
        self.stdout.write(_as_json(job, record) if json else _as_text(job, record))
        exit_as(job)


_OF_A_FILE = ("preview", "mode", "source", "deactivate_missing", "all_or_nothing", "mapping")


def _check_undo(file: Path | None, given: dict[str, Any]) -> None:
    """Refuse what means nothing to an undo instead of ignoring it."""
    if file is not None or any(given[name] for name in _OF_A_FILE):
        message = (
            "--undo takes back an import: leave out the file and what belongs to a new import."
        )
        raise _bad_usage(message)


def _options(given: dict[str, Any]) -> Options:
    """Return what is wanted of the import, checked before its file is taken in."""
    name, choices = _mapping(given["mapping"] or "")
    options = Options(
        preview=given["preview"],
        mode=Mode(given["mode"] or Mode.UPSERT),
        source=given["source"] or "",
        deactivate_missing=given["deactivate_missing"],
        all_or_nothing=given["all_or_nothing"],
        mapping=name,
        choices=choices,
    )
    try:
        options.check()
        if name:
            find_mapping(name)
    except (OptionsRefused, MappingNotFound) as error:
        raise _bad_usage(str(error)) from error
    return options


def _mapping(said: str) -> tuple[str, Choices | None]:
    """Return the name of a mapping, or the choices that a file holds."""
    path = Path(said)
    if path.suffix != ".json" or not path.exists():
        return said, None
    try:
        return "", choices_from_json(json.loads(path.read_bytes()))
    except OSError as error:
        raise _bad_usage(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise _bad_usage(f"{path} does not hold JSON in UTF-8.") from error
    except ChoicesRefused as error:
        raise _bad_usage(f"{path}: {error}") from error


def _bad_usage(message: str) -> CommandError:
    return CommandError(message, returncode=EXIT_USAGE)


def _receive(file: Path, options: Options) -> Import:
    try:
        with file.open("rb") as source:
            stored = receive_file(source, name=file.name, actor=None)
    except OSError as error:
        raise _bad_usage(f"{file} cannot be read: {error.strerror}.") from error
    except (FileRefused, StorageFull) as error:
        raise CommandError(str(error), returncode=EXIT_FAILED) from error
    return create_import(file=stored, actor=None, options=options)


def _label(phase: str) -> str:
    return Phase(phase).label if phase else ""


def _as_json(job: Job, record: Import) -> str:
    return as_json(job, deactivated_products=record.deactivated_products)


def _as_text(job: Job, record: Import) -> str:
    lines = headline(job, record.file.name)
    lines += [count_line(name.removesuffix("_rows"), getattr(job, name)) for name in COUNTS]
    if record.deactivated_products:
        lines.append(_off("switched off", record.deactivated_products, record))
    if job.status == Status.NEEDS_REVIEW:
        lines += _as_review(Review.objects.get(parent=record), record)
    lines += [
        f"  {cause.rows:,} × {cause.column or 'row'}: {cause.message}"
        for cause in record.causes.all()[:10]
    ]
    return "\n".join(lines)


def _off(what: str, products: int, record: Import) -> str:
    return f"  {products:,} × {what}: no longer in the file of {record.source}"


def _as_review(review: Review, record: Import) -> list[str]:
    """Return what the import would do, and how to let it."""
    lines = [str(reason["sentence"]) for reason in review.reasons]
    lines.append(count_line("new", review.new_rows))
    lines.append(count_line("changed", review.changed_rows))
    if review.skipped_rows:
        lines.append(count_line("skipped", review.skipped_rows))
    if review.missing_products:
        lines.append(_off("would be switched off", review.missing_products, record))
    lines += [f"  {oddity['rows']:,} × {oddity['sentence']}" for oddity in review.oddities]
    lines.append(
        f"Nothing has been changed. Approve it: pricebook approve_import {review.parent_id}"
    )
    return lines
