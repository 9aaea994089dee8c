"""Jobs: background work of every kind, how far it is, and what people may do to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django_filters import CharFilter, ChoiceFilter, FilterSet
from rest_framework import serializers, status
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
from pricebook.api.permissions import require_scope
from pricebook.catalogue.bulk import retry_products_job, start_undo, would_empty_book
from pricebook.catalogue.models import BulkEdit
from pricebook.imports.models import IMPORT
from pricebook.jobs import progress
from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import cancel_job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from rest_framework.request import Request

    from pricebook.jobs.progress import Progress


@dataclass(frozen=True, slots=True)
class JobState:
    """A job, how far it is, and what is particular to a bulk edit."""

    record: Job
    progress: Progress
    edit: BulkEdit | None


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a job is (A7, A8): of a state with the members `record` and `progress`."""

    id = serializers.UUIDField(source="record.pk")
    status = serializers.ChoiceField(source="progress.status", choices=Status.choices)
    phase = serializers.CharField(source="progress.phase")
    percent = serializers.FloatField(source="progress.percent")
    total_rows = serializers.IntegerField(source="progress.total_rows")
    processed_rows = serializers.IntegerField(source="progress.processed_rows")
    created_rows = serializers.IntegerField(source="progress.created_rows")
    updated_rows = serializers.IntegerField(source="progress.updated_rows")
    unchanged_rows = serializers.IntegerField(source="progress.unchanged_rows")
    duplicate_rows = serializers.IntegerField(source="progress.duplicate_rows")
    skipped_rows = serializers.IntegerField(source="progress.skipped_rows")
    failed_rows = serializers.IntegerField(source="progress.failed_rows")
    seconds = serializers.FloatField(source="progress.seconds", allow_null=True)
    rows_per_second = serializers.FloatField(source="progress.rows_per_second", allow_null=True)
    seconds_left = serializers.FloatField(source="progress.seconds_left", allow_null=True)
    error = serializers.CharField(source="progress.error")


class JobSerializer(ProgressSerializer):
    """A job as the API shows it; its counts are of rows or of products."""

    kind = serializers.CharField(source="record.kind")
    action = serializers.SerializerMethodField()
    kept_skus = serializers.SerializerMethodField()
    created_by = serializers.CharField(source="record.actor.username", allow_null=True)
    created_at = serializers.DateTimeField(source="record.created_at")
    started_at = serializers.DateTimeField(source="record.started_at", allow_null=True)
    finished_at = serializers.DateTimeField(source="record.finished_at", allow_null=True)
    url = serializers.SerializerMethodField()
    import_url = serializers.SerializerMethodField()

    def get_action(self, state: JobState) -> str | None:
        """Return what a bulk edit does; None for a job of another kind."""
        return None if state.edit is None else state.edit.action

    def get_kept_skus(self, state: JobState) -> list[str]:
        """Return the first SKUs that an undo left alone, because they were changed since."""
        return [] if state.edit is None else state.edit.kept

    def get_url(self, state: JobState) -> str:
        """Return where the job can be followed."""
        return _address("api-job", state.record, self.context["request"])

    def get_import_url(self, state: JobState) -> str | None:
        """Return the import that this job is; None for a job of another kind."""
        if state.record.kind != IMPORT:
            return None
        return _address("api-import", state.record, self.context["request"])


class JobFilterSet(FilterSet):
    """The conditions of a list of jobs."""

    status = ChoiceFilter(choices=Status.choices)
    kind = CharFilter(max_length=30)


class JobList(ResourceView):
    """GET /api/jobs/."""

    query_parameters: ClassVar[frozenset[str]] = list_parameters(JobFilterSet)

    def get(self, request: Request) -> Response:
        """List the jobs, the newest first, as of their last checkpoints."""
        jobs = Job.objects.select_related("actor").order_by("-created_at", "-queue_number")
        return page_of(
            filtered(JobFilterSet, request, jobs),
            request,
            lambda page: _represent_all(page, request),
        )


class JobDetail(ResourceView):
    """GET /api/jobs/{id}/."""

    def get(self, request: Request, job_id: UUID) -> Response:
        """Read a job and how far it is at this moment."""
        return Response(represent_job(find_job(job_id), request))


class JobAction(ResourceView):
    """What may be done to a job."""

    write_scope: ClassVar[Scope] = Scope.WRITE


class JobCancel(JobAction):
    """POST /api/jobs/{id}/cancel/."""

    def post(self, request: Request, job_id: UUID) -> Response:
        """Stop a job: 200 when it has stopped, 202 when its worker stops it at its next step."""
        find_job(job_id)
        job = cancel_job(job_id)
        answer = represent_job(find_job(job_id), request)
        return Response(answer, status.HTTP_200_OK if job.is_finished else status.HTTP_202_ACCEPTED)


class JobRetry(JobAction):
    """POST /api/jobs/{id}/retry/."""

    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a failed or cancelled job again; it goes on from its last checkpoint."""
        find_job(job_id)
        if would_empty_book(job_id, by_undoing=False):
            require_scope(request, Scope.ADMIN)
        retry_products_job(job_id=job_id)
        return accepted(find_job(job_id), request)


class JobUndo(JobAction):
    """POST /api/jobs/{id}/undo/."""

    def post(self, request: Request, job_id: UUID) -> Response:
        """Queue a job that takes back what this one wrote; products changed since stay (A14)."""
        find_job(job_id)
        if would_empty_book(job_id, by_undoing=True):
            require_scope(request, Scope.ADMIN)
        undo = start_undo(job_id=job_id, actor=actor_of(request))
        return accepted(find_job(undo.pk), request)


def find_job(job_id: UUID) -> Job:
    """Return a job with all that its resource shows. Raises NotFound."""
    job = Job.objects.select_related("actor").filter(pk=job_id).first()
    if job is None:
        raise not_found(f"job {job_id}")
    return job


def accepted(job: Job, request: Request) -> Response:
    """Answer 202 with a job that has been queued, and its address."""
    return Response(
        represent_job(job, request),
        status.HTTP_202_ACCEPTED,
        headers={"Location": _address("api-job", job, request)},
    )


def represent_job(job: Job, request: Request) -> dict[str, Any]:
    """Return the job resource with its latest state."""
    edit = BulkEdit.objects.filter(pk=job.pk).first()
    state = JobState(job, progress.read(job), edit)
    return dict(JobSerializer(state, context={"request": request}).data)


def _represent_all(jobs: Sequence[Job], request: Request) -> list[dict[str, Any]]:
    edits = BulkEdit.objects.in_bulk([job.pk for job in jobs])
    states = [JobState(job, progress.of_row(job), edits.get(job.pk)) for job in jobs]
    return [dict(JobSerializer(state, context={"request": request}).data) for state in states]


def _address(name: str, job: Job, request: Request) -> str:
    return reverse(name, args=[job.pk], request=request)
