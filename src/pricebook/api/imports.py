"""Imports: how they stand, what they refused, and what people may do to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django_filters import ChoiceFilter, FilterSet
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
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
from pricebook.api.jobs import ProgressSerializer, accepted, find_job
from pricebook.api.options import ChoicesSerializer
from pricebook.catalogue.bulk import retry_products_job, start_undo
from pricebook.catalogue.modes import Mode
from pricebook.files.storage import storage
from pricebook.imports.models import Import, RejectCause, Review
from pricebook.imports.review import approve_import, discard_import
from pricebook.jobs import progress
from pricebook.jobs.models import Status
from pricebook.jobs.queue import cancel_job
from pricebook.webhooks.forecast import Forecast, forecast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.jobs.progress import Progress

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class ImportState:
    """An import and how far it is."""

    record: Import
    progress: Progress

    @classmethod
    def live(cls, record: Import) -> ImportState:
        """Return the latest state there is."""
        return cls(record, progress.read(record.job))

    @classmethod
    def stored(cls, record: Import) -> ImportState:
        """Return the state of the last checkpoint, without asking Redis."""
        return cls(record, progress.of_row(record.job))


class ImportSerializer(ProgressSerializer):
    """An import as the API shows it (A7); times are RFC 3339 in UTC."""

    file_name = serializers.CharField(source="record.file.name")
    file_size = serializers.IntegerField(source="record.file.size")
    created_by = serializers.CharField(source="record.job.actor.username", allow_null=True)
    created_at = serializers.DateTimeField(source="record.job.created_at")
    started_at = serializers.DateTimeField(source="record.job.started_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="record.job.finished_at", allow_null=True)
    # Blank until its first bytes were read.
    file_format = serializers.CharField(source="record.format")
    # The last import before this one that brought the same bytes; known once they were read.
    duplicate_of = serializers.UUIDField(source="record.duplicate_of", allow_null=True)
    # The import whose rejected rows this one brings, mended.
    mends = serializers.UUIDField(source="record.mends_id", allow_null=True)
    mode = serializers.ChoiceField(source="record.mode", choices=Mode.choices)
    source = serializers.CharField(  # type: ignore[assignment]
        source="record.source.name", allow_null=True
    )
    deactivate_missing = serializers.BooleanField(source="record.deactivate_missing")
    all_or_nothing = serializers.BooleanField(source="record.all_or_nothing")
    # The name of the mapping; null without one, and for one that has no name.
    mapping = serializers.SerializerMethodField()
    # As somebody chose; once the file was read, as it was read.
    choices = ChoicesSerializer(source="record.choices", allow_null=True)
    # Products, not rows: those that the file does not have.
    deactivated_products = serializers.IntegerField(source="record.deactivated_products")
    rejects_url = serializers.SerializerMethodField()
    events_url = serializers.SerializerMethodField()

    def get_mapping(self, state: ImportState) -> str | None:
        """Return the name of the mapping that says how the file is read."""
        mapping = state.record.mapping
        return (mapping.name or None) if mapping else None

    def get_rejects_url(self, state: ImportState) -> str | None:
        """Return where the rejected rows are; None when there are none."""
        return self._address("api-import-rejects", state) if state.record.rejects_key else None

    def get_events_url(self, state: ImportState) -> str:
        """Return where the progress can be followed."""
        return self._address("api-import-events", state)

    def _address(self, name: str, state: ImportState) -> str:
        return reverse(name, args=[state.record.pk], request=self.context["request"])


class CauseSerializer(serializers.Serializer[RejectCause]):
    """Why rows were rejected, and how many for that reason (A9)."""

    code = serializers.CharField()
    column = serializers.CharField()
    message = serializers.CharField()
    rows = serializers.IntegerField()


class ReasonSerializer(serializers.Serializer[Any]):
    """A guard that stopped an import (A12)."""

    code = serializers.CharField()
    sentence = serializers.CharField()


class OdditySerializer(serializers.Serializer[Any]):
    """Something that looks odd, and how many rows it concerns."""

    code = serializers.CharField()
    rows = serializers.IntegerField()
    sentence = serializers.CharField()


class ReviewSerializer(serializers.Serializer[Review]):
    """What an import would do, as it was found before anybody decided (A11)."""

    reasons = ReasonSerializer(many=True)
    new_rows = serializers.IntegerField()
    changed_rows = serializers.IntegerField()
    unchanged_rows = serializers.IntegerField()
    # Rows that the mode does not let through.
    skipped_rows = serializers.IntegerField()
    # Products of the source that are not in the file, and would be switched off.
    missing_products = serializers.IntegerField()
    oddities = OdditySerializer(many=True)
    # Rows of the file: `line` (0: a missing product), `sku`, `product_id` (null: a new one), and
    # `fields` with `field`, `before` and `after`.
    samples = serializers.ListField(child=serializers.DictField())
    # To be sent back by who approves: then nothing is approved that nobody has seen.
    written_at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="approved_by.username", allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class ForecastSerializer(serializers.Serializer[Forecast]):
    """What an import would send to webhooks, and how long that takes (C4)."""

    endpoints = serializers.IntegerField()
    requests = serializers.IntegerField()
    seconds = serializers.FloatField()


class ApprovalBody(StrictBody):
    """Which review was looked at: its `written_at`."""

    written_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class ImportFilter(FilterSet):
    """The conditions of a list of imports."""

    status = ChoiceFilter(field_name="job__status", choices=Status.choices)


class ImportList(ResourceView):
    """GET /api/imports/."""

    query_parameters: ClassVar[frozenset[str]] = list_parameters(ImportFilter)

    def get(self, request: Request) -> Response:
        """List the imports, the newest first, as of their last checkpoints."""
        imports = filtered(ImportFilter, request, Import.objects.recent())
        return page_of(
            imports,
            request,
            lambda page: represent_all(map(ImportState.stored, page), request),
        )


class ImportDetail(ResourceView):
    """GET /api/imports/{id}/: one import."""

    def get(self, request: Request, import_id: UUID) -> Response:
        """Read an import and how far it is at this moment."""
        return Response(represent(find_import(import_id), request))


class ImportStatus(ResourceView):
    """GET /api/imports/{id}/status/: one import, its rejections, and what it would do."""

    def get(self, request: Request, import_id: UUID) -> Response:
        """Read an import with the causes of its rejections, and with its review if it has one.

        While it needs review, `forecast` says what webhooks it would send.
        """
        found = find_import(import_id)
        causes = [CauseSerializer(cause).data for cause in found.causes.all()]
        written = Review.objects.filter(parent=found).first()
        review = None if written is None else ReviewSerializer(written).data
        return Response(
            {
                **represent(found, request),
                "causes": causes,
                "review": review,
                "forecast": _forecast(found, written),
            }
        )


class ImportApprove(ResourceView):
    """POST /api/imports/{id}/approve/: let an import go on that waits for a decision (A11)."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def post(self, request: Request, import_id: UUID) -> Response:
        """Let an import go on that waits for a decision; nothing is read again.

        With the `written_at` of a review only that one is approved, and no later one.
        """
        find_import(import_id)
        seen = read_body(ApprovalBody, request)["written_at"]
        approve_import(import_id=import_id, actor=actor_of(request), seen=seen)
        return Response(represent(find_import(import_id), request), status.HTTP_202_ACCEPTED)


class ImportDiscard(ResourceView):
    """POST /api/imports/{id}/discard/: drop an import that waits for a decision (A11)."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def post(self, request: Request, import_id: UUID) -> Response:
        """Drop an import that waits for a decision; it has changed nothing."""
        find_import(import_id)
        discard_import(import_id=import_id)
        return Response(represent(find_import(import_id), request))


class ImportCancel(ResourceView):
    """POST /api/imports/{id}/cancel/: stop an import; what is merged stays (A13)."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def post(self, request: Request, import_id: UUID) -> Response:
        """Stop an import: 200 when it has stopped, 202 when its worker will stop it soon."""
        find_import(import_id)
        job = cancel_job(import_id)
        answer = represent(find_import(import_id), request)
        return Response(answer, status.HTTP_200_OK if job.is_finished else status.HTTP_202_ACCEPTED)


class ImportRetry(ResourceView):
    """POST /api/imports/{id}/retry/: queue a failed or cancelled import again (A13)."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def post(self, request: Request, import_id: UUID) -> Response:
        """Queue a failed or cancelled import again; it goes on from its last checkpoint."""
        find_import(import_id)
        retry_products_job(job_id=import_id)
        return Response(represent(find_import(import_id), request), status.HTTP_202_ACCEPTED)


class ImportUndo(ResourceView):
    """POST /api/imports/{id}/undo/."""

    write_scope: ClassVar[Scope] = Scope.WRITE

    def post(self, request: Request, import_id: UUID) -> Response:
        """Queue a job that takes back what an import wrote; products changed since stay (A14)."""
        find_import(import_id)
        undo = start_undo(job_id=import_id, actor=actor_of(request))
        return accepted(find_job(undo.pk), request)


class ImportRejects(ResourceView):
    """GET /api/imports/{id}/rejects.csv: every rejected row with its reasons (A9)."""

    def get(self, _request: Request, import_id: UUID) -> StreamingHttpResponse:
        """Download every rejected row with its reasons."""
        found = find_import(import_id)
        if not found.rejects_key:
            message = f"The import {import_id} has no file of rejected rows."
            raise NotFound(message)
        try:
            source = storage().open(found.rejects_key)
        except FileNotFoundError:
            message = f"The file of rejected rows of the import {import_id} is no longer kept."
            raise NotFound(message) from None
        name = f"{found.file.name.rpartition('.')[0] or found.file.name}-rejects.csv"
        disposition = content_disposition_header(as_attachment=True, filename=name)
        return StreamingHttpResponse(
            _blocks(source),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": disposition or "attachment"},
        )


def find_import(import_id: UUID) -> Import:
    """Return an import with all that its resource shows. Raises NotFound."""
    found = Import.objects.recent().filter(pk=import_id).first()
    if found is None:
        raise not_found(f"import {import_id}")
    return found


def represent(found: Import, request: Request) -> dict[str, Any]:
    """Return the import resource with its latest state."""
    return represent_all([ImportState.live(found)], request)[0]


def represent_all(states: Iterable[ImportState], request: Request) -> list[dict[str, Any]]:
    """Return the import resources of several states."""
    return [ImportSerializer(state, context={"request": request}).data for state in states]


def _forecast(found: Import, review: Review | None) -> dict[str, Any] | None:
    """Return what an import that waits for a decision would send; None for all others."""
    if review is None or found.job.status != Status.NEEDS_REVIEW:
        return None
    updated = review.changed_rows + review.missing_products
    return dict(ForecastSerializer(forecast(created=review.new_rows, updated=updated)).data)


async def _blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    # An iterator that is not async would be read whole into memory under ASGI.
    with source:
        while block := await asyncio.to_thread(source.read, _BLOCK):
            yield block
