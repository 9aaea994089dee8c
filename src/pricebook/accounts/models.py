"""Users and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models


class User(AbstractUser):
    """A person who signs in."""


class Scope(models.TextChoices):
    """What an API key may do."""

    READ = "read", "Read everything"
    WRITE = "write", "Change the catalogue"
    UPLOAD = "upload", "Send files"
    ARCHIVES_READ = "archives:read", "Download archives"
    ADMIN = "admin", "Everything"


class ApiKey(models.Model):
    """A program's key: only its prefix and its hash are kept, so that a leaked table is useless."""

    name = models.CharField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes: ArrayField[list[str], list[str]] = ArrayField(
        models.CharField(max_length=20, choices=Scope.choices)
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def allows(self, scope: Scope) -> bool:
        """Say whether the key covers `scope`; an admin key covers every one."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_live(self, at: datetime) -> bool:
        """Say whether the key is neither revoked nor expired at that moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
