"""Who wants to hear what, what is to be told, and how each attempt went."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from pricebook.changes.models import EventType
from pricebook.core.addresses import MAX_URL
from pricebook.webhooks.event_types import PRODUCTS_BATCH

MAX_DESCRIPTION: Final = 200
MAX_RATE: Final = 1_000
DEFAULT_RATE: Final = 20


class BulkMode(models.TextChoices):
    """How an endpoint hears of what imports and other bulk work did to products (C4)."""

    SUMMARY = "summary", "One summary"
    BATCH = "batch", "Batches of 100 short events"
    EACH = "each", "Every product, one by one"


class Disabled(models.TextChoices):
    """Why an endpoint gets nothing."""

    BY_PERSON = "by_person", "Disabled by hand"
    GONE = "gone", "It answered 410 Gone"
    FAILING = "failing", "It has failed for days"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """The reads of endpoints."""

    def live(self) -> EndpointQuerySet:
        """Return those that are not deleted; the log of a deleted one goes bit by bit."""
        return self.filter(deleted_at=None)

    def enabled(self) -> EndpointQuerySet:
        """Return those that are sent anything."""
        return self.live().filter(enabled=True)

    def by_age(self) -> EndpointQuerySet:
        """Return them as lists show them: the newest first."""
        return self.select_related("created_by").order_by("-created_at", "-pk")


class Endpoint(models.Model):
    """An address that wants to hear of events."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.CharField(max_length=MAX_URL)
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    event_types: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=50, choices=EventType.choices)
    )
    bulk_mode = models.CharField(max_length=10, choices=BulkMode.choices, default=BulkMode.SUMMARY)
    # Requests a second; None for as many as it takes.
    rate_limit = models.PositiveIntegerField(null=True, default=DEFAULT_RATE)
    enabled = models.BooleanField(default=True)
    # "" while it is enabled.
    disabled_because = models.CharField(max_length=10, choices=Disabled.choices, blank=True)
    disabled_at = models.DateTimeField(null=True)
    # Whether people were told that it was disabled by itself; None when there is nothing to tell.
    disabling_told_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # The position of the last change set before it: it hears of those behind.
    begins_after = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True)

    # How the last attempt went (C3): None before the first one; a status of None is no answer.
    last_attempt_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_response_ms = models.FloatField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    # The first failure after the last success.
    failing_since = models.DateTimeField(null=True)
    # When the rate limit lets the next request go.
    next_send_at = models.DateTimeField(null=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return self.description or self.url

    def wants(self, type_: str) -> bool:
        """Say whether the endpoint is subscribed to a type of events."""
        return type_ in self.event_types


class SigningSecretQuerySet(models.QuerySet["SigningSecret"]):
    """The reads of secrets."""

    def in_force(self, at: datetime) -> list[str]:
        """Return what signs a request at that time, the present secret first."""
        found = self.filter(Q(expires_at=None) | Q(expires_at__gt=at))
        return list(
            found.order_by(F("expires_at").desc(nulls_first=True)).values_list("secret", flat=True)
        )


class SigningSecret(models.Model):
    """What signs the requests to an endpoint; while it is rotated there are several."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    # `whsec_` and base64, see `signing`.
    secret = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    # When a secret that was rotated signs no more; None for the present one.
    expires_at = models.DateTimeField(null=True)

    objects = SigningSecretQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(expires_at=None), name="one_present_secret"
            ),
        ]

    def __str__(self) -> str:
        # Never the secret itself: this text is logged.
        return f"secret {self.pk} of endpoint {self.endpoint_id}"


class DeliveryStatus(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "pending", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


# What the logs of most endpoints consist of.
_FREQUENT: Final = (
    EventType.PRODUCT_CREATED,
    EventType.PRODUCT_UPDATED,
    EventType.PRODUCT_DELETED,
    PRODUCTS_BATCH,
)


class Delivery(models.Model):
    """One event for one endpoint: sent until it is taken, or until the retries are used up."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    # The header `webhook-id`: the same at every attempt.
    event_id = models.CharField(max_length=100)
    event_type = models.CharField(max_length=50)
    # The exact text that is signed and sent.
    body = models.TextField()
    # Whether it tells of bulk work: it lets single edits go first.
    is_bulk = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    status = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    # Attempts since it was queued, or resent: those of the log may be more.
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    # Who is about to send it: None when nobody is.
    sender_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="told_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["endpoint", "is_bulk", "due_at"],
                name="delivery_due",
                condition=Q(status="pending", sender_id=None),
            ),
            models.Index(
                fields=["endpoint", "sender_id"],
                name="delivery_claimed",
                condition=Q(sender_id__isnull=False),
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
            models.Index(fields=["endpoint", "happened_at", "id"], name="delivery_time"),
            models.Index(
                fields=["endpoint", "-id"], name="delivery_failed", condition=Q(status="failed")
            ),
            # Few are of these types, and the log of one type would be looked for among all.
            models.Index(
                fields=["endpoint", "event_type", "-id"],
                name="delivery_rare",
                condition=~Q(event_type__in=_FREQUENT),
            ),
            BrinIndex(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id} for {self.endpoint_id}"

    @property
    def can_be_resent(self) -> bool:
        """Say whether it can be sent sooner than it will be, or again."""
        waits = self.status == DeliveryStatus.PENDING
        return not waits or (self.sender_id is None and self.due_at > timezone.now())


class Outcome(models.TextChoices):
    """How an attempt ended."""

    DELIVERED = "delivered", "Taken"
    REFUSED = "refused", "Answered with an error"
    FORBIDDEN = "forbidden", "Address not allowed"
    UNRESOLVED = "unresolved", "Name not found"
    UNREACHABLE = "unreachable", "No connection"
    UNTRUSTED = "untrusted", "No trusted certificate"
    TIMED_OUT = "timed_out", "Took too long"
    BROKEN = "broken", "Connection broke"


class Attempt(models.Model):
    """One request, what came back, and where the time went. Times are milliseconds."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    # The endpoint's, for its statistics.
    endpoint_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    # A sentence for people; blank when it was taken.
    error = models.CharField(max_length=300, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    # The address that was connected to; blank when none was.
    address = models.CharField(max_length=60, blank=True)
    is_reused = models.BooleanField(default=False)
    dns_ms = models.FloatField(null=True)
    connect_ms = models.FloatField(null=True)
    tls_ms = models.FloatField(null=True)
    first_byte_ms = models.FloatField(null=True)
    total_ms = models.FloatField()
    request_headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(
        default=dict
    )
    # [name, value] pairs.
    response_headers: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(
        default=list
    )
    response_excerpt = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def was_taken(self) -> bool:
        """Say whether the endpoint took the event."""
        return self.outcome == Outcome.DELIVERED


class HalfHour(models.Model):
    """What the attempts of half an hour came to, for the health of an endpoint."""

    pk = models.CompositePrimaryKey("endpoint_id", "begins_at")
    endpoint_id = models.UUIDField()
    begins_at = models.DateTimeField()
    attempts = models.IntegerField()
    failed = models.IntegerField()
    fastest_ms = models.FloatField()
    slowest_ms = models.FloatField()
    # How many attempts took how long, by the bounds in `statistics`.
    histogram: ArrayField[list[int], list[int]] = ArrayField(models.IntegerField())

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["begins_at"], name="half_hour_age"),
        ]

    def __str__(self) -> str:
        return f"{self.attempts} attempts from {self.begins_at:%Y-%m-%d %H:%M} on"


class Backlog(models.Model):
    """The changes of one bulk set that an endpoint is still to be told of, product by product."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    changeset_id = models.BigIntegerField()
    happened_at = models.DateTimeField()
    # All changes up to this product are in the endpoint's queue.
    told_through = models.BigIntegerField(default=0)
    # Endpoints take turns.
    told_at = models.DateTimeField(db_default=Now())
    # When all of it was told; it is kept so that nobody begins it again.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "changeset_id"], name="backlog_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["told_at"], name="backlog_open", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"changes of set {self.changeset_id} for {self.endpoint_id}"


class Cursor(models.Model):
    """The one row that says up to which position of the ledger subscribers have been told."""

    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"told through {self.position}"


class Sender(models.Model):
    """A process that sends; what one that is not heard of any more had claimed, others send."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seen_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(default=timezone.now)
    host = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"sender {self.pk}"
