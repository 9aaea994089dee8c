"""Forgetting what is older than the log is kept."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils import timezone

from pricebook.changes.models import Event
from pricebook.webhooks.models import Attempt, Delivery, DeliveryStatus

_AT_ONCE: Final = 10_000


def purge_log() -> int:
    """Delete deliveries that have ended, and told events, after their time; return how many.

    What is still to be sent stays, whatever its age.
    """
    before = timezone.now() - settings.WEBHOOK_LOG_RETENTION
    purged = 0
    ended = Delivery.objects.filter(created_at__lt=before).exclude(status=DeliveryStatus.PENDING)
    while ids := list(ended.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        Attempt.objects.filter(delivery_id__in=ids).delete()
        Delivery.objects.filter(pk__in=ids).delete()
        purged += len(ids)
    Event.objects.filter(is_told=True, at__lt=before).delete()
    return purged
