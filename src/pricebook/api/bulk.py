"""Many products at once: upsert, edit, delete all (B2, B3)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final, Never

from django.core import signing
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response

from pricebook.accounts.models import Scope
from pricebook.api.base import ResourceView, actor_of
from pricebook.api.bodies import object_of
from pricebook.api.idempotency import idempotent
from pricebook.api.jobs import accepted, find_job
from pricebook.api.product_filters import filter_of_body
from pricebook.api.product_rows import READING, file_of_rows
from pricebook.catalogue.bulk import AT_ONCE, edit_products, start_bulk_edit
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction
from pricebook.changes.totals import count_products
from pricebook.files.receive import receive_file
from pricebook.imports.intake import start_import
from pricebook.imports.models import LIST_OF_THE_API
from pricebook.imports.options import Options

if TYPE_CHECKING:
    from rest_framework.request import Request

    from pricebook.accounts.models import User

_ACTIONS: Final = (BulkAction.ACTIVATE, BulkAction.DEACTIVATE, BulkAction.DELETE)
_MAX_ID: Final = 2**63 - 1
CONFIRMATION_SECONDS: Final = 600
_SALT: Final = "pricebook.api.delete-all"


class ConfirmationRequired(APIException):
    """Deleting every product needs a second request (RFC 6585, section 3)."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "confirmation_required"

    def __init__(self, user: User, count: int) -> None:
        minutes = CONFIRMATION_SECONDS // 60
        super().__init__(
            f"This deletes all {count:,} products. Send the same request with "
            f"?confirmation= and the value of `confirmation` within {minutes} minutes."
        )
        confirmation = signing.dumps([user.pk, count], salt=_SALT)
        self.members = {"count": count, "confirmation": confirmation}


@dataclass(frozen=True, slots=True)
class Order:
    """What a bulk edit is to do, and to which products."""

    action: BulkAction
    meant: tuple[int, ...] | ProductFilter


class BulkUpsert(ResourceView):
    """POST /api/products/bulk/."""

    body_limit: ClassVar[int] = 50 * 1024 * 1024

    @idempotent
    def post(self, request: Request) -> Response:
        """Create and update many products by SKU, as an import does: the answer is its job.

        The body is a list of products. A field that is left out, null or blank keeps its stored
        value, and of products with one SKU the last one counts, as in files (A5, A15).
        """
        actor = actor_of(request)
        with file_of_rows(request.data) as source:
            stored = receive_file(source, name=LIST_OF_THE_API, actor=actor)
        record = start_import(file=stored, actor=actor, options=Options(choices=READING))
        return accepted(find_job(record.pk), request)


class EditedSerializer(serializers.Serializer[Any]):
    """What a bulk edit of chosen products did at once."""

    changed = serializers.IntegerField()
    changeset_id = serializers.IntegerField(allow_null=True)


class BulkEditing(ResourceView):
    """POST /api/products/bulk-edit/."""

    @idempotent
    def post(self, request: Request) -> Response:
        """Activate, deactivate or delete products: by `ids` at once, by `filter` as a job."""
        order, actor = _read_order(request.data), actor_of(request)
        if isinstance(order.meant, ProductFilter):
            edit = start_bulk_edit(action=order.action, chosen=order.meant, actor=actor)
            return accepted(find_job(edit.pk), request)
        done = edit_products(action=order.action, ids=order.meant, actor=actor)
        changeset_id = done.changeset_id if done.products else None
        return Response({"changed": done.products, "changeset_id": changeset_id})


class BulkDelete(ResourceView):
    """DELETE /api/products/bulk-delete/."""

    write_scope: ClassVar[Scope] = Scope.ADMIN
    write_parameters: ClassVar[frozenset[str]] = frozenset({"confirmation"})

    def delete(self, request: Request) -> Response:
        """Delete every product, as a job that can be undone.

        The first request gets 428 with the number of products and a confirmation; the second one,
        which carries it, 202. When the number has changed meanwhile it is 428 again.
        """
        actor, count = actor_of(request), count_products().products
        if not _is_confirmed(_confirmation(request), actor, count):
            raise ConfirmationRequired(actor, count)
        edit = start_bulk_edit(action=BulkAction.DELETE, chosen=ProductFilter(), actor=actor)
        return accepted(find_job(edit.pk), request)


def _confirmation(request: Request) -> object:
    if "confirmation" in request.query_params:
        return request.query_params["confirmation"]
    given = object_of(request.data)
    unknown = {
        name: [ErrorDetail(f"There is no field {name[:50]!r} here.", "unknown")]
        for name in given
        if name != "confirmation"
    }
    if unknown:
        raise ValidationError(unknown)
    return given.get("confirmation", "")


def _is_confirmed(confirmation: object, user: User, count: int) -> bool:
    try:
        confirmed: object = signing.loads(
            str(confirmation), salt=_SALT, max_age=CONFIRMATION_SECONDS
        )
    except (signing.BadSignature, UnicodeError):
        return False
    return confirmed == [user.pk, count]


def _read_order(body: object) -> Order:
    """Read the body of a bulk edit. Raises ValidationError."""
    given = object_of(body)
    unknown = set(given) - {"action", "ids", "filter"}
    if unknown:
        _refuse(min(unknown), "A bulk edit has action, and either ids or filter.", "unknown")
    if given.get("action") not in _ACTIONS:
        _refuse("action", f"action is one of {', '.join(_ACTIONS)}.", "invalid_choice")
    action = BulkAction(given["action"])
    if ("ids" in given) == ("filter" in given):
        _refuse("filter", "Send either ids or filter.", "which")
    if "ids" in given:
        return Order(action, _read_ids(given["ids"]))
    chosen = filter_of_body(given["filter"], place="filter")
    if action == BulkAction.DELETE and chosen.is_empty:
        _refuse("filter", "To delete every product, send DELETE to …/bulk-delete/.", "everything")
    return Order(action, chosen)


def _read_ids(ids: object) -> tuple[int, ...]:
    numbers = isinstance(ids, list) and all(
        isinstance(each, int) and not isinstance(each, bool) and 0 < each <= _MAX_ID for each in ids
    )
    if not isinstance(ids, list) or not numbers or not 1 <= len(ids) <= AT_ONCE:
        _refuse("ids", f"ids is a list of 1 to {AT_ONCE:,} numbers of products.", "invalid")
    return tuple(ids)


def _refuse(field: str, sentence: str, code: str) -> Never:
    raise ValidationError({field: [ErrorDetail(sentence, code)]})
