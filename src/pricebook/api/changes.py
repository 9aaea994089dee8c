"""The feed of changes: how a subscriber makes sure that it missed nothing (C5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from pricebook.api.base import ResourceView, refuse_parameter, whole_number
from pricebook.catalogue.represent import moment
from pricebook.changes.feed import (
    CursorTooOld,
    NoSuchCursor,
    cursor_of,
    end_of_feed,
    place_of,
    read_feed,
)
from pricebook.changes.models import Kind
from pricebook.changes.queries import Wanted

if TYPE_CHECKING:
    from rest_framework.request import Request

    from pricebook.changes.queries import FeedChange, Place

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000
_MAX_ID: Final = 2**63 - 1


class ChangesGone(APIException):
    """The changes behind a cursor are no longer kept (RFC 9110, section 15.5.11)."""

    status_code = status.HTTP_410_GONE
    default_code = "cursor_too_old"


class FieldDifferenceSerializer(serializers.Serializer[Any]):
    """One field before and after, as the ledger keeps it; money and times are strings."""

    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class FeedChangeSerializer(serializers.Serializer[Any]):
    """One change of one product, for its description; times are RFC 3339 in UTC."""

    position = serializers.IntegerField(help_text="Of its change set: without gaps, from 1.")
    changeset = serializers.IntegerField()
    at = serializers.DateTimeField()
    job_id = serializers.UUIDField(allow_null=True)
    actor_id = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    product_id = serializers.IntegerField()
    sku = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=FieldDifferenceSerializer(),
        allow_null=True,
        help_text="What changed; null for a product that is new.",
    )


class FeedPageSerializer(serializers.Serializer[Any]):
    """A page of the feed, for its description."""

    results = FeedChangeSerializer(many=True)
    next_since = serializers.CharField(help_text="Where to go on, now or later.")
    has_more = serializers.BooleanField(help_text="Whether to go on now.")


class ChangeFeed(ResourceView):
    """GET /api/changes/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset(
        {"since", "limit", "job", "changeset", "kind"}
    )

    def get(self, request: Request) -> Response:
        """List what changed behind a cursor, the oldest first, without a gap.

        Without `since` it begins with the oldest change that is kept; `since=now` gives nothing but
        the cursor of this moment. Keep `next_since` and come back with it: each change is shown
        once. A page with conditions may be short, or empty, while `has_more` is true.
        """
        limit = whole_number(request, "limit", default=DEFAULT_LIMIT, maximum=MAX_LIMIT)
        wanted = _wanted(request)
        since = request.query_params.get("since")
        if since == "now":
            return _answer((), end_of_feed(), has_more=False)
        try:
            after = place_of(since) if since is not None else None
            page = read_feed(after, wanted=wanted, limit=limit)
        except NoSuchCursor as error:
            refuse_parameter("since", str(error))
        except CursorTooOld as error:
            raise ChangesGone(str(error)) from error
        return _answer(page.changes, page.until, has_more=page.has_more)


def _wanted(request: Request) -> Wanted:
    """Return which changes the query asks for. Raises ParameterError."""
    kind = request.query_params.get("kind")
    if kind is not None and kind not in Kind.values:
        refuse_parameter("kind", f"kind is one of {', '.join(Kind.values)}.", "invalid_choice")
    changeset = None
    if "changeset" in request.query_params:
        changeset = whole_number(request, "changeset", default=1, maximum=_MAX_ID)
    return Wanted(_job(request), changeset, None if kind is None else Kind(kind))


def _job(request: Request) -> UUID | None:
    text = request.query_params.get("job")
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        refuse_parameter("job", "job is the UUID of a job, such as that of an import.")


def _answer(changes: tuple[FeedChange, ...], until: Place, *, has_more: bool) -> Response:
    return Response(
        {
            "results": [_represent(change) for change in changes],
            "next_since": cursor_of(until),
            "has_more": has_more,
        }
    )


def _represent(change: FeedChange) -> dict[str, Any]:
    """Return what `FeedChangeSerializer` describes, many times faster."""
    fields = change.fields
    return {
        "position": change.position,
        "changeset": change.changeset_id,
        "at": moment(change.at),
        "job_id": None if change.job_id is None else str(change.job_id),
        "actor_id": change.actor_id,
        "kind": change.kind.value,
        "product_id": change.product_id,
        "sku": change.sku,
        "fields": None
        if fields is None
        else {name: {"before": before, "after": after} for name, (before, after) in fields.items()},
    }
