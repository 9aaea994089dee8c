"""Settings → Sources: who sends files of all that they have, and what their last one was (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from pricebook.accounts.models import Scope
from pricebook.catalogue.models import Source, SourceProduct
from pricebook.catalogue.sources import (
    SourceNameRefused,
    SourceNameTaken,
    forget_source,
    rename_source,
)
from pricebook.web.access import needs
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.modal import close_modal
from pricebook.web.upload_options import SourceNameForm

if TYPE_CHECKING:
    from django.http import HttpResponse

PAGE_SIZE = 25
CHANGED = "sources-changed"


@parts_and_pages
def sources(request: PageRequest) -> HttpResponse:
    """List the sources that imports have named, and what their last files held."""
    members = SourceProduct.objects.filter(source_id=OuterRef("pk")).values("source_id")
    products = Subquery(members.annotate(count=Count("product_id")).values("count"))
    found = Source.objects.order_by("key").annotate(products=Coalesce(products, 0))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    template = "web/partials/source_table.html" if request.htmx else "web/sources.html"
    return render(request, template, {"page": page})


@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
def rename(request: PageRequest, source_id: int) -> HttpResponse:
    """Ask in the modal for another name and give it."""
    source = get_object_or_404(Source, pk=source_id)
    form = SourceNameForm(request.POST or None, initial={"name": source.name})
    if form.is_valid():
        try:
            rename_source(source.pk, form.cleaned_data["name"])
        except (SourceNameTaken, SourceNameRefused) as error:
            form.add_error("name", str(error))
        else:
            messages.info(request, "Renamed.")
            return close_modal(request, CHANGED)
    return render(request, "web/partials/source_name.html", {"form": form})


@require_POST
@needs(Scope.WRITE)
def forget(request: PageRequest, source_id: int) -> HttpResponse:
    """Forget a source and what its last file held; its products stay as they are."""
    source = get_object_or_404(Source, pk=source_id)
    forget_source(source.pk)
    messages.info(request, f"{source.name} is forgotten. Its products stay as they are.")
    return close_modal(request, CHANGED)
