"""Turns: of the jobs that want the same slot one goes at a time, in the order of the queue."""

from __future__ import annotations

from django.db import transaction

from pricebook.jobs.models import Job, Slot
from pricebook.jobs.queue import send_now


@transaction.atomic
def take_turn(job: Job) -> bool:
    """Take the job's slot when it is this job's turn; keep it until the job ends.

    A holder that crashed keeps its turn: its half-done work goes on before anything else begins.
    """
    Slot.objects.get_or_create(name=job.slot)
    slot = Slot.objects.select_for_update().get(name=job.slot)
    # Read after the lock: whoever held it has committed what we look at.
    if _whose_turn(slot) != job:
        return False
    slot.holder = job
    slot.save(update_fields=["holder"])
    return True


def wake_next(name: str) -> None:
    """Send the job whose turn it is now to a worker, if it waits for that."""
    slot = Slot.objects.filter(name=name).first() if name else None
    job = _whose_turn(slot) if slot else None
    if job is not None and job.is_parked:
        send_now(job)


def _whose_turn(slot: Slot) -> Job | None:
    """Return the slot's holder until it ends, then the first in line."""
    if slot.holder is not None and not slot.holder.is_finished:
        return slot.holder
    return Job.objects.in_line(slot.name).first()
