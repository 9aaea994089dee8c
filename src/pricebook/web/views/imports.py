"""The import pages: upload and history, and one import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from pricebook.accounts.models import Scope
from pricebook.imports.mending import can_mend
from pricebook.imports.models import Import
from pricebook.imports.review import approve_import, discard_import
from pricebook.jobs.models import UNFINISHED
from pricebook.jobs.queue import NotAllowedNow
from pricebook.web.access import needs
from pricebook.web.cards import card
from pricebook.web.causes import causes_with_samples
from pricebook.web.forms import ApprovalForm, ImportFilter
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.previews import forecast_of, preview_of
from pricebook.web.readings import asks_for_columns, read_by
from pricebook.web.subjects import subject_of
from pricebook.web.toasts import answer_with_toasts
from pricebook.web.upload_options import upload_options

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse

PAGE_SIZE = 25


@parts_and_pages
def imports(request: PageRequest) -> HttpResponse:
    """Take a file in, and list what came before."""
    form = ImportFilter(request.GET)
    status = form.values().get("status", "")
    found = Import.objects.recent()
    if status:
        found = found.filter(job__status=status)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    is_live = any(each.job.status in UNFINISHED for each in page)
    context = {"form": form, "page": page, "status": status, "is_live": is_live}
    if request.htmx:
        return render(request, "web/partials/import_table.html", context)
    options = upload_options(request.user)
    return render(request, "web/imports.html", context | {"options": options})


@parts_and_pages
def import_page(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show one import: its progress, its counts, how its file was read, what was rejected."""
    # What is told of another import needs none of its columns; a file may have thousands.
    others = ("mends__outline", "mends__choices")
    found = Import.objects.recent().select_related("mends__file").defer(None).defer(*others)
    import_ = get_object_or_404(found, pk=import_id)
    shown, preview = card(import_.job, subject_of(import_)), preview_of(import_)
    context = {
        "import": import_,
        "card": shown,
        "has_outline": bool(import_.outline),
        "asks_for_columns": asks_for_columns(import_),
        "read_by": read_by(import_),
        "can_mend": can_mend(import_),
        "mended_by": _briefly(import_.mended_by.all()),
        "causes": causes_with_samples(import_),
        "preview": preview,
        "forecast": forecast_of(preview) if preview and shown.needs_review else None,
        "same_content": _briefly(
            Import.objects.bringing(import_.file.sha256, before=import_.job.created_at)
        ).first(),
    }
    template = "web/partials/import_detail.html" if request.htmx else "web/import.html"
    return render(request, template, context)


@require_POST
@needs(Scope.WRITE)
def approve(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Let an import go on that waits for a decision (A11)."""
    import_ = get_object_or_404(Import, pk=import_id)
    try:
        approve_import(import_id=import_.pk, actor=request.user, seen=_seen(request))
    except NotAllowedNow as error:
        messages.error(request, str(error))
        # What is shown is not what would be approved, so it is loaded again.
        return answer_with_toasts(request, "job-changed")
    return HttpResponseClientRefresh()


@require_POST
@needs(Scope.WRITE)
def discard(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Drop an import that waits for a decision; it has changed nothing (A11)."""
    import_ = get_object_or_404(Import, pk=import_id)
    try:
        discard_import(import_id=import_.pk)
    except NotAllowedNow as error:
        messages.error(request, str(error))
        return answer_with_toasts(request)
    messages.info(request, "Discarded. The book is as it was.")
    return HttpResponseClientRefresh()


def _briefly(imports: QuerySet[Import]) -> QuerySet[Import]:
    """Return imports with what a line about each of them shows."""
    return imports.select_related("job", "file").defer("outline", "choices")


def _seen(request: PageRequest) -> datetime | None:
    """Return which review the page showed that was approved; None where it does not say."""
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        message = "No review was written at such a time."
        raise BadRequest(message)
    seen: datetime | None = form.cleaned_data["written_at"]
    return seen
