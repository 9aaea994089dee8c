"""Uploads that go straight to storage: this API signs addresses, and never sees the bytes (A2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.accounts.models import Scope
from pricebook.api.base import ResourceView, actor_of
from pricebook.api.bodies import StrictBody, read_body
from pricebook.api.imports import find_import, represent
from pricebook.api.options import OptionFields, options_of, require_known_source
from pricebook.files.contract import Part, SignedPut
from pricebook.files.uploads import (
    PartToSend,
    UploadEnded,
    arrived_parts,
    find_upload,
    give_up,
    open_upload,
    sign_part,
    sign_whole,
)
from pricebook.imports.intake import start_upload

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.files.models import Upload

# The base64 of four bytes.
CRC32: Final = r"^[A-Za-z0-9+/]{5}[AQgw]==$"
PARTS_AT_ONCE: Final = 100
_METHOD: Final = "PUT"


class NewUploadSerializer(StrictBody):
    """What the sender knows of a file before it is sent."""

    filename = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=1, max_value=2**53)
    content_type = serializers.RegexField(
        r"^[\w!#$&^.+-]+/[\w!#$&^.+-]+( *; *[\w.+-]+=[\w.+-]+)*$",
        max_length=200,
        required=False,
        default="",
        allow_blank=True,
    )
    crc32 = serializers.RegexField(CRC32, required=False, default="", allow_blank=True)


class PartToSendSerializer(StrictBody):
    """A part that is about to be sent."""

    number = serializers.IntegerField(min_value=1)
    # S3 wants it of every part when the upload was begun with checksums.
    crc32 = serializers.RegexField(CRC32)


class PartsToSendSerializer(StrictBody):
    """Parts that are about to be sent."""

    parts = serializers.ListField(
        child=PartToSendSerializer(), min_length=1, max_length=PARTS_AT_ONCE
    )


class StartSerializer(OptionFields):
    """Which upload has been sent, and what is wanted of its import."""

    key = serializers.CharField(max_length=200)


class ArrivedPartSerializer(serializers.Serializer[Part]):
    """A part that storage has whole."""

    number = serializers.IntegerField()
    size = serializers.IntegerField()


class AddressSerializer(serializers.Serializer[Any]):
    """Where one part goes: exactly these headers, exactly the announced bytes."""

    number = serializers.IntegerField()
    method = serializers.ChoiceField(choices=[_METHOD])
    url = serializers.URLField()
    headers = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class AddressesSerializer(serializers.Serializer[Any]):
    """Where parts go."""

    parts = AddressSerializer(many=True)


@dataclass(frozen=True, slots=True)
class UploadState:
    """An upload, what has arrived of it, and the address of a file that goes in one piece."""

    record: Upload
    parts: list[Part]
    whole: SignedPut | None = None


class UploadSerializer(serializers.Serializer[UploadState]):
    """An upload as the API shows it; it goes in one piece (`url`) or in parts (`part_size`)."""

    id = serializers.UUIDField(source="record.pk")
    key = serializers.CharField(source="record.key")
    file_name = serializers.CharField(source="record.name")
    file_size = serializers.IntegerField(source="record.size")
    content_type = serializers.CharField(source="record.content_type")
    created_at = serializers.DateTimeField(source="record.created_at")
    expires_at = serializers.DateTimeField(source="record.expires_at")
    # The address is shown once, when the upload is created.
    method = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    headers = serializers.SerializerMethodField()
    url_expires_at = serializers.DateTimeField(
        source="whole.expires_at", default=None, allow_null=True
    )
    part_size = serializers.IntegerField(source="record.part_size", allow_null=True)
    part_count = serializers.SerializerMethodField()
    parts = ArrivedPartSerializer(many=True)
    import_url = serializers.SerializerMethodField()

    def get_method(self, state: UploadState) -> str | None:
        """Return the method of the address."""
        return _METHOD if state.whole else None

    def get_url(self, state: UploadState) -> str | None:
        """Return where the file goes, as a whole."""
        return _absolute(self.context["request"], state.whole.url) if state.whole else None

    def get_headers(self, state: UploadState) -> dict[str, str]:
        """Return what has to be sent with it."""
        return dict(state.whole.headers) if state.whole else {}

    def get_part_count(self, state: UploadState) -> int | None:
        """Return the number of parts; None for a file that goes in one piece."""
        return state.record.part_count or None

    def get_import_url(self, state: UploadState) -> str | None:
        """Return where the import is, once it was started."""
        if state.record.file_id is None:
            return None
        return reverse("api-import", args=[state.record.pk], request=self.context["request"])


class UploadCreate(ResourceView):
    """POST /api/imports/create-upload/."""

    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def post(self, request: Request) -> Response:
        """Open an upload: answer with the address of the file, or with the size of its parts."""
        given = read_body(NewUploadSerializer, request)
        upload = open_upload(
            actor=actor_of(request),
            name=given["filename"],
            size=given["size"],
            content_type=given["content_type"],
            crc32=given["crc32"],
        )
        whole = None if upload.part_size else sign_whole(upload)
        address = reverse("api-direct-upload", args=[upload.pk], request=request)
        return Response(
            _represent(UploadState(upload, [], whole), request),
            status.HTTP_201_CREATED,
            headers={"Location": address, "Cache-Control": "no-store"},
        )


class UploadResource(ResourceView):
    """GET and DELETE /api/imports/uploads/{id}/."""

    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def get(self, request: Request, upload_id: UUID) -> Response:
        """Read an upload of one's own, and which of its parts have arrived."""
        upload = find_upload(upload_id, actor=actor_of(request))
        return Response(_represent(UploadState(upload, arrived_parts(upload)), request))

    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give up an upload; storage forgets what has arrived."""
        give_up(find_upload(upload_id, actor=actor_of(request)))
        return Response(status=status.HTTP_204_NO_CONTENT)


class UploadParts(ResourceView):
    """POST /api/imports/uploads/{id}/parts/."""

    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def post(self, request: Request, upload_id: UUID) -> Response:
        """Sign the addresses of up to 100 parts."""
        upload = find_upload(upload_id, actor=actor_of(request))
        if upload.file_id is not None:
            message = "This upload is complete: its import has been started."
            raise UploadEnded(message)
        given = read_body(PartsToSendSerializer, request)
        parts = [PartToSend(**part) for part in given["parts"]]
        _check_numbers(upload, parts)
        addresses = [_address(part, sign_part(upload, part), request) for part in parts]
        return Response(
            AddressesSerializer({"parts": addresses}).data, headers={"Cache-Control": "no-store"}
        )


class UploadStart(ResourceView):
    """POST /api/imports/start/."""

    write_scope: ClassVar[Scope] = Scope.UPLOAD

    def post(self, request: Request) -> Response:
        """Queue the import of what was sent: 201, or 200 when it was queued before."""
        given = read_body(StartSerializer, request)
        actor, options = actor_of(request), options_of(given)
        require_known_source(options, request)
        started = start_upload(key=given["key"], actor=actor, options=options)
        found = find_import(started.record.pk)
        address = reverse("api-import", args=[found.pk], request=request)
        return Response(
            represent(found, request),
            status.HTTP_201_CREATED if started.is_new else status.HTTP_200_OK,
            headers={"Location": address},
        )


def _check_numbers(upload: Upload, parts: list[PartToSend]) -> None:
    """Refuse numbers that are none of the upload's. Raises ValidationError."""
    for place, part in enumerate(parts):
        if not upload.size_of(part.number):
            count = upload.part_count
            sentence = (
                f"This upload has the parts 1 to {count}." if count else "It goes in one piece."
            )
            raise serializers.ValidationError({"parts": {str(place): {"number": [sentence]}}})


def _address(part: PartToSend, signed: SignedPut, request: Request) -> dict[str, Any]:
    return {
        "number": part.number,
        "method": _METHOD,
        "url": _absolute(request, signed.url),
        "headers": dict(signed.headers),
        "expires_at": signed.expires_at,
    }


def _absolute(request: Request, url: str) -> str:
    """Return the address as it is, or under this product's own when it is relative."""
    return str(request.build_absolute_uri(url))


def _represent(state: UploadState, request: Request) -> dict[str, Any]:
    return dict(UploadSerializer(state, context={"request": request}).data)
