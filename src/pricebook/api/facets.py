"""What the catalogue consists of: brands, categories and currencies with their numbers (G5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import serializers
from rest_framework.response import Response

from pricebook.api.base import ResourceView
from pricebook.catalogue.facets import Facet, Facets, read_facets

if TYPE_CHECKING:
    from rest_framework.request import Request


class FacetSerializer(serializers.Serializer[Facet]):
    """One value of a field, and how many products have it."""

    value = serializers.CharField()
    products = serializers.IntegerField()


class FacetsSerializer(serializers.Serializer[Facets]):
    """The commonest values; blank ones are left out."""

    brands = FacetSerializer(many=True)
    categories = FacetSerializer(many=True)
    currencies = FacetSerializer(many=True)


class ProductFacets(ResourceView):
    """GET /api/products/facets/."""

    def get(self, _request: Request) -> Response:
        """List the commonest brands, categories and currencies with their numbers of products."""
        return Response(FacetsSerializer(read_facets()).data)
