"""`import_products FILE`: the same import as in the browser, with its progress in the terminal."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pricebook.files.receive import FileRefused, receive_file
from pricebook.imports.intake import create_import
from pricebook.imports.models import Import, Phase, Review
from pricebook.jobs.models import Job, Status
from pricebook.jobs.progress import Progress as JobProgress
from pricebook.jobs.runner import run_job

COUNTS = (
    "total_rows",
    "created_rows",
    "updated_rows",
    "unchanged_rows",
    "duplicate_rows",
    "skipped_rows",
    "failed_rows",
)
EXIT_FAILED, EXIT_USAGE, EXIT_NEEDS_REVIEW = 1, 2, 3
_LOOK_AGAIN_SECONDS = 0.3


class Command(BaseCommand):
    """Import a product file and wait for its end."""

    help = "Import a product file. Exit code: 0 completed, 1 failed, 2 bad usage, 3 needs review."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare FILE and --json."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--preview", action="store_true", help="say what it would do, and wait for approval"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, file: Path, preview: bool, json: bool, **_: Any) -> None:
        """Store the file, run its import here, print what came of it."""
        record = _receive(file, preview=preview)
        job = _run(record, quiet=json)
        self.stdout.write(_as_json(job) if json else _as_text(job, record))
        if job.status == Status.NEEDS_REVIEW:
            sys.exit(EXIT_NEEDS_REVIEW)
        if job.status != Status.COMPLETED:
            sys.exit(EXIT_FAILED)


def _receive(file: Path, *, preview: bool) -> Import:
    try:
        with file.open("rb") as source:
            stored = receive_file(source, name=file.name, actor=None)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise CommandError(message, returncode=EXIT_USAGE) from error
    except FileRefused as error:
        raise CommandError(str(error), returncode=EXIT_FAILED) from error
    return create_import(file=stored, actor=None, preview=preview)


def _run(record: Import, *, quiet: bool) -> Job:
    """Run the import in this process; wait while an earlier one has its turn."""
    columns = (TextColumn("{task.description:<26}"), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True, quiet=quiet)
    with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
        task = bars.add_task(Phase.STAGING.label, total=100)

        def show(state: JobProgress) -> None:
            label = Phase(state.phase).label if state.phase else ""
            bars.update(task, completed=state.percent, description=label)

        while True:
            run_job(record.job_id, show)
            job = Job.objects.get(id=record.job_id)
            if job.is_finished:
                return job
            # A worker may have taken it over, or an earlier import still merges.
            time.sleep(_LOOK_AGAIN_SECONDS)


def _as_json(job: Job) -> str:
    return json.dumps(
        {
            "id": str(job.id),
            "status": job.status,
            **{name: getattr(job, name) for name in COUNTS},
            "seconds": round(job.seconds or 0, 2),
            "error": job.error,
        }
    )


def _as_text(job: Job, record: Import) -> str:
    lines = [f"{record.file.name}: {job.get_status_display().lower()}, {job.seconds or 0:.1f} s"]
    lines += [job.error] if job.error else []
    for name in COUNTS:
        label = name.removesuffix("_rows")
        lines.append(f"{label:>10} {getattr(job, name):>12,}")
    if job.status == Status.NEEDS_REVIEW:
        lines += _as_review(Review.objects.get(parent=record))
    lines += [
        f"  {cause.rows:,} × {cause.column or 'row'}: {cause.message}"
        for cause in record.causes.all()[:10]
    ]
    return "\n".join(lines)


def _as_review(review: Review) -> list[str]:
    """Return what the import would do, and how to let it."""
    return [
        *(str(reason["sentence"]) for reason in review.reasons),
        f"{'new':>10} {review.new_rows:>12,}",
        f"{'changed':>10} {review.changed_rows:>12,}",
        *(f"  {oddity['rows']:,} × {oddity['sentence']}" for oddity in review.oddities),
        f"Nothing has been changed. Approve it: pricebook approve_import {review.parent_id}",
    ]
