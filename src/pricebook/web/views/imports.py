"""The import pages: upload and history, and one import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render

from pricebook.imports.models import Import
from pricebook.jobs.models import UNFINISHED
from pricebook.web.cards import card
from pricebook.web.causes import causes_with_samples
from pricebook.web.forms import ImportFilter
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.subjects import subject_of

if TYPE_CHECKING:
    from uuid import UUID

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
    template = "web/partials/import_table.html" if request.htmx else "web/imports.html"
    return render(request, template, context)


@parts_and_pages
def import_page(request: PageRequest, import_id: UUID) -> HttpResponse:
    """Show one import: its progress, its counts, how its file was read, what was rejected."""
    import_ = get_object_or_404(Import.objects.recent(), pk=import_id)
    context = {
        "import": import_,
        "card": card(import_.job, subject_of(import_)),
        "causes": causes_with_samples(import_),
        "same_content": Import.objects.bringing(
            import_.file.sha256, before=import_.job.created_at
        ).first(),
    }
    template = "web/partials/import_detail.html" if request.htmx else "web/import.html"
    return render(request, template, context)
