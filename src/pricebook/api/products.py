"""Products: what the book holds, in pages and one by one; and writing them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponseNotModified
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.api.base import ResourceView, actor_of, not_found
from pricebook.api.conditions import (
    PRESENT_ALREADY,
    PreconditionFailed,
    asks_for_none,
    check_absent,
    etag_of,
    expected_version,
    is_unchanged,
)
from pricebook.api.idempotency import idempotent
from pricebook.api.pages import PAGE_PARAMETERS, read_page
from pricebook.api.product_fields import read_values
from pricebook.api.product_filters import FILTER_PARAMETERS, filter_of_query
from pricebook.catalogue.edits import InvalidProductError, Value, blank_values
from pricebook.catalogue.keys import sku_key
from pricebook.catalogue.models import Product
from pricebook.catalogue.represent import represent_product
from pricebook.catalogue.writes import (
    create_product,
    delete_product,
    update_product,
    upsert_product,
)
from pricebook.feed.records import is_storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponseBase
    from rest_framework.request import Request


class ProductView(ResourceView):
    """What the resources of products share; older clients' paths put their own words here."""

    def body_of(self, request: Request) -> Any:
        """Return the body in our words."""
        return request.data

    def represent(self, product: Product) -> dict[str, Any]:
        """Return the product resource."""
        return represent_product(product)

    def answer(self, product: Product, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with a product and its version."""
        return Response(self.represent(product), status_code, headers={"ETag": etag_of(product)})

    def created(self, product: Product, request: Request) -> Response:
        """Answer with a new product and its address."""
        answer = self.answer(product, status.HTTP_201_CREATED)
        answer["Location"] = reverse("api-product", args=[product.pk], request=request)
        return answer

    def read(self, request: Request, product: Product) -> HttpResponseBase:
        """Answer with a product, or 304 to who has this version."""
        if is_unchanged(request, product):
            return HttpResponseNotModified(headers={"ETag": etag_of(product)})
        return self.answer(product)

    def write(self, request: Request, product: Product, values: dict[str, Value]) -> Response:
        """Write a product under the conditions of the request and answer with it."""
        expected = expected_version(request, product)
        actor = actor_of(request)
        written = update_product(
            product_id=product.pk, values=values, actor=actor, expected=expected
        )
        return self.answer(written)

    def remove(self, request: Request, product: Product) -> Response:
        """Delete a product under the conditions of the request."""
        expected = expected_version(request, product)
        delete_product(product_id=product.pk, actor=actor_of(request), expected=expected)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductList(ProductView):
    """GET and POST /api/products/."""

    query_parameters: ClassVar[frozenset[str]] = FILTER_PARAMETERS | PAGE_PARAMETERS

    def get(self, request: Request) -> Response:
        """List products: filtered, sorted, in numbered pages or by cursor (B2)."""
        page = read_page(filter_of_query(request), request)
        return Response(
            {
                "count": page.count.number,
                "count_is_exact": page.count.is_exact,
                "next": page.next,
                "previous": page.previous,
                "results": [self.represent(product) for product in page.products],
            }
        )

    @idempotent
    def post(self, request: Request) -> Response:
        """Create a product. A deleted one with this SKU comes back under its old number."""
        values = read_values(self.body_of(request))
        return self.created(create_product(values=values, actor=actor_of(request)), request)


class ProductDetail(ProductView):
    """GET, PUT, PATCH and DELETE /api/products/{id}/."""

    def get(self, request: Request, product_id: int) -> HttpResponseBase:
        """Read a product."""
        return self.read(request, find_product(product_id))

    def put(self, request: Request, product_id: int) -> Response:
        """Replace a product: fields that are not given become blank."""
        product = find_product(product_id)
        values = read_values(self.body_of(request), present=product)
        return self.write(request, product, {**blank_values(), **values})

    def patch(self, request: Request, product_id: int) -> Response:
        """Change the given fields of a product."""
        product = find_product(product_id)
        values = read_values(self.body_of(request), present=product)
        return self.write(request, product, values)

    def delete(self, request: Request, product_id: int) -> Response:
        """Delete a product; its history stays, and can bring it back."""
        return self.remove(request, find_product(product_id))


class ProductBySku(ProductView):
    """GET, PUT, PATCH and DELETE /api/products/by-sku/{sku}/: a SKU does not regard case (A5)."""

    def get(self, request: Request, sku: str) -> HttpResponseBase:
        """Read the product with this SKU."""
        return self.read(request, _find_with_sku(sku))

    def put(self, request: Request, sku: str) -> Response:
        """Create or replace the product with this SKU: fields that are not given become blank."""
        product = _with_sku(sku)
        check_absent(request, product)
        given = read_values(self.body_of(request), present=product)
        _check_same_sku(given, sku)
        spelling = sku if product is None else product.sku
        values = {**blank_values(), "sku": spelling, **given}
        if product is not None:
            return self.write(request, product, values)
        if asks_for_none(request):
            return self.created(_create_or_refuse(values, request), request)
        written, is_new = upsert_product(values=values, actor=actor_of(request))
        return self.created(written, request) if is_new else self.answer(written)

    def patch(self, request: Request, sku: str) -> Response:
        """Change the given fields of the product with this SKU."""
        product = _find_with_sku(sku)
        values = read_values(self.body_of(request), present=product)
        return self.write(request, product, values)

    def delete(self, request: Request, sku: str) -> Response:
        """Delete the product with this SKU."""
        return self.remove(request, _find_with_sku(sku))


def _create_or_refuse(values: Mapping[str, Value], request: Request) -> Product:
    """Create a product that must not be there, whoever creates it at the same moment."""
    try:
        return create_product(values=values, actor=actor_of(request))
    except InvalidProductError as error:
        if any(problem.code == "sku_taken" for problem in error.problems):
            raise PreconditionFailed(PRESENT_ALREADY) from None
        raise


def find_product(product_id: int) -> Product:
    """Return a living product. Raises NotFound."""
    product = Product.objects.live().filter(id=product_id).first()
    if product is None:
        raise not_found(f"product {product_id}")
    return product


def _with_sku(sku: str) -> Product | None:
    # No product can have what PostgreSQL cannot hold.
    if not is_storable(sku):
        return None
    return Product.objects.live().filter(sku_key=sku_key(sku)).first()


def _find_with_sku(sku: str) -> Product:
    product = _with_sku(sku)
    if product is None:
        raise not_found(f"product with the SKU {sku[:100]!r}")
    return product


def _check_same_sku(given: dict[str, Value], sku: str) -> None:
    """Check that a body means the product that its address means. Raises ValidationError."""
    if "sku" in given and sku_key(str(given["sku"])) != sku_key(sku):
        message = "The SKU of the body is not that of the address. Leave it out, or send PATCH."
        raise ValidationError({"sku": [ErrorDetail(message, "sku_differs")]})
