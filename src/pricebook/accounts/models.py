"""Users and API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Role(models.TextChoices):
    """What kind of work a person does; `accounts.roles` says what each role may."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    ADMIN = "admin", "Administrator"


class Scope(models.TextChoices):
    """What an API key may do."""

    READ = "read", "Read everything"
    WRITE = "write", "Change the catalogue"
    UPLOAD = "upload", "Send files"
    ARCHIVES_READ = "archives:read", "Download archives"
    ADMIN = "admin", "Everything"


class UserManager(DjangoUserManager["User"]):
    """Django's manager; its superusers are administrators in our words too."""

    use_in_migrations = False

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> User:
        """Create an administrator who may open the operators' pages."""
        extra_fields.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, email, password, **extra_fields)

    def active_admins(self) -> models.QuerySet[User]:
        """Return those who may manage users at this moment."""
        return self.filter(Q(role=Role.ADMIN) | Q(is_superuser=True), is_active=True)

    def by_name(self) -> models.QuerySet[User]:
        """Return people as a list shows them: those who may sign in first, each by name."""
        return self.order_by("-is_active", "username")


class User(AbstractUser):
    """A person who signs in."""

    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    objects: ClassVar[UserManager] = UserManager()

    @property
    def is_admin(self) -> bool:
        """Say whether the person manages users; a superuser does, whatever the role says."""
        return self.is_superuser or self.role == Role.ADMIN


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Questions about keys."""

    def visible_to(self, user: User) -> ApiKeyQuerySet:
        """Return the keys that a person may see: the own ones, and all for an administrator."""
        found = self.select_related("owner", "successor")
        return found if user.is_admin else found.filter(owner=user)

    def live(self, at: datetime) -> ApiKeyQuerySet:
        """Return the keys that may be used at that moment; the same as `ApiKey.is_live`."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at=None)

    def ended(self, at: datetime) -> ApiKeyQuerySet:
        """Return the keys that may not be used any more at that moment."""
        return self.filter(Q(expires_at__lte=at) | Q(revoked_at__isnull=False))


class ApiKey(models.Model):
    """A program's key: only its prefix and its hash are kept, so that a leaked table is useless."""

    class State(models.TextChoices):
        """How a key stands."""

        LIVE = "live", "Live"
        # It was rotated, and works on until it expires.
        REPLACED = "replaced", "Being replaced"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"

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
    successor = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="predecessor"
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def allows(self, scope: Scope) -> bool:
        """Say whether the key covers `scope`; an admin key covers every one."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def is_live(self, at: datetime) -> bool:
        """Say whether the key is neither revoked nor expired at that moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

    @property
    def state(self) -> ApiKey.State:
        """Return how the key stands now."""
        if self.revoked_at is not None:
            return self.State.REVOKED
        if not self.is_live(timezone.now()):
            return self.State.EXPIRED
        return self.State.LIVE if self.successor_id is None else self.State.REPLACED
