"""API keys: listed, made, rotated, revoked.

A token is in one answer and in no other one. So `Idempotency-Key` means nothing here: an answer
that is kept to be given again would keep the token.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django_filters import ChoiceFilter, FilterSet
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.reverse import reverse

from pricebook.accounts.keys import (
    DEFAULT_OVERLAP_HOURS,
    MAX_OVERLAP_HOURS,
    KeyCannotRotate,
    clean_name,
    issue_api_key,
    revoke_api_key,
    rotate_api_key,
)
from pricebook.accounts.models import ApiKey, Scope
from pricebook.accounts.roles import scopes_of
from pricebook.api.base import (
    ResourceView,
    actor_of,
    filtered,
    list_parameters,
    not_found,
    page_of,
)
from pricebook.api.bodies import StrictBody, read_body
from pricebook.api.permissions import HasScope

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from pricebook.accounts.keys import IssuedKey
    from pricebook.accounts.models import ApiKeyQuerySet


class ManagesKeys(HasScope):
    """Let every person in, to the own keys at least, and of the keys those with `admin` only."""

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Say whether the request may go on; without anybody behind it DRF answers 401."""
        if not (request.user and request.user.is_authenticated):
            return False
        is_key = isinstance(request.auth, ApiKey)
        return self.has_scope(request, Scope.ADMIN if is_key else Scope.READ)


class KeyRotated(APIException):
    """The key has ended or was rotated before."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "key_has_ended"


class KeySerializer(serializers.Serializer[ApiKey]):
    """A key as the API shows it; times are RFC 3339 in UTC."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    owner = serializers.CharField(source="owner.username")
    state = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    replaced_by = serializers.IntegerField(source="successor_id", allow_null=True)


class NewKeyBody(StrictBody):
    """What a new key is to be."""

    name = serializers.CharField(trim_whitespace=False)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), allow_empty=False, max_length=len(Scope)
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_name(self, name: str) -> str:
        """Refuse a name that cannot be read in a list."""
        try:
            return clean_name(name)
        except ValueError as error:
            raise serializers.ValidationError(str(error), "invalid") from None

    def validate_scopes(self, scopes: list[str]) -> list[Scope]:
        """Refuse a scope that the owner's role does not cover: the key could not use it."""
        allowed = scopes_of(self.context["request"].user)
        for scope in scopes:
            if scope not in allowed:
                message = f"Your role does not cover the scope “{scope}”."
                raise serializers.ValidationError(message, "beyond_role")
        return [Scope(scope) for scope in scopes]

    def validate_expires_at(self, at: Any) -> Any:
        """Refuse a key that would be born dead."""
        if at is not None and at <= timezone.now():
            message = "A key has to end in the future."
            raise serializers.ValidationError(message, "past")
        return at


class RotationBody(StrictBody):
    """How long the old key works on."""

    overlap_hours = serializers.IntegerField(
        min_value=0, max_value=MAX_OVERLAP_HOURS, default=DEFAULT_OVERLAP_HOURS
    )


class KeyFilterSet(FilterSet):
    """The conditions of a list of keys."""

    state = ChoiceFilter(choices=[("live", "live"), ("ended", "ended")], method="by_state")

    def by_state(self, keys: ApiKeyQuerySet, _name: str, state: str) -> ApiKeyQuerySet:
        """Keep the keys that work, or those that do not any more."""
        now = timezone.now()
        return keys.live(now) if state == "live" else keys.ended(now)


class KeyList(ResourceView):
    """GET and POST /api/keys/: the keys that one may see, the newest first, and new ones."""

    permission_classes = (ManagesKeys,)
    query_parameters: ClassVar[frozenset[str]] = list_parameters(KeyFilterSet)

    def get(self, request: Request) -> Response:
        """List the keys that one may see, the newest first."""
        keys = filtered(KeyFilterSet, request, ApiKey.objects.visible_to(actor_of(request)))
        return page_of(keys, request, lambda page: [KeySerializer(key).data for key in page])

    def post(self, request: Request) -> Response:
        """Make a key of the one who asks. Its token is in this answer and in no other one."""
        given = read_body(NewKeyBody, request)
        owner = actor_of(request)
        return _issued(request, issue_api_key(owner=owner, actor=owner, **given))


class KeyDetail(ResourceView):
    """GET and DELETE /api/keys/{id}/: one key, and its end."""

    permission_classes = (ManagesKeys,)

    def get(self, request: Request, key_id: int) -> Response:
        """Read a key."""
        return Response(KeySerializer(_find_key(request, key_id)).data)

    def delete(self, request: Request, key_id: int) -> Response:
        """Revoke a key at once; doing it again changes nothing."""
        revoke_api_key(actor=actor_of(request), api_key=_find_key(request, key_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class KeyRotation(ResourceView):
    """POST /api/keys/{id}/rotate/: a new key in place of this one."""

    permission_classes = (ManagesKeys,)

    def post(self, request: Request, key_id: int) -> Response:
        """Make a new key in place of this one, which works on for a while."""
        api_key = _find_key(request, key_id)
        overlap = timedelta(hours=read_body(RotationBody, request)["overlap_hours"])
        try:
            issued = rotate_api_key(actor=actor_of(request), api_key=api_key, overlap=overlap)
        except KeyCannotRotate as error:
            raise KeyRotated(str(error)) from error
        return _issued(request, issued)


def _find_key(request: Request, key_id: int) -> ApiKey:
    """Return a key that the one who asks may see. Raises NotFound for all others alike."""
    found = ApiKey.objects.visible_to(actor_of(request)).filter(pk=key_id).first()
    if found is None:
        raise not_found(f"key {key_id}")
    return found


def _issued(request: Request, issued: IssuedKey) -> Response:
    """Answer with a new key and, this once, its token."""
    return Response(
        {**KeySerializer(issued.api_key).data, "token": issued.token},
        status.HTTP_201_CREATED,
        headers={
            "Location": reverse("api-key", args=[issued.api_key.pk], request=request),
            "Cache-Control": "no-store",
        },
    )
