"""StoredFile: what storage holds, and what we know of it. Upload: a file that is on its way."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pricebook.accounts.models import User


class StoredFile(models.Model):
    """One whole file in storage; its bytes never change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Generated, never made of the sender's file name.
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    # Blank until somebody has read it: what goes straight to storage is hashed by its import.
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["sha256"], name="file_by_content")
        ]

    def __str__(self) -> str:
        return self.name


class UploadQuerySet(models.QuerySet["Upload"]):
    """The reads of uploads."""

    def open_to(self, actor: User) -> UploadQuerySet:
        """Return somebody's own uploads that can still be used, and those that became a file."""
        usable = Q(given_up=False, expires_at__gt=timezone.now()) | Q(file__isnull=False)
        return self.filter(usable, created_by=actor)


class Upload(models.Model):
    """A file that its sender brings straight to storage; its import will have the same id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=255)
    # What was announced; the signed addresses bind it.
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=200)
    # In base64; blank when the sender did not say it, and of a file in parts.
    crc32 = models.CharField(max_length=8, blank=True)
    # Storage's own id of the multipart upload; blank for a file that goes in one piece.
    multipart = models.CharField(max_length=1024, blank=True)
    part_size = models.BigIntegerField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    # Its row stays until it expires: somebody may still hold an address that was signed for it.
    given_up = models.BooleanField(default=False)
    # What came of it.
    file = models.OneToOneField(
        StoredFile, null=True, on_delete=models.CASCADE, related_name="upload"
    )

    objects = UploadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"upload of {self.name}"

    @property
    def part_count(self) -> int:
        """Return in how many parts the file comes; 0 when it comes whole."""
        return -(-self.size // self.part_size) if self.part_size else 0

    def size_of(self, number: int) -> int:
        """Return the bytes of a part: all are equal but the last one; 0 where there is no such."""
        if not self.part_size or not 1 <= number <= self.part_count:
            return 0
        return min(self.part_size, self.size - (number - 1) * self.part_size)
