"""The first page: what is in the book, what is running, what came in last."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from pricebook.changes.totals import count_products
from pricebook.imports.models import Import
from pricebook.web.cards import running
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.upload_options import upload_options

LAST_IMPORTS = 5


@parts_and_pages
def home(request: PageRequest) -> HttpResponse:
    """Show the state of the book."""
    context: dict[str, object] = {
        "totals": count_products(),
        "import_count": Import.objects.count(),
        "running": running(),
        "last_imports": list(Import.objects.recent()[:LAST_IMPORTS]),
    }
    if request.htmx:
        return render(request, "web/partials/overview.html", context)
    return render(request, "web/home.html", context | {"options": upload_options(request.user)})
