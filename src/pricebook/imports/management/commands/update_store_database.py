"""`update_store_database`: take in the files that wait in `discovered_stores/` (E1)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pricebook.files.inbox import shown_name
from pricebook.imports.management.terminal import EXIT_FAILED, EXIT_USAGE
from pricebook.imports.store_inbox import FOLDER, FileReport, update_from_folder

_SHOWN: Final = 10


class Command(BaseCommand):
    """Create and update companies, divisions and stores."""

    help = "Take in files about stores. Exit code: 0 all taken, 1 a file failed, 2 bad usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --data-dir, --delete-source and --json."""
        parser.add_argument(
            "--data-dir", type=Path, metavar="FOLDER", help=f"where {FOLDER}/ is, if elsewhere"
        )
        parser.add_argument(
            "--delete-source",
            action="store_true",
            help="delete what was taken in whole, instead of moving it to processed/",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, data_dir: Path | None, delete_source: bool, json: bool, **_: Any) -> None:
        """Take each file, say what came of it."""
        data = data_dir or settings.DATA_DIR
        if data_dir and not data_dir.is_dir():
            message = f"{data_dir} is no folder."
            raise CommandError(message, returncode=EXIT_USAGE)
        reports = []
        for report in update_from_folder(data, delete_source=delete_source):
            reports.append(report)
            if not json:
                self.stdout.write("\n".join(_lines(report)))
        self.stdout.write(_as_json(reports) if json else _summary(reports, data))
        if any(report.error for report in reports):
            sys.exit(EXIT_FAILED)


def _lines(report: FileReport) -> list[str]:
    if report.error:
        return [f"{report.file}: failed. {report.error}", *_place(report)]
    update = report.update
    counts = f"{update.created:,} new, {update.updated:,} updated, {update.unchanged:,} unchanged"
    lines = [f"{report.file}: {report.company}, {counts}"]
    if update.missing or update.back:
        lines.append(f"  {update.missing:,} missing from now on, {update.back:,} back")
    if report.rejected:
        lines.append(f"  {len(report.rejected):,} could not be taken:")
        lines += [f"    {sentence}" for sentence in report.rejected[:_SHOWN]]
    return [*lines, *(f"  {note}" for note in report.notes), *_place(report)]


def _place(report: FileReport) -> list[str]:
    return [f"  It is kept as {shown_name(report.moved_to)}."] if report.moved_to else []


def _summary(reports: list[FileReport], data: Path) -> str:
    if not reports:
        return f"No file waits in {data / FOLDER}."
    failed = sum(bool(report.error) for report in reports)
    return f"{len(reports) - failed:,} taken, {failed:,} failed"


def _as_json(reports: list[FileReport]) -> str:
    return json.dumps({"files": [_report_as_json(report) for report in reports]})


def _report_as_json(report: FileReport) -> dict[str, object]:
    return {
        "file": report.file,
        "status": "failed" if report.error else "taken",
        "company": report.company,
        **asdict(report.update),
        "rejected": len(report.rejected),
        "rejections": report.rejected,
        "notes": report.notes,
        "error": report.error,
        "moved_to": report.moved_to and shown_name(report.moved_to),
    }
