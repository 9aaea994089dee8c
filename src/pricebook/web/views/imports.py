"""The import pages: upload and history, one import, its tray card, cancel and retry."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from pricebook.imports.models import Import
from pricebook.jobs.models import UNFINISHED
from pricebook.jobs.queue import NotAllowedNow, cancel_job, retry_job
from pricebook.web.cards import card, running
from pricebook.web.causes import causes_with_samples
from pricebook.web.forms import ImportFilter
from pricebook.web.htmx import PageRequest, parts_and_pages

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
    template = "web/partials/import_table.html" if request.htmx else "web/imports.html"
    return render(request, template, context)


@parts_and_pages
def import_page(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show one import: its progress, its counts, how its file was read, what was rejected."""
    import_ = _get_import(import_id)
    context = {"card": card(import_), "causes": causes_with_samples(import_)}
    template = "web/partials/import_detail.html" if request.htmx else "web/import.html"
    return render(request, template, context)


def import_card(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show the card of one import, as it stands in the tray."""
    return render(request, "web/partials/tray_card.html", {"card": card(_get_import(import_id))})


def tray(request: PageRequest, besides: UUID | None = None) -> HttpResponse:
    """Show the cards of what is running, besides the import that the page is about."""
    return render(request, "web/partials/tray.html", {"running": running(besides)})


@require_POST
def cancel_import(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Cancel an import; its card tells when it has stopped (A13)."""
    try:
        job = cancel_job(_get_import(import_id).pk)
    except NotAllowedNow as error:
        messages.error(request, str(error))
    else:
        done = "Cancelled." if job.is_finished else "Cancelling: it stops at its next step."
        messages.info(request, f"{done} What is in the book already stays there.")
    return render(request, "web/partials/toasts.html", {"is_part": True})


@require_POST
def retry_import(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Queue a failed or cancelled import again; it goes on where it stood (A13)."""
    try:
        retry_job(_get_import(import_id).pk)
    except NotAllowedNow as error:
        messages.error(request, str(error))
        return render(request, "web/partials/toasts.html", {"is_part": True})
    return HttpResponseClientRefresh()


def _get_import(import_id: UUID) -> Import:
    return get_object_or_404(Import.objects.recent(), pk=import_id)
