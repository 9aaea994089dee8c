"""Uploads: files that become imports. An upload and its import are one thing with one id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.http import QueryDict
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.accounts.models import Scope
from pricebook.api.base import ResourceView
from pricebook.api.deprecation import deprecation_headers
from pricebook.api.imports import ImportDetail, ImportList, find_import, represent
from pricebook.api.options import ChoicesText, OptionFields, options_of, require_known_source
from pricebook.files.receive import FileTooLarge, receive_file
from pricebook.imports.intake import start_import

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.accounts.models import User

# What multipart/form-data adds to a file: its part's header and the boundaries.
_FORM_BYTES = 64 * 1024


class LengthRequired(APIException):
    """The request does not say how long its body is (RFC 9110, section 15.5.12)."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the file with a Content-Length, not in chunks of unknown number."
    default_code = "length_required"


class UploadForm(OptionFields):
    """The form of an upload: a field `file` with one file that has a name, and the options."""

    file = serializers.FileField(
        error_messages={
            "required": "Send the file in the form field “file”, together with its name.",
            "invalid": "The form field “file” holds text; send it as a file with a name.",
            "empty": "The file is empty.",
        }
    )
    choices = ChoicesText(required=False, allow_null=True, default=None)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse a second file, or a second value of an option, instead of losing it."""
        given = data.lists() if isinstance(data, QueryDict) else ()
        several = {
            name: [ErrorDetail(f"Send {name[:50]} once, not {len(values)} times.", "several")]
            for name, values in given
            if len(values) > 1
        }
        if several:
            raise ValidationError(several)
        return super().to_internal_value(data)


class UploadList(ImportList):
    """GET and POST /api/uploads/."""

    parser_classes = (MultiPartParser,)
    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def post(self, request: Request) -> Response:
        """Store a file and queue its import (A3, A4)."""
        _check_length(request)
        form = UploadForm(data=request.data)
        form.is_valid(raise_exception=True)
        received = form.validated_data["file"]
        # HasScope lets nobody in without an account.
        actor = cast("User", request.user)
        options = options_of(form.validated_data)
        require_known_source(options, request)
        stored = receive_file(received, name=received.name, actor=actor)
        created = find_import(start_import(file=stored, actor=actor, options=options).pk)
        address = reverse("api-upload", args=[created.pk], request=request)
        return Response(
            represent(created, request), status.HTTP_201_CREATED, headers={"Location": address}
        )


class UploadDetail(ImportDetail):
    """GET /api/uploads/{id}/: the import of an upload."""


class UploadProcess(ResourceView):
    """POST /api/uploads/{id}/process/: does nothing, for older clients; uploads start at once."""

    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def post(self, request: Request, import_id: UUID) -> Response:
        """Do nothing: uploads start by themselves. The answer says that this address will go."""
        successor = reverse("api-import", args=[import_id], request=request)
        return Response(
            represent(find_import(import_id), request), headers=deprecation_headers(successor)
        )


def _check_length(request: Request) -> None:
    """Refuse what is too large before it is unpacked a second time."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "Transfer-Encoding" in request.headers:
        raise LengthRequired
    if length.isdigit() and int(length) > settings.IMPORT_MAX_BYTES + _FORM_BYTES:
        raise FileTooLarge
