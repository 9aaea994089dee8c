"""Turns: of the jobs that want the same slot one goes at a time, in the order of the queue."""

from __future__ import annotations

from django.db import transaction

from pricebook.jobs.models import UNFINISHED, Job, Slot
from pricebook.jobs.queue import send_now


@transaction.atomic
def take_turn(job: Job) -> bool:
    """Take the job's slot when it is this job's turn; keep it until the job ends.

    A holder that crashed keeps its turn: its half-done work goes on before anything else begins.
    """
    Slot.objects.get_or_create(name=job.slot)
    slot = Slot.objects.select_for_update().get(name=job.slot)
    # Read after the lock: whoever held it has committed what we look at.
    busy = Job.objects.filter(id=slot.holder_id, status__in=UNFINISHED).exclude(id=job.id)
    if busy.exists() or next_in_line(job.slot) != job:
        return False
    slot.holder = job
    slot.save(update_fields=["holder"])
    return True


def next_in_line(slot: str) -> Job | None:
    """Return the job whose turn it is, or would be."""
    return Job.objects.in_line(slot).first()


def wake_next(slot: str) -> None:
    """Send the job whose turn it is now to a worker, if it waits for that."""
    job = next_in_line(slot) if slot else None
    if job is not None and job.is_parked:
        send_now(job.id)
