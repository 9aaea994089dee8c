"""Endpoints and deliveries with all that their lists and pages say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from pricebook.web.latency import chart_of, stages_of
from pricebook.webhooks.deliveries import attempts_of, last_attempts
from pricebook.webhooks.health import health_of
from pricebook.webhooks.models import Disabled, Endpoint, SigningSecret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from pricebook.web.latency import Chart, Stage
    from pricebook.webhooks.health import Health
    from pricebook.webhooks.models import Attempt, Delivery


@dataclass(frozen=True, slots=True)
class EndpointLine:
    """An endpoint and how it was in the last 24 hours."""

    endpoint: Endpoint
    health: Health

    @property
    def spark(self) -> Chart | None:
        """Return the small chart of response times; None when nothing was sent."""
        return chart_of(self.health.points, is_small=True)

    @property
    def chart(self) -> Chart | None:
        """Return the chart of response times; None when nothing was sent."""
        return chart_of(self.health.points)


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery and how its last attempt went; None before the first one."""

    delivery: Delivery
    last: Attempt | None


@dataclass(frozen=True, slots=True)
class AttemptCard:
    """An attempt, the how manyth it is, and where its time went."""

    attempt: Attempt
    number: int
    stages: tuple[Stage, ...]


def endpoint_lines(endpoints: Sequence[Endpoint]) -> list[EndpointLine]:
    """Return what the list says of each endpoint; the number of queries is always the same."""
    health = health_of(endpoint.pk for endpoint in endpoints)
    return [EndpointLine(endpoint, health[endpoint.pk]) for endpoint in endpoints]


def delivery_lines(deliveries: Sequence[Delivery]) -> list[DeliveryLine]:
    """Return what the log says of each delivery, by one query."""
    known = last_attempts(deliveries)
    return [DeliveryLine(each, known.get(each.pk)) for each in deliveries]


def attempt_cards(delivery: Delivery) -> list[AttemptCard]:
    """Return the last attempts of a delivery, the newest first."""
    attempts = attempts_of(delivery)
    return [
        AttemptCard(attempt, attempts.total - at, stages_of(attempt))
        for at, attempt in enumerate(attempts.newest)
    ]


def stopped_endpoints() -> QuerySet[Endpoint]:
    """Return the endpoints that were disabled by themselves, the latest first."""
    by_itself = Q(disabled_because__in=[Disabled.GONE, Disabled.FAILING])
    return Endpoint.objects.live().filter(by_itself, enabled=False).order_by("-disabled_at")


def old_secret_ends_at(endpoint: Endpoint) -> datetime | None:
    """Return when the last of the rotated secrets stops signing; None when the new one is alone."""
    old = SigningSecret.objects.filter(endpoint=endpoint, expires_at__gt=timezone.now())
    return old.order_by("-expires_at").values_list("expires_at", flat=True).first()
