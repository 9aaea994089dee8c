"""The ledger: every change of the book, with what was there before.

History, undo, the change feed, webhooks and archive deltas are all derived from these two tables.
They hold plain ids, no foreign keys: a ledger outlives what it tells of.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class ChangeSet(models.Model):
    """The changes of one transaction."""

    # Ids do not commit in id order: `position.py` numbers the committed sets without a gap.
    position = models.BigIntegerField(null=True, unique=True)
    job_id = models.UUIDField(null=True)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)
    # How many living products, and active ones among them, the book has more than before.
    products_delta = models.BigIntegerField(db_default=0)
    active_delta = models.BigIntegerField(db_default=0)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["job_id"], name="changeset_of_job", condition=models.Q(job_id__isnull=False)
            ),
            models.Index(
                fields=["id"], name="changeset_unplaced", condition=models.Q(position__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"change set {self.pk}"


class Totals(models.Model):
    """The one row that says how many products the book had after the last placed change set."""

    products = models.BigIntegerField(default=0)
    active = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.products:,} products, {self.active:,} active"


class Kind(models.TextChoices):
    """What happened to a product."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    DELETED = "deleted", "Deleted"
    RESTORED = "restored", "Restored"


class Change(models.Model):
    """What one transaction did to one product.

    `fields` is {field: [before, after]} with only what changed; money and times are strings. A
    creation needs no fields: the first values follow from the present ones and the later changes.
    """

    # A transaction changes a product once. Leading with the set, inserts only append, and the rows
    # of a set lie together for whoever reads it.
    pk = models.CompositePrimaryKey("changeset_id", "product_id")
    changeset_id = models.BigIntegerField()
    product_id = models.BigIntegerField()
    sku = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    fields: models.JSONField[dict[str, list[object]] | None, dict[str, list[object]] | None] = (
        models.JSONField(null=True)
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # A creation is found through the product, which knows its change set: an index entry
            # for each would make a first load a fifteenth dearer.
            models.Index(
                fields=["product_id", "changeset_id"],
                name="change_of_product",
                condition=~models.Q(kind="created"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.kind}"


class EventType(models.TextChoices):
    """What subscribers can be told of (C1)."""

    PRODUCT_CREATED = "product.created", "A product was added or brought back"
    PRODUCT_UPDATED = "product.updated", "A product was changed"
    PRODUCT_DELETED = "product.deleted", "A product was deleted"
    PRODUCTS_CHANGED = "products.changed", "Many products were changed at once, or that was undone"
    PRODUCTS_ALL_DELETED = "products.all_deleted", "All products were deleted"
    IMPORT_COMPLETED = "import.completed", "An import has ended"
    IMPORT_FAILED = "import.failed", "An import has failed"
    IMPORT_CANCELLED = "import.cancelled", "An import was cancelled"
    IMPORT_NEEDS_REVIEW = "import.needs_review", "An import waits for a decision"


class Event(models.Model):
    """Something that happened as a whole, such as the end of an import: the outbox.

    Written in the transaction that made it happen. What happened to single products needs no row:
    their change sets tell of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=50, choices=EventType.choices)
    # What the event says; documented for each type in `webhooks.event_catalogue`.
    data: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField()
    job_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())
    # Whether those who want to hear of it have it in their queues.
    is_told = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="event_untold", condition=models.Q(is_told=False)),
            models.Index(fields=["-at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
