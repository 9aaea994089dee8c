"""Older clients' paths (MISSION F): thin routes onto the present views, in their own words too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path, reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import ErrorDetail, ValidationError

from pricebook.api import events, unknown
from pricebook.api.base import ResourceView
from pricebook.api.bodies import check_body, object_of
from pricebook.api.bulk import BulkDelete
from pricebook.api.deprecation import deprecation_headers
from pricebook.api.imports import ImportStatus
from pricebook.api.products import ProductDetail, ProductList, ProductView
from pricebook.api.uploads import UploadList
from pricebook.api.webhooks import WebhookDetail, WebhookList, WebhookTrial, WebhookView
from pricebook.catalogue.represent import represent_product

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.response import Response

    from pricebook.api.bodies import StrictBody
    from pricebook.catalogue.models import Product
    from pricebook.webhooks.endpoints import Issued
    from pricebook.webhooks.models import Endpoint


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


class OlderWebhooks(OlderAddress, WebhookView):
    """Endpoints by their older names: `is_active`, `active`, `event_type`, `secret_key`."""

    def body_of(self, kind: type[StrictBody], request: Request) -> dict[str, Any]:
        """Read older names as the present ones. Raises ValidationError for two of one thing."""
        given = dict(object_of(request.data))
        for name in [name for name in given if name in _PRESENT_NAMES]:
            present = _PRESENT_NAMES[name]
            if present in given:
                message = f"Send {present} or {name}, not both of them."
                raise ValidationError({name: [ErrorDetail(message, "which")]})
            value = given.pop(name)
            given[present] = [value] if name == "event_type" else value
        # A form that leaves its field blank asks for nothing.
        if given.get("secret") in (None, ""):
            given.pop("secret", None)
        return check_body(kind, given, request)

    def represent(self, endpoint: Endpoint) -> dict[str, Any]:
        """Return the endpoint with both names of each thing."""
        return with_older_names(super().represent(endpoint))

    def represent_issued(self, issued: Issued) -> dict[str, Any]:
        """Return an endpoint and, this once, its new secret, by both names."""
        return {**super().represent_issued(issued), "secret_key": issued.secret}


class OlderWebhookList(OlderWebhooks, WebhookList):
    """GET and POST /webhooks/api/webhooks/."""

    successor = "api-webhooks"

    def represent_all(self, endpoints: Sequence[Endpoint]) -> list[dict[str, Any]]:
        """Return the endpoints of a page with both names of each thing."""
        return [with_older_names(each) for each in super().represent_all(endpoints)]


class OlderWebhookCreate(OlderWebhookList):
    """POST /webhooks/api/webhooks/create/."""

    http_method_names = ("post", "options")


class OlderWebhookDetail(OlderWebhooks, WebhookDetail):
    """GET, PUT, PATCH and DELETE /webhooks/api/webhooks/{id}/."""

    successor = "api-webhook"

    def put(self, request: Request, endpoint_id: UUID) -> Response:
        """Change the given fields: these clients know a few, and must not reset the others."""
        return self.patch(request, endpoint_id)


class OlderWebhookDelete(OlderWebhooks, WebhookDetail):
    """DELETE and POST /webhooks/api/webhooks/{id}/delete/."""

    successor = "api-webhook"
    http_method_names = ("delete", "post", "options")

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Delete an endpoint."""
        return self.delete(request, endpoint_id)


class OlderWebhookTrial(OlderAddress, WebhookTrial):
    """POST /webhooks/api/webhooks/{id}/test/."""

    successor = "api-webhook-test"

    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a signed sample, and tell how it went in older words too; times in milliseconds."""
        answer = super().post(request, endpoint_id)
        answer.data |= {
            "success": answer.data["delivered"],
            "status_code": answer.data["status"],
            "response_code": answer.data["status"],
            "response_time": answer.data["response_time_ms"],
        }
        return answer


@csrf_exempt
@login_not_required
async def upload_progress(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """GET /products/api/upload/progress/{task_id}/: the events of an import."""
    answer = await events.import_events(request, import_id)
    successor = request.build_absolute_uri(reverse("api-import-events", args=[import_id]))
    for name, value in deprecation_headers(successor).items():
        answer[name] = value
    return answer


def with_older_names(endpoint: dict[str, Any]) -> dict[str, Any]:
    """Return an endpoint with its older names beside the present ones."""
    return {
        **endpoint,
        "is_active": endpoint["enabled"],
        "active": endpoint["enabled"],
        "event_type": endpoint["event_types"][0],
    }


def _with_task_id(answer: Response) -> Response:
    answer.data["task_id"] = answer.data["id"]
    return answer


_PRESENT_NAMES: Final[Mapping[str, str]] = {
    "is_active": "enabled",
    "active": "enabled",
    "event_type": "event_types",
    "secret_key": "secret",
}

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
    path("webhooks/api/webhooks/", OlderWebhookList.as_view()),
    path("webhooks/api/webhooks/create/", OlderWebhookCreate.as_view()),
    path("webhooks/api/webhooks/<uuid:endpoint_id>/", OlderWebhookDetail.as_view()),
    path("webhooks/api/webhooks/<uuid:endpoint_id>/delete/", OlderWebhookDelete.as_view()),
    path("webhooks/api/webhooks/<uuid:endpoint_id>/test/", OlderWebhookTrial.as_view()),
    re_path(r"^webhooks/api/", unknown.UnknownPath.as_view()),
]
