"""What each operation takes and answers, for the description of the API (OpenAPI 3.1).

The description is held to what the views really do: every route has to stand here, and the tests
send all kinds of requests and compare the answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from pricebook.api import (
    bulk,
    changes,
    deliveries,
    direct_uploads,
    endpoint_bodies,
    facets,
    history,
    imports,
    jobs,
    keys,
    mappings,
    shapes,
    sources,
    webhooks,
)
from pricebook.api.attempts import AttemptSerializer
from pricebook.api.product_fields import ProductSerializer

Answer = Any
"""A serializer, a JSON schema, or None for no body."""


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong: a parameter of the query, or a place in the body (RFC 6901)."""

    parameter = serializers.CharField(required=False)
    pointer = serializers.CharField(required=False)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request failed (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]


class ConfirmationSerializer(ProblemSerializer):
    """What has to be sent again to delete everything."""

    count = serializers.IntegerField()
    confirmation = serializers.CharField()


class ImportStatusSerializer(imports.ImportSerializer):
    """An import with the causes of its rejections, and with what it would do."""

    causes = imports.CauseSerializer(many=True)
    review = imports.ReviewSerializer(allow_null=True)
    forecast = imports.ForecastSerializer(allow_null=True)


class IssuedKeySerializer(keys.KeySerializer):
    """A new key and, this once, its token."""

    token = serializers.CharField()


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a resource takes and answers, besides what all of them have."""

    answers: Mapping[int, Answer]
    # Statuses of problems; 401, 403 and 429 are everybody's.
    problems: tuple[int, ...] = ()
    body: Any = None
    body_type: str = "application/json"
    body_required: bool = True
    media_type: str = "application/json"
    # Request headers that mean something here, and headers of the answers.
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    deprecated: bool = False


def _page(name: str, item: type[serializers.Serializer[Any]], **more: Any) -> Any:
    address = serializers.CharField(allow_null=True)
    return inline_serializer(
        name,
        {
            "count": serializers.IntegerField(),
            **more,
            "next": address,
            "previous": serializers.CharField(allow_null=True),
            "results": item(many=True),
        },
    )


_IMPORT = imports.ImportSerializer
_IMPORTS = _page("ImportPage", imports.ImportSerializer)
_HISTORY = inline_serializer(
    "ProductHistory",
    {
        "next": serializers.CharField(allow_null=True),
        "results": history.ChangeSerializer(many=True),
    },
)
_PRODUCTS = _page("ProductPage", ProductSerializer, count_is_exact=serializers.BooleanField())
_DELIVERIES = inline_serializer(
    "DeliveryPage",
    {
        "next": serializers.CharField(allow_null=True),
        "results": deliveries.DeliverySerializer(many=True),
    },
)
_SEEN = ("If-None-Match",)
_GUARDED = ("If-Match",)
_ONCE = ("Idempotency-Key",)
_LOCATED = ("Location",)
_BODY = (400, 413, 415)

_READ_PRODUCT: Final = Operation(
    {200: ProductSerializer, 304: None}, (400, 404), takes=_SEEN, gives=("ETag",)
)
_PATCH_PRODUCT: Final = Operation(
    {200: ProductSerializer},
    (*_BODY, 404, 409, 412),
    body=shapes.PART_OF_PRODUCT,
    takes=_GUARDED,
    gives=("ETag",),
)
_DELETE_PRODUCT: Final = Operation({204: None}, (400, 404, 412), takes=_GUARDED)
_QUEUED: Final = Operation({202: jobs.JobSerializer}, (400, 404, 409), gives=_LOCATED)

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("ProductList", "get"): Operation({200: _PRODUCTS}, (400, 404)),
    ("ProductList", "post"): Operation(
        {201: ProductSerializer},
        (*_BODY, 409, 422),
        body=shapes.NEW_PRODUCT,
        takes=_ONCE,
        gives=("ETag", "Location"),
    ),
    ("ProductDetail", "get"): _READ_PRODUCT,
    ("ProductDetail", "put"): Operation(
        {200: ProductSerializer},
        (*_BODY, 404, 409, 412),
        body=shapes.WHOLE_PRODUCT,
        takes=_GUARDED,
        gives=("ETag",),
    ),
    ("ProductDetail", "patch"): _PATCH_PRODUCT,
    ("ProductDetail", "delete"): _DELETE_PRODUCT,
    ("ProductBySku", "get"): _READ_PRODUCT,
    ("ProductBySku", "put"): Operation(
        {200: ProductSerializer, 201: ProductSerializer},
        (*_BODY, 404, 409, 412),
        body=shapes.PART_OF_PRODUCT,
        takes=("If-Match", "If-None-Match"),
        gives=("ETag",),
    ),
    ("ProductBySku", "patch"): _PATCH_PRODUCT,
    ("ProductBySku", "delete"): _DELETE_PRODUCT,
    ("ProductHistory", "get"): Operation({200: _HISTORY}, (400, 404)),
    ("ProductUndo", "post"): Operation(
        {200: ProductSerializer, 204: None}, (400, 404, 409, 422), takes=_ONCE
    ),
    ("BulkUpsert", "post"): Operation(
        {202: jobs.JobSerializer},
        (*_BODY, 409, 422, 507),
        body={"type": "array", "minItems": 1, "items": shapes.NEW_PRODUCT},
        takes=_ONCE,
        gives=_LOCATED,
    ),
    ("BulkEditing", "post"): Operation(
        {200: bulk.EditedSerializer, 202: jobs.JobSerializer},
        (*_BODY, 409, 422),
        body=shapes.BULK_ORDER,
        takes=_ONCE,
    ),
    ("BulkDelete", "delete"): Operation(
        {202: jobs.JobSerializer},
        (*_BODY, 428),
        body=shapes.CONFIRMED,
        body_required=False,
        gives=_LOCATED,
    ),
    ("ProductFacets", "get"): Operation({200: facets.FacetsSerializer}, (400,)),
    ("ProductExport", "get"): Operation({200: {"type": "string"}}, (400,), media_type="text/csv"),
    ("JobList", "get"): Operation({200: _page("JobPage", jobs.JobSerializer)}, (400, 404)),
    ("JobDetail", "get"): Operation({200: jobs.JobSerializer}, (400, 404)),
    ("JobCancel", "post"): Operation(
        {200: jobs.JobSerializer, 202: jobs.JobSerializer}, (400, 404, 409)
    ),
    ("JobRetry", "post"): _QUEUED,
    ("JobUndo", "post"): _QUEUED,
    ("UploadList", "get"): Operation({200: _IMPORTS}, (400, 404)),
    ("UploadList", "post"): Operation(
        {201: _IMPORT},
        (400, 411, 413, 415, 507),
        body=shapes.UPLOAD,
        body_type="multipart/form-data",
        gives=_LOCATED,
    ),
    ("UploadDetail", "get"): Operation({200: _IMPORT}, (400, 404)),
    ("UploadProcess", "post"): Operation(
        {200: _IMPORT}, (400, 404), deprecated=True, gives=("Deprecation", "Sunset", "Link")
    ),
    ("UploadCreate", "post"): Operation(
        {201: direct_uploads.UploadSerializer},
        (*_BODY, 503, 507),
        body=shapes.NEW_UPLOAD,
        gives=_LOCATED,
    ),
    ("UploadResource", "get"): Operation({200: direct_uploads.UploadSerializer}, (400, 404, 503)),
    ("UploadResource", "delete"): Operation({204: None}, (400, 404, 409, 503)),
    ("UploadParts", "post"): Operation(
        {200: direct_uploads.AddressesSerializer},
        (*_BODY, 404, 409, 503),
        body=shapes.PARTS_TO_SEND,
    ),
    ("UploadStart", "post"): Operation(
        {200: _IMPORT, 201: _IMPORT}, (*_BODY, 404, 409, 503, 507), body=shapes.SENT, gives=_LOCATED
    ),
    ("ImportList", "get"): Operation({200: _IMPORTS}, (400, 404)),
    ("ImportDetail", "get"): Operation({200: _IMPORT}, (400, 404)),
    ("ImportStatus", "get"): Operation({200: ImportStatusSerializer}, (400, 404)),
    ("ImportMapping", "get"): Operation({200: mappings.OutlineSerializer}, (400, 404)),
    ("ImportMapping", "post"): Operation(
        {202: _IMPORT}, (*_BODY, 404, 409), body=shapes.REMAPPED, gives=_LOCATED
    ),
    ("ImportApprove", "post"): Operation(
        {202: _IMPORT}, (*_BODY, 404, 409), body=imports.ApprovalBody, body_required=False
    ),
    ("ImportDiscard", "post"): Operation({200: _IMPORT}, (400, 404, 409)),
    ("ImportCancel", "post"): Operation({200: _IMPORT, 202: _IMPORT}, (400, 404, 409)),
    ("ImportRetry", "post"): Operation({202: _IMPORT}, (400, 404, 409)),
    ("ImportUndo", "post"): _QUEUED,
    ("ImportRejects", "get"): Operation(
        {200: {"type": "string"}}, (400, 404), media_type="text/csv"
    ),
    ("MappingList", "get"): Operation(
        {200: _page("MappingPage", mappings.MappingSerializer)}, (400, 404)
    ),
    ("MappingList", "post"): Operation(
        {201: mappings.MappingSerializer},
        (*_BODY, 409),
        body=shapes.MAPPING,
        gives=_LOCATED,
    ),
    ("MappingDetail", "get"): Operation({200: mappings.MappingSerializer}, (400, 404)),
    ("MappingDetail", "put"): Operation(
        {200: mappings.MappingSerializer}, (*_BODY, 404, 409), body=shapes.MAPPING
    ),
    ("MappingDetail", "patch"): Operation(
        {200: mappings.MappingSerializer}, (*_BODY, 404, 409), body=shapes.PART_OF_MAPPING
    ),
    ("MappingDetail", "delete"): Operation({204: None}, (400, 404)),
    ("SourceList", "get"): Operation(
        {200: _page("SourcePage", sources.SourceSerializer)}, (400, 404)
    ),
    ("SourceDetail", "get"): Operation({200: sources.SourceSerializer}, (400, 404)),
    ("SourceDetail", "patch"): Operation(
        {200: sources.SourceSerializer}, (*_BODY, 404, 409), body=sources.SourceBody
    ),
    ("SourceDetail", "delete"): Operation({204: None}, (400, 404)),
    ("ChangeFeed", "get"): Operation({200: changes.FeedPageSerializer}, (400, 410)),
    ("WebhookList", "get"): Operation(
        {200: _page("WebhookPage", webhooks.EndpointSerializer)}, (400, 404)
    ),
    ("WebhookList", "post"): Operation(
        {201: webhooks.IssuedEndpointSerializer},
        _BODY,
        body=endpoint_bodies.NewEndpointBody,
        gives=_LOCATED,
    ),
    ("WebhookEvents", "get"): Operation({200: webhooks.EventTypeListSerializer}, (400,)),
    ("WebhookDetail", "get"): Operation({200: webhooks.EndpointSerializer}, (400, 404)),
    ("WebhookDetail", "put"): Operation(
        {200: webhooks.EndpointSerializer}, (*_BODY, 404), body=endpoint_bodies.EndpointBody
    ),
    ("WebhookDetail", "patch"): Operation(
        {200: webhooks.EndpointSerializer}, (*_BODY, 404), body=endpoint_bodies.EndpointPart
    ),
    ("WebhookDetail", "delete"): Operation({204: None}, (400, 404)),
    ("WebhookTrial", "post"): Operation(
        {200: AttemptSerializer}, (*_BODY, 404), body=endpoint_bodies.TrialBody, body_required=False
    ),
    ("WebhookRotation", "post"): Operation(
        {200: webhooks.IssuedEndpointSerializer},
        (*_BODY, 404),
        body=endpoint_bodies.SecretRotationBody,
        body_required=False,
    ),
    ("WebhookRecovery", "post"): Operation(
        {202: deliveries.RecoveredSerializer}, (*_BODY, 404, 409), body=deliveries.RecoveryBody
    ),
    ("DeliveryList", "get"): Operation({200: _DELIVERIES}, (400, 404)),
    ("DeliveryDetail", "get"): Operation({200: deliveries.WholeDeliverySerializer}, (400, 404)),
    ("DeliveryResend", "post"): Operation(
        {202: deliveries.WholeDeliverySerializer}, (400, 404, 409)
    ),
    ("KeyList", "get"): Operation({200: _page("KeyPage", keys.KeySerializer)}, (400, 404)),
    ("KeyList", "post"): Operation(
        {201: IssuedKeySerializer}, _BODY, body=keys.NewKeyBody, gives=_LOCATED
    ),
    ("KeyDetail", "get"): Operation({200: keys.KeySerializer}, (400, 404)),
    ("KeyDetail", "delete"): Operation({204: None}, (400, 404)),
    ("KeyRotation", "post"): Operation(
        {201: IssuedKeySerializer},
        (*_BODY, 404, 409),
        body=keys.RotationBody,
        body_required=False,
        gives=_LOCATED,
    ),
    ("SchemaView", "get"): Operation({200: {"type": "object"}}, (400,)),
}
