"""check_storage: try the storage as browsers and workers use it, and say what to change."""

from __future__ import annotations

import json
import sys
import textwrap
from argparse import ArgumentTypeError
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from pricebook.files.check import check_storage
from pricebook.files.checks.results import Outcome, Result

EXIT_FAILED: Final = 1
_SIGNS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.SKIPPED: "–"}


class Command(BaseCommand):
    """Check the configured storage; nothing stays of what it writes."""

    help = (
        "Check the storage of files: access, uploads, what it has to refuse, CORS."
        " Exit code: 0 all is well, 1 something failed."
    )
    # Storage has nothing to do with the database; it can be checked before anything runs.
    needs_services = False
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --origin and --json."""
        parser.add_argument(
            "--origin",
            dest="origins",
            action="append",
            default=[],
            type=_origin,
            metavar="https://prices.example.com",
            help="where people open Pricebook; repeat it for several (default: by ALLOWED_HOSTS)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, origins: list[str], json: bool, **_: Any) -> None:
        """Run the checks and print them; exit with 1 when any failed."""
        results = check_storage(origins)
        failed = self._print_json(results) if json else self._print_lines(results)
        if failed:
            sys.exit(EXIT_FAILED)

    def _print_json(self, results: Iterable[Result]) -> int:
        """Print one object when all is done; return how many checks failed."""
        made = list(results)
        failed = _count_failed(made)
        checks = [
            {
                "check": result.check,
                "outcome": result.outcome,
                "sentence": result.sentence,
                "change": result.change,
            }
            for result in made
        ]
        said = {"storage": _storage_name(), "passed": not failed, "checks": checks}
        self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        return failed

    def _print_lines(self, results: Iterable[Result]) -> int:
        """Print each check when it is done; return how many failed."""
        self.stdout.write(f"Storage: {_storage_name()}")
        made = []
        for result in results:
            made.append(result)
            self.stdout.write(f"{_SIGNS[result.outcome]} {result.sentence}")
            if result.change:
                self.stdout.write(textwrap.indent(result.change, "    "))
            self.stdout.flush()
        failed = _count_failed(made)
        checks = "1 check" if failed == 1 else f"{failed} checks"
        self.stdout.write(f"{checks} failed." if failed else "All is well.")
        return failed


def _count_failed(results: Iterable[Result]) -> int:
    return sum(result.outcome is Outcome.FAILED for result in results)


def _storage_name() -> str:
    if settings.BUCKET is None:
        return f"the folder {settings.FILES_ROOT}"
    return f"the bucket {settings.BUCKET.name} at {settings.BUCKET.origin}"


def _origin(text: str) -> str:
    """Return an origin as browsers write it: no path, no slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
        message = f"{text!r} is not an origin such as https://prices.example.com"
        raise ArgumentTypeError(message)
    return f"{parts.scheme}://{parts.netloc.lower()}"
