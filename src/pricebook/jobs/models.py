"""Job: one piece of durable background work, of any kind.

The row is the truth; a broker message only says "look at this id". A worker owns a job while its
lease runs, and every write that it makes carries the lease's fencing token, so that a worker that
was thought dead cannot write after its successor began.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone


class Status(models.TextChoices):
    """Where a job stands (A7)."""

    PENDING = "pending", "Waiting"
    PROCESSING = "processing", "Working"
    NEEDS_REVIEW = "needs_review", "Needs review"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDONE = "undone", "Undone"


UNFINISHED = (Status.PENDING, Status.PROCESSING)
CANCELLABLE = (*UNFINISHED, Status.NEEDS_REVIEW)
RETRYABLE = (Status.FAILED, Status.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    """The reads of jobs."""

    def unfinished(self) -> JobQuerySet:
        """Return the jobs that wait or run."""
        return self.filter(status__in=UNFINISHED)

    def in_line(self, slot: str) -> JobQuerySet:
        """Return the unfinished jobs that want `slot`, the one whose turn it is first."""
        return self.unfinished().filter(slot=slot).order_by("queue_number")

    def claimable(self) -> JobQuerySet:
        """Return the jobs that nobody holds: new, parked, or with a lease that ran out."""
        lost = Q(lease_expires_at__isnull=True) | Q(lease_expires_at__lt=Now())
        return self.filter(Q(status=Status.PENDING) | (Q(status=Status.PROCESSING) & lost))


class Job(models.Model):
    """One piece of background work: who owns it, how far it is, how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.PENDING)
    phase = models.CharField(max_length=30, blank=True)
    error = models.TextField(blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs"
    )

    # The order of the queue, and the slot ("" or a name) that only one job holds at a time.
    queue_number = models.BigIntegerField(unique=True)
    slot = models.CharField(max_length=30, blank=True)
    enqueued_at = models.DateTimeField(default=timezone.now)

    lease_token = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    # Leases in a row that ended without a step forward.
    stalled_leases = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    # What a successor needs to go on; its shape belongs to the kind of job.
    checkpoint = models.JSONField(default=dict)

    total_rows = models.BigIntegerField(default=0)
    processed_rows = models.BigIntegerField(default=0)
    created_rows = models.BigIntegerField(default=0)
    updated_rows = models.BigIntegerField(default=0)
    unchanged_rows = models.BigIntegerField(default=0)
    duplicate_rows = models.BigIntegerField(default=0)
    skipped_rows = models.BigIntegerField(default=0)
    failed_rows = models.BigIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["slot", "queue_number"],
                name="job_in_line",
                condition=Q(status__in=UNFINISHED),
            ),
            models.Index(fields=["kind", "-created_at"], name="job_by_kind"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="job_counts_add_up",
                violation_error_message="The counts of a completed job add up to its total (A7).",
                condition=~Q(status=Status.COMPLETED)
                | Q(
                    total_rows=F("created_rows")
                    + F("updated_rows")
                    + F("unchanged_rows")
                    + F("duplicate_rows")
                    + F("skipped_rows")
                    + F("failed_rows")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.status})"

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will happen to the job by itself."""
        return self.status not in UNFINISHED

    @property
    def is_parked(self) -> bool:
        """Say whether the job has given its worker back and waits for its turn at the slot."""
        return self.status == Status.PROCESSING and self.lease_expires_at is None

    @property
    def seconds(self) -> float | None:
        """Return how long the job took, or has taken so far; None before its start."""
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()


class Slot(models.Model):
    """A turn that one job holds at a time: product merges go through it one by one."""

    name = models.CharField(primary_key=True, max_length=30)
    holder = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.name
