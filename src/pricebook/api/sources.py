"""Sources: who sends files of all that they have, and what their last one was (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rest_framework import serializers, status
from rest_framework.response import Response

from pricebook.api.base import ResourceView, not_found, page_of
from pricebook.api.bodies import StrictBody, read_body
from pricebook.catalogue.models import MAX_SOURCE_NAME, Source
from pricebook.catalogue.sources import forget_source, rename_source

if TYPE_CHECKING:
    from rest_framework.request import Request


class SourceSerializer(serializers.Serializer[Source]):
    """A source; null before its first file is in the book."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    last_rows = serializers.IntegerField(allow_null=True)
    last_import_at = serializers.DateTimeField(allow_null=True)


class SourceBody(StrictBody):
    """What can be changed of a source."""

    name = serializers.CharField(max_length=MAX_SOURCE_NAME)


class SourceList(ResourceView):
    """GET /api/sources/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset({"page", "page_size"})

    def get(self, request: Request) -> Response:
        """List the sources that imports have named, by name."""
        sources = Source.objects.order_by("key")
        return page_of(
            sources, request, lambda page: [SourceSerializer(each).data for each in page]
        )


class SourceDetail(ResourceView):
    """GET, PATCH and DELETE /api/sources/{id}/."""

    def get(self, _request: Request, source_id: int) -> Response:
        """Read a source."""
        return Response(SourceSerializer(_find_source(source_id)).data)

    def patch(self, request: Request, source_id: int) -> Response:
        """Give a source another name; its imports go by it, too."""
        _find_source(source_id)
        renamed = rename_source(source_id, read_body(SourceBody, request)["name"])
        return Response(SourceSerializer(renamed).data)

    def delete(self, _request: Request, source_id: int) -> Response:
        """Forget a source and what its last file held; its products stay as they are."""
        _find_source(source_id)
        forget_source(source_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _find_source(source_id: int) -> Source:
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise not_found(f"source {source_id}")
    return found
