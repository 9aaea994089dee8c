"""Settings → Mappings: how files are read that look like one before, or that ask for it (A10)."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from pricebook.accounts.models import Scope
from pricebook.imports.mappings import NameNeeded, NameTaken, change_mapping
from pricebook.imports.models import SavedMapping
from pricebook.web.access import needs
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.mapping_form import MappingNameForm
from pricebook.web.modal import close_modal

PAGE_SIZE = 25
CHANGED = "mappings-changed"


@parts_and_pages
def mappings(request: PageRequest) -> HttpResponse:
    """List the mappings that are kept."""
    found = SavedMapping.objects.select_related("created_by")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    template = "web/partials/mapping_table.html" if request.htmx else "web/mappings.html"
    return render(request, template, {"page": page})


@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
def rename(request: PageRequest, mapping_id: int) -> HttpResponse:
    """Ask in the modal for another name and give it."""
    mapping = get_object_or_404(SavedMapping, pk=mapping_id)
    form = MappingNameForm(request.POST or None, initial={"name": mapping.name})
    if form.is_valid():
        try:
            change_mapping(mapping, name=form.cleaned_data["name"])
        except (NameTaken, NameNeeded) as error:
            form.add_error("name", str(error))
        else:
            messages.info(request, "Renamed.")
            return close_modal(request, CHANGED)
    return render(request, "web/partials/mapping_name.html", {"form": form})


@require_POST
@needs(Scope.WRITE)
def delete(request: PageRequest, mapping_id: int) -> HttpResponse:
    """Forget a mapping; what was imported by it stays as it is."""
    mapping = get_object_or_404(SavedMapping, pk=mapping_id)
    mapping.delete()
    messages.info(request, "Forgotten. The next file of that kind is read by its header's words.")
    return close_modal(request, CHANGED)
