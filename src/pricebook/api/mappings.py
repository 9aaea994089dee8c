"""Mappings: how the file of an import was read, and how files are to be read that come (A10)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from django_filters import CharFilter, FilterSet
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.accounts.models import Scope
from pricebook.api.base import (
    ResourceView,
    actor_of,
    filtered,
    list_parameters,
    not_found,
    page_of,
)
from pricebook.api.bodies import StrictBody, read_body
from pricebook.api.imports import find_import, represent
from pricebook.api.options import MAX_NAME, ChoicesField, ChoicesSerializer
from pricebook.imports.mappings import NameNeeded, change_mapping, create_mapping
from pricebook.imports.models import SavedMapping
from pricebook.imports.outlines import Column, StoredOutline, outline_of
from pricebook.imports.remap import remap_import

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from rest_framework.request import Request


class ColumnSerializer(serializers.Serializer[Column]):
    """A column of a file, and some of its cells."""

    name = serializers.CharField()
    samples = serializers.ListField(child=serializers.CharField())


class OutlineSerializer(serializers.Serializer[StoredOutline]):
    """What the head of a file showed, and how the file was read."""

    # The same for every file with such a header.
    fingerprint = serializers.CharField()
    # The system whose export it looks like; blank if none.
    preset = serializers.CharField()
    columns = ColumnSerializer(many=True)
    choices = ChoicesSerializer()


class RemapBody(StrictBody):
    """How the file of an import is to be read instead."""

    choices = ChoicesField()
    remember = serializers.BooleanField(required=False, default=False)
    name = serializers.CharField(max_length=MAX_NAME, required=False, allow_blank=True, default="")


class MappingSerializer(serializers.Serializer[SavedMapping]):
    """A saved mapping: by its name, for files with a header (`fingerprint`), or both."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    fingerprint = serializers.CharField()
    choices = ChoicesSerializer()
    created_by = serializers.CharField(source="created_by.username", allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)


class MappingBody(StrictBody):
    """A whole mapping."""

    name = serializers.CharField(max_length=MAX_NAME, allow_blank=True)
    choices = ChoicesField()


class MappingPart(StrictBody):
    """What is to change of a mapping."""

    name = serializers.CharField(max_length=MAX_NAME, allow_blank=True, required=False)
    choices = ChoicesField(required=False)


class MappingFilter(FilterSet):
    """The conditions of a list of mappings."""

    name = CharFilter(lookup_expr="icontains", max_length=MAX_NAME)


class ImportMapping(ResourceView):
    """GET and POST /api/imports/{id}/mapping/."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def get(self, _request: Request, import_id: UUID) -> Response:
        """Read the columns of an import's file with samples, and how they were read."""
        outline = outline_of(find_import(import_id))
        if outline is None:
            message = f"The head of the file of the import {import_id} has not been read yet."
            raise NotFound(message)
        return Response(OutlineSerializer(outline).data)

    def post(self, request: Request, import_id: UUID) -> Response:
        """Read an import's file again by these choices, and wait for approval.

        An import that has changed the book stays as it is: the file is imported anew. With
        `remember` all files with such a header are read so from now on; `name` keeps the choices
        under a name, in place of those that it had.
        """
        find_import(import_id)
        given = read_body(RemapBody, request)
        record = remap_import(import_id=import_id, actor=actor_of(request), **given)
        address = reverse("api-import", args=[record.pk], request=request)
        answer = represent(find_import(record.pk), request)
        return Response(answer, status.HTTP_202_ACCEPTED, headers={"Location": address})


class MappingList(ResourceView):
    """GET and POST /api/mappings/."""

    query_parameters: ClassVar[frozenset[str]] = list_parameters(MappingFilter)

    def get(self, request: Request) -> Response:
        """List the saved mappings by name; those that have none come first."""
        mappings = SavedMapping.objects.select_related("created_by")
        found = filtered(MappingFilter, request, mappings.order_by("name", "-updated_at", "pk"))
        return page_of(found, request, lambda page: [MappingSerializer(each).data for each in page])

    def post(self, request: Request) -> Response:
        """Save a mapping under a name."""
        given = read_body(MappingBody, request)
        with _pointing_at_the_name():
            made = create_mapping(**given, actor=actor_of(request))
        address = reverse("api-mapping", args=[made.pk], request=request)
        answer = MappingSerializer(made).data
        return Response(answer, status.HTTP_201_CREATED, headers={"Location": address})


class MappingDetail(ResourceView):
    """GET, PUT, PATCH and DELETE /api/mappings/{id}/."""

    def get(self, _request: Request, mapping_id: int) -> Response:
        """Read a saved mapping."""
        return Response(MappingSerializer(_find_mapping(mapping_id)).data)

    def put(self, request: Request, mapping_id: int) -> Response:
        """Give a mapping another name and other choices; imports that used it stay as they are."""
        return _changed(mapping_id, read_body(MappingBody, request))

    def patch(self, request: Request, mapping_id: int) -> Response:
        """Change what is given of a mapping; imports that used it stay as they are."""
        return _changed(mapping_id, read_body(MappingPart, request))

    def delete(self, _request: Request, mapping_id: int) -> Response:
        """Forget a mapping; imports that used it stay as they are."""
        _find_mapping(mapping_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def _find_mapping(mapping_id: int) -> SavedMapping:
    found = SavedMapping.objects.select_related("created_by").filter(pk=mapping_id).first()
    if found is None:
        raise not_found(f"mapping {mapping_id}")
    return found


def _changed(mapping_id: int, given: Mapping[str, Any]) -> Response:
    mapping = _find_mapping(mapping_id)
    with _pointing_at_the_name():
        return Response(MappingSerializer(change_mapping(mapping, **given)).data)


@contextmanager
def _pointing_at_the_name() -> Iterator[None]:
    try:
        yield
    except NameNeeded as error:
        raise ValidationError({"name": [ErrorDetail(str(error), "blank")]}) from error
