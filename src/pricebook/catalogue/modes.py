"""What an import may do to the book (A15)."""

from __future__ import annotations

from django.db import models


class Mode(models.TextChoices):
    """Which rows of a file are let through; a deleted product is as one that is not there."""

    UPSERT = "upsert", "Create and update"
    CREATE = "create", "Only create"
    UPDATE = "update", "Only update"
