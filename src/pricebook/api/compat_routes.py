"""Older clients' paths (MISSION F): thin routes onto the present views, in their own words too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path, reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api import events, unknown
from pricebook.api.base import ResourceView
from pricebook.api.bulk import BulkDelete
from pricebook.api.deprecation import deprecation_headers
from pricebook.api.imports import ImportStatus
from pricebook.api.product_fields import represent_product
from pricebook.api.products import ProductDetail, ProductList, ProductView
from pricebook.api.uploads import UploadList

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.response import Response

    from pricebook.catalogue.models import Product


class OlderAddress(ResourceView):
    """An address that names its successor on every answer."""

    # The description of the API has the successors alone.
    schema = None
    successor: ClassVar[str]

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Add the headers of an older address."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        successor = request.build_absolute_uri(reverse(self.successor, kwargs=self.kwargs))
        for name, value in deprecation_headers(successor).items():
            answer[name] = value
        return answer


class OlderProducts(OlderAddress, ProductView):
    """Products that are `is_active` as well as `active`."""

    def body_of(self, request: Request) -> Any:
        """Read `is_active` as `active`. Raises ValidationError for both."""
        body = request.data
        if not isinstance(body, dict) or "is_active" not in body:
            return body
        if "active" in body:
            message = "Send active or is_active, not both of them."
            raise ValidationError({"is_active": [ErrorDetail(message, "which")]})
        named = dict(body)
        named["active"] = named.pop("is_active")
        return named

    def represent(self, product: Product) -> dict[str, Any]:
        """Return the product resource with both names."""
        return {**represent_product(product), "is_active": product.active}


class OlderProductList(OlderProducts, ProductList):
    """GET and POST /products/api/products/."""

    successor = "api-products"


class OlderProductCreate(OlderProductList):
    """POST /products/api/products/create/."""

    http_method_names = ("post", "options")


class OlderProductDetail(OlderProducts, ProductDetail):
    """GET, PUT, PATCH and DELETE /products/api/products/{id}/."""

    successor = "api-product"

    def put(self, request: Request, product_id: int) -> Response:
        """Change the given fields: these clients know a few, and must not blank the others."""
        return self.patch(request, product_id)


class OlderProductDelete(OlderProducts, ProductDetail):
    """DELETE and POST /products/api/products/{id}/delete/."""

    successor = "api-product"
    http_method_names = ("delete", "post", "options")

    def post(self, request: Request, product_id: int) -> Response:
        """Delete a product."""
        return self.delete(request, product_id)


class OlderBulkDelete(OlderAddress, BulkDelete):
    """DELETE /api/products/bulk_delete/ and /products/api/products/bulk-delete/."""

    successor = "api-products-bulk-delete"


class OlderUpload(OlderAddress, UploadList):
    """POST /products/api/upload/."""

    successor = "api-uploads"
    http_method_names = ("post", "options")

    def post(self, request: Request) -> Response:
        """Queue the import of a file; its id is called `task_id` too."""
        return _with_task_id(super().post(request))


class OlderUploadStatus(OlderAddress, ImportStatus):
    """GET /products/api/upload/status/{task_id}/."""

    successor = "api-import-status"

    def get(self, request: Request, import_id: UUID) -> Response:
        """Read an import; its id is called `task_id` too."""
        return _with_task_id(super().get(request, import_id))


@csrf_exempt
@login_not_required
async def upload_progress(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """GET /products/api/upload/progress/{task_id}/: the events of an import."""
    answer = await events.import_events(request, import_id)
    successor = request.build_absolute_uri(reverse("api-import-events", args=[import_id]))
    for name, value in deprecation_headers(successor).items():
        answer[name] = value
    return answer


def _with_task_id(answer: Response) -> Response:
    answer.data["task_id"] = answer.data["id"]
    return answer


urlpatterns = [
    path("api/products/bulk_delete/", OlderBulkDelete.as_view()),
    path("products/api/products/", OlderProductList.as_view()),
    path("products/api/products/create/", OlderProductCreate.as_view()),
    path("products/api/products/bulk-delete/", OlderBulkDelete.as_view()),
    path("products/api/products/<int:product_id>/", OlderProductDetail.as_view()),
    path("products/api/products/<int:product_id>/delete/", OlderProductDelete.as_view()),
    path("products/api/upload/", OlderUpload.as_view()),
    path("products/api/upload/status/<uuid:import_id>/", OlderUploadStatus.as_view()),
    path("products/api/upload/progress/<uuid:import_id>/", upload_progress),
    re_path(r"^products/api/", unknown.UnknownPath.as_view()),
]
