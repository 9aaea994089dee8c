"""Finding the jobs whose worker, message or turn was lost, and sending them again."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import send_now
from pricebook.jobs.slots import wake_next

# Enough to fill the workers; the rest follows at the next look.
_AT_ONCE = 500


def recover_jobs() -> int:
    """Send what is claimable and was not sent lately; return how many jobs that were."""
    forgotten = Q(enqueued_at__lt=Now() - settings.JOB_RESEND)
    # A lease that ran out after the last message: nobody has heard of it yet.
    unheard = Q(enqueued_at__lt=F("lease_expires_at"))
    lost = Q(status=Status.PROCESSING, lease_expires_at__lt=Now())
    waiting = Q(status=Status.PENDING)
    due = Job.objects.filter((lost & (unheard | forgotten)) | (waiting & forgotten))
    ids = list(due.order_by("queue_number").values_list("id", flat=True)[:_AT_ONCE])
    Job.objects.filter(id__in=ids).update(enqueued_at=Now())
    for job_id in ids:
        send_now(job_id)
    for slot in Job.objects.unfinished().exclude(slot="").values_list("slot").distinct():
        wake_next(slot[0])
    return len(ids)
