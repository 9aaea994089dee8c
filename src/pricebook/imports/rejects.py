"""What an import refused: every row in a file that can be mended and uploaded again (A9), the
counts of every cause, and the first rows for the page."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from pricebook.feed.records import Problem, Rejection
from pricebook.files.keys import new_key
from pricebook.files.storage import storage
from pricebook.imports.models import Import, RejectCause, RejectedRow

# Behind the file's own columns; the importer ignores them when the file comes back.
REASON_COLUMNS = ("error_line", "error_column", "error_code", "error_message")
_BOM = "\ufeff"

Cause = tuple[str, str]


@dataclass
class RejectLog:
    """The rejects of one staging run."""

    key: str
    header: Sequence[str]
    # The file's own: whoever guesses by it how prices are written guesses the same again.
    delimiter: str
    stream: BinaryIO
    rows: int = 0
    _counts: Counter[Cause] = field(default_factory=Counter)
    _messages: dict[Cause, str] = field(default_factory=dict)
    _first: list[tuple[int, Problem]] = field(default_factory=list)

    def add(self, rejections: Iterable[Rejection]) -> None:
        """Write rejections to the file and count their causes."""
        # With a mark of its encoding: whoever opens it may else take it for the origin's.
        text = io.StringIO(_BOM if self.rows == 0 else "")
        text.seek(0, io.SEEK_END)
        writer = csv.writer(text, delimiter=self.delimiter)
        if self.rows == 0:
            writer.writerow([*self.header, *REASON_COLUMNS])
        for rejection in rejections:
            self.rows += 1
            writer.writerow([*self._original(rejection), *_reasons(rejection)])
            for problem in rejection.problems:
                self._count(rejection.line, problem)
        self.stream.write(text.getvalue().encode("utf-8", "replace"))

    def _original(self, rejection: Rejection) -> list[str]:
        """Return the row's cells, filled up so that the reasons stand in their columns."""
        return [*rejection.values, *[""] * (len(self.header) - len(rejection.values))]

    def _count(self, line: int, problem: Problem) -> None:
        cause = (problem.code, (problem.column or "")[:200])
        self._counts[cause] += 1
        self._messages.setdefault(cause, problem.message)
        if self._counts[cause] <= settings.IMPORT_REJECTED_ROWS_KEPT // 10 or (
            len(self._first) < settings.IMPORT_REJECTED_ROWS_KEPT
        ):
            self._first.append((line, problem))

    @transaction.atomic
    def store(self, parent: Import) -> None:
        """Put the causes and the first rows where the pages find them, in place of older ones."""
        parent.causes.all().delete()
        parent.rejected_rows.all().delete()
        RejectCause.objects.bulk_create(
            RejectCause(
                parent=parent,
                code=code,
                column=column,
                rows=rows,
                message=self._messages[code, column],
            )
            for (code, column), rows in self._counts.items()
        )
        RejectedRow.objects.bulk_create(
            RejectedRow(
                parent=parent,
                line=line,
                column=(problem.column or "")[:200],
                code=problem.code,
                message=problem.message,
                value=problem.value[:200],
            )
            for line, problem in self._first
        )


def _reasons(rejection: Rejection) -> list[str]:
    problems = rejection.problems
    return [
        str(rejection.line),
        "; ".join(problem.column or "" for problem in problems),
        "; ".join(problem.code for problem in problems),
        " ".join(problem.message for problem in problems),
    ]


@contextmanager
def reject_log(header: Sequence[str], delimiter: str) -> Iterator[RejectLog]:
    """Open a reject file; without a reject it leaves none. No delimiter means a comma."""
    key = new_key(".rejects.csv")
    with storage().write(key) as stream:
        log = RejectLog(key, header, delimiter or ",", stream)
        yield log
    if not log.rows:
        storage().delete(key)
