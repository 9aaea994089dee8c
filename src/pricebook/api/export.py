"""Products as a file: CSV, JSON lines or XLSX (B5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pricebook.api.base import ResourceView, refuse_parameter
from pricebook.api.product_filters import FILTER_PARAMETERS, filter_of_query
from pricebook.catalogue.export import ExportFormat, export_products
from pricebook.catalogue.models import Product
from pricebook.catalogue.walk import ORDERINGS, in_order
from pricebook.core.download import download

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import StreamingHttpResponse
    from rest_framework.request import Request


class ProductExport(ResourceView):
    """GET /api/products/export/."""

    # No HEAD: it would write the whole file for nobody.
    http_method_names = ("get",)
    query_parameters: ClassVar[frozenset[str]] = FILTER_PARAMETERS | {"format", "ordering"}

    def get(self, request: Request) -> StreamingHttpResponse:
        """Download the products of a list as a file that imports unchanged."""
        kind = ExportFormat(_one_of(request, "format", ExportFormat.values))
        ordering = _one_of(request, "ordering", ORDERINGS)
        products = in_order(Product.objects.live().matching(filter_of_query(request)), ordering)
        return download(
            export_products(products, kind), name=kind.file_name, content_type=kind.content_type
        )


def _one_of(request: Request, name: str, choices: Sequence[str]) -> str:
    """Return the parameter, the first choice when it is not given. Raises ParameterError."""
    text = request.query_params.get(name, choices[0])
    if text not in choices:
        refuse_parameter(name, f"{name} is one of {', '.join(choices)}, not {text[:20]!r}.")
    return text
