"""Products: what the book holds, in pages and one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, cast

from django_filters import CharFilter, FilterSet, NumberFilter, TypedChoiceFilter
from rest_framework import serializers
from rest_framework.response import Response

from pricebook.api.base import ResourceView, filtered, list_parameters, not_found, page_of
from pricebook.catalogue.models import Product

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from pricebook.catalogue.queries import ProductQuerySet

_CENTS = Decimal("0.01")


class MoneyField(serializers.Field[Decimal, str, str, Decimal]):
    """Money as a string with at least two decimals, and more only where there are more."""

    def to_representation(self, value: Decimal) -> str:
        """Return "12.50" for 12.5000, and "0.0125" for 0.0125."""
        cents = value.quantize(_CENTS)
        return f"{cents:f}" if cents == value else f"{value.normalize():f}"


class ProductSerializer(serializers.Serializer[Product]):
    """A product as the API shows it (B1); times are RFC 3339 in UTC."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    price = MoneyField()
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ProductFilter(FilterSet):
    """The conditions of a list of products (B2); their meaning is `ProductQuerySet.matching`'s."""

    sku = CharFilter(max_length=100)
    name = CharFilter(max_length=500)
    description = CharFilter(max_length=500)
    active = TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda text: text == "true",
        empty_value=None,
    )
    price_min = NumberFilter(min_value=0, max_digits=14, decimal_places=4)
    price_max = NumberFilter(min_value=0, max_digits=14, decimal_places=4)

    def filter_queryset(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        """Apply all conditions at once."""
        return cast("ProductQuerySet", queryset).matching(**self.form.cleaned_data)


class ProductList(ResourceView):
    """GET /api/products/: the live products in the order of their SKUs."""

    query_parameters: ClassVar[frozenset[str]] = list_parameters(ProductFilter)

    def get(self, request: Request) -> Response:
        """Answer with one page."""
        products = filtered(ProductFilter, request, Product.objects.live())
        return page_of(
            products.order_by("sku_key"),
            request,
            lambda page: [ProductSerializer(product).data for product in page],
        )


class ProductDetail(ResourceView):
    """GET /api/products/{id}/: one live product."""

    def get(self, _request: Request, product_id: int) -> Response:
        """Answer with the product."""
        product = Product.objects.live().filter(id=product_id).first()
        if product is None:
            raise not_found(f"product {product_id}")
        return Response(ProductSerializer(product).data)
