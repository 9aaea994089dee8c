"""The history of a product, and taking one change of it back (B4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from pricebook.api.base import actor_of, not_found, whole_number
from pricebook.api.idempotency import idempotent
from pricebook.api.products import ProductView
from pricebook.catalogue.history import Event, FieldChange, history_of
from pricebook.catalogue.models import Product
from pricebook.catalogue.undo import undo_change

if TYPE_CHECKING:
    from rest_framework.request import Request

_MAX_ID = 2**63 - 1


class FieldChangeSerializer(serializers.Serializer[FieldChange]):
    """One field before and after, as the ledger keeps it; money and times are strings."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangeSerializer(serializers.Serializer[Event]):
    """One change of a product: what, when, by whom or by which job."""

    changeset = serializers.IntegerField(source="changeset_id")
    kind = serializers.ChoiceField(choices=["created", "updated", "deleted", "restored"])
    at = serializers.DateTimeField()
    # Blank for what the operator's commands did.
    actor = serializers.CharField()
    job = serializers.UUIDField(source="job_id", allow_null=True)
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]
    can_undo = serializers.BooleanField()


class ProductHistory(ProductView):
    """GET /api/products/{id}/history/."""

    query_parameters: ClassVar[frozenset[str]] = frozenset({"limit", "before"})

    def get(self, request: Request, product_id: int) -> Response:
        """List the changes of a product, the newest first; that of a deleted one too."""
        product = Product.objects.filter(id=product_id).first()
        if product is None:
            raise not_found(f"product {product_id}")
        limit = whole_number(request, "limit", default=50, maximum=500)
        before = whole_number(request, "before", default=_MAX_ID, maximum=_MAX_ID)
        events = history_of(product, limit=limit + 1, before=before)
        shown, address = events[:limit], request.build_absolute_uri()
        more = len(events) > limit
        following = replace_query_param(address, "before", shown[-1].changeset_id) if more else None
        return Response(
            {"next": following, "results": [ChangeSerializer(event).data for event in shown]}
        )


class ProductUndo(ProductView):
    """POST /api/products/{id}/history/{changeset}/undo/."""

    @idempotent
    def post(self, request: Request, product_id: int, changeset_id: int) -> Response:
        """Take one change of a product back; 204 when that leaves the product deleted."""
        if max(product_id, changeset_id) > _MAX_ID:
            raise not_found("such change")
        actor = actor_of(request)
        product = undo_change(product_id=product_id, changeset_id=changeset_id, actor=actor)
        if product.is_deleted:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.answer(product)
