"""The product list and the sample file."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pricebook.catalogue.models import Product
from pricebook.web.forms import ProductFilter
from pricebook.web.htmx import PageRequest, parts_and_pages

PAGE_SIZE = 50
SAMPLE = "sample_products.csv"
_ORDER = {"sku": "sku_key", "name": "name", "price": "price", "updated": "updated_at"}


@parts_and_pages
def products(request: PageRequest) -> HttpResponse:
    """List the products that match the filters of the URL, 50 a page (B2)."""
    form = ProductFilter(request.GET)
    filters = form.values()
    sort = filters.pop("sort", "sku")
    found = Product.objects.live().matching(**filters).order_by(*_order(sort))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "sort": sort, "is_filtered": bool(filters)}
    template = "web/partials/product_table.html" if request.htmx else "web/products.html"
    return render(request, template, context)


def sample_products(_request: HttpRequest) -> HttpResponse:
    """Send the sample file (G5)."""
    return HttpResponse(
        (settings.PROJECT_ROOT / SAMPLE).read_bytes(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{SAMPLE}"'},
    )


def _order(sort: str) -> tuple[str, ...]:
    """Return the columns of an order that never leaves two products equal."""
    column = _ORDER[sort.removeprefix("-")]
    if column == "sku_key":
        return ("-sku_key" if sort.startswith("-") else "sku_key",)
    return (f"-{column}" if sort.startswith("-") else column, "sku_key")
