"""Sources: who sends files of all that they have, and what their last one was (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rest_framework import serializers

from pricebook.api.base import ResourceView, page_of
from pricebook.catalogue.models import Source

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class SourceSerializer(serializers.Serializer[Source]):
    """A source; null before its first file is in the book."""

    name = serializers.CharField()
    last_rows = serializers.IntegerField(allow_null=True)
    last_import_at = serializers.DateTimeField(allow_null=True)


class SourceList(ResourceView):
    """GET /api/sources/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset({"page", "page_size"})

    def get(self, request: Request) -> Response:
        """List the sources that imports have named, by name."""
        sources = Source.objects.order_by("key")
        return page_of(
            sources, request, lambda page: [SourceSerializer(each).data for each in page]
        )
