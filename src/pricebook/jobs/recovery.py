"""Finding the jobs whose worker, message or turn was lost, and sending them again."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from pricebook.jobs.models import Job, Status
from pricebook.jobs.queue import send_now
from pricebook.jobs.slots import wake_next

# Enough to fill the workers; the rest follows at the next look. No more, because most of a long
# queue is not forgotten, only not reached yet, and messages would pile up.
_AT_ONCE = 50


def recover_jobs() -> int:
    """Send what is claimable and was not sent lately; return how many jobs that were."""
    forgotten = Q(enqueued_at__lt=Now() - settings.JOB_RESEND)
    # A lease that ran out after the last message: nobody has heard of it yet.
    unheard = Q(enqueued_at__lt=F("lease_expires_at"))
    lost = Q(status=Status.PROCESSING, lease_expires_at__lt=Now())
    waiting = Job.objects.filter(status=Status.PENDING).order_by("queue_number")[:_AT_ONCE]
    first = Q(id__in=waiting.values("id"))
    due = Job.objects.filter((lost & (unheard | forgotten)) | (first & forgotten))
    jobs = list(due.order_by("queue_number"))
    Job.objects.filter(id__in=[job.id for job in jobs]).update(enqueued_at=Now())
    for job in jobs:
        send_now(job)
    # Without `order_by()` the model's ordering would make every row distinct.
    slots = Job.objects.unfinished().exclude(slot="").order_by().values_list("slot", flat=True)
    for slot in slots.distinct():
        wake_next(slot)
    return len(jobs)
