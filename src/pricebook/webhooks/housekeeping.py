"""Forgetting what is older than the log is kept, and what deleted endpoints leave behind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pricebook.changes.models import Event
from pricebook.webhooks.health import SPAN
from pricebook.webhooks.models import Backlog, Endpoint, HalfHour
from pricebook.webhooks.queries import delete_deliveries, delete_rest, purge_deliveries
from pricebook.webhooks.statistics import SLOT

if TYPE_CHECKING:
    from uuid import UUID

# Deliveries of one transaction.
_AT_ONCE: Final = 10_000
# Whoever still knew an endpoint when it was deleted has written by then what it was about to write.
_SETTLED: Final = timedelta(minutes=5)


def purge_log() -> int:
    """Delete deliveries that have ended, and told events, after their time; return how many.

    What is still to be sent stays, whatever its age.
    """
    now = timezone.now()
    before = now - settings.WEBHOOK_LOG_RETENTION
    purged = 0
    while count := purge_deliveries(before, _AT_ONCE):
        purged += count
    Event.objects.filter(is_told=True, at__lt=before).delete()
    Backlog.objects.filter(ended_at__lt=before).delete()
    HalfHour.objects.filter(begins_at__lt=now - SPAN - SLOT).delete()
    return purged


def delete_remains() -> int:
    """Delete the logs of deleted endpoints, bit by bit, and at last these; return how many.

    Nobody waits for it: each bit is a short transaction of its own.
    """
    settled = Endpoint.objects.filter(deleted_at__lt=timezone.now() - _SETTLED)
    ids = list(settled.values_list("pk", flat=True))
    for endpoint_id in ids:
        _delete_remains_of(endpoint_id)
    return len(ids)


def _delete_remains_of(endpoint_id: UUID) -> None:
    while delete_deliveries(endpoint_id, _AT_ONCE):
        pass
    with transaction.atomic():
        delete_rest(endpoint_id)
