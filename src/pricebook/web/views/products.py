"""The product list and the sample file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pricebook.catalogue.counts import count_found
from pricebook.catalogue.models import Product
from pricebook.catalogue.walk import ProductWalk
from pricebook.web.conditions import conditions_of
from pricebook.web.forms import ProductFilterForm
from pricebook.web.htmx import parts_and_pages
from pricebook.web.paging import BoundedPaginator

if TYPE_CHECKING:
    from pricebook.web.htmx import PageRequest

SAMPLE = "sample_products.csv"


@parts_and_pages
def products(request: PageRequest) -> HttpResponse:
    """List the products that match the filters of the URL (B2)."""
    form = ProductFilterForm(request.GET)
    chosen = form.chosen()
    found = Product.objects.live().matching(chosen)
    total = partial(count_found, chosen, found)
    pages = BoundedPaginator(ProductWalk(found, form.sort_by), form.page_size, total)
    context = {
        "form": form,
        "page": pages.get_page(request.GET.get("page", 1)),
        "total": pages.total,
        "sort": form.sort_by,
        "conditions": conditions_of(chosen),
    }
    template = "web/partials/product_table.html" if request.htmx else "web/products.html"
    return render(request, template, context)


def sample_products(_request: HttpRequest) -> HttpResponse:
    """Send the sample file (G5)."""
    return HttpResponse(
        (settings.PROJECT_ROOT / SAMPLE).read_bytes(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{SAMPLE}"'},
    )
