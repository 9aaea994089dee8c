"""The page where a few rejected rows are mended and imported again (A9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from pricebook.accounts.models import Scope
from pricebook.imports.mending import MendingRefused, mend, read_rejects
from pricebook.imports.models import Import
from pricebook.web.access import needs
from pricebook.web.mended_rows import posted_rows, rows_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from pricebook.imports.mending import RejectSheet
    from pricebook.web.htmx import PageRequest
    from pricebook.web.mended_rows import MendedRow

_CHANGED = "The file was read anew since this page was opened. These are its rejected rows now."


@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
def mend_rows(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show the rejected rows of an import, or import them as they were mended."""
    record = get_object_or_404(Import.objects.recent().defer(None), pk=import_id)
    sheet = read_rejects(record)
    if sheet is None:
        return render(request, "web/mending_not_here.html", {"import": record})
    if request.method == "GET":
        return _show(request, record, rows_of(sheet), sheet)
    if request.POST.get("version") != sheet.version:
        return _show(request, record, rows_of(sheet), sheet, problem=_CHANGED)
    return _import(request, record, sheet)


def _import(request: PageRequest, record: Import, sheet: RejectSheet) -> HttpResponse:
    rows = posted_rows(sheet, request.POST)
    texts = {(row.line, cell.place): cell.text for row in rows for cell in row.cells}
    left_out = {row.line for row in rows if row.is_left_out}
    try:
        mended = mend(
            record=record, sheet=sheet, texts=texts, left_out=left_out, actor=request.user
        )
    except MendingRefused as error:
        return _show(request, record, rows, sheet, problem=str(error), line=error.line)
    return redirect("import", mended.pk)


def _show(
    request: PageRequest,
    record: Import,
    rows: list[MendedRow],
    sheet: RejectSheet,
    *,
    problem: str = "",
    line: int = 0,
) -> HttpResponse:
    context = {
        "import": record,
        "rows": rows,
        "sheet": sheet,
        "problem": problem,
        "problem_line": line,
    }
    return render(request, "web/mending.html", context)
