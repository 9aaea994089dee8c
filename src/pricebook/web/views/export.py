"""The product list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_GET

from pricebook.catalogue.export import ExportFormat, ExportRefusedError, export_products
from pricebook.catalogue.models import Product
from pricebook.catalogue.walk import in_order
from pricebook.core.download import download
from pricebook.web.forms import ProductFilterForm

if TYPE_CHECKING:
    from pricebook.web.htmx import PageRequest


@require_GET
def export(request: PageRequest) -> HttpResponse | StreamingHttpResponse:
    """Download the products of the list in its order; what cannot be is told on the list (B5)."""
    form = ProductFilterForm(request.GET)
    products = in_order(Product.objects.live().matching(form.chosen()), form.sort_by)
    try:
        kind = _format(request)
        blocks = export_products(products, kind)
    except ExportRefusedError as refusal:
        messages.error(request, str(refusal))
        query = request.GET.copy()
        query.pop("format", None)
        return redirect(f"{resolve_url('products')}?{query.urlencode()}")
    return download(blocks, name=kind.file_name, content_type=kind.content_type)


def _format(request: PageRequest) -> ExportFormat:
    text = request.GET.get("format", ExportFormat.CSV)
    if text not in ExportFormat.values:
        message = f"There is no such file: take {', '.join(ExportFormat.labels)}."
        raise ExportRefusedError(message)
    return ExportFormat(text)
