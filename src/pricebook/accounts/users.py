"""What is done to users: created, given a role, closed and opened, given a new password (G4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from pricebook.accounts import audit
from pricebook.accounts.models import Role, User
from pricebook.accounts.passwords import readable_password
from pricebook.core.db import lock_until_commit
from pricebook.core.errors import PermanentError


class LastAdmin(PermanentError):
    """Nobody would be left to manage the users."""


class NameTaken(PermanentError):
    """Somebody else has that name."""


class OwnRights(PermanentError):
    """An administrator is about to lock himself out."""


@dataclass(frozen=True, slots=True)
class IssuedPassword:
    """A user and the password just set, which nobody can read again once this object is gone."""

    user: User
    password: str = field(repr=False)


@transaction.atomic
def create_user(*, actor: User | None, username: str, email: str, role: Role) -> IssuedPassword:
    """Create a user with a random password. Raises NameTaken, however its capitals are written."""
    # Two who create the same name at once would both find it free.
    lock_until_commit("the names of users")
    if User.objects.filter(username__iexact=username).exists():
        message = f"There is a user {username} already."
        raise NameTaken(message)
    password = readable_password()
    user = User.objects.create_user(username, email, password, **_rights(role))
    audit.note("user.created", who=actor, whom=user, role=role.value)
    return IssuedPassword(user, password)


@transaction.atomic
def change_role(*, actor: User, user: User, role: Role) -> None:
    """Give a user another role. Raises OwnRights and LastAdmin."""
    if role is not Role.ADMIN:
        _check_an_admin_stays(actor, user, "take the administrator's role from")
    User.objects.filter(pk=user.pk).update(**_rights(role))
    audit.note("user.role_changed", who=actor, whom=user, before=user.role, after=role.value)
    user.refresh_from_db()


@transaction.atomic
def deactivate_user(*, actor: User, user: User) -> None:
    """Close an account: its sessions and keys stop at once. Raises OwnRights and LastAdmin."""
    _check_an_admin_stays(actor, user, "deactivate")
    User.objects.filter(pk=user.pk).update(is_active=False)
    audit.note("user.deactivated", who=actor, whom=user)
    user.refresh_from_db()


@transaction.atomic
def reactivate_user(*, actor: User, user: User) -> None:
    """Open a closed account again; its keys work again too, unless they have ended since."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    audit.note("user.reactivated", who=actor, whom=user)
    user.refresh_from_db()


@transaction.atomic
def reset_password(*, actor: User, user: User) -> IssuedPassword:
    """Give a user a new random password; every session of that user ends."""
    password = readable_password()
    _set_password(user, password)
    audit.note("user.password_reset", who=actor, whom=user)
    return IssuedPassword(user, password)


@transaction.atomic
def change_own_password(*, user: User, password: str) -> None:
    """Set the password that the user has chosen."""
    _set_password(user, password)
    audit.note("user.password_changed", who=user, whom=user)


def _set_password(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])


def _rights(role: Role) -> dict[str, object]:
    """Return the fields that a role sets: the operators' pages are for administrators."""
    is_admin = role is Role.ADMIN
    return {"role": role, "is_staff": is_admin, "is_superuser": is_admin}


def _check_an_admin_stays(actor: User, user: User, deed: str) -> None:
    # Two administrators who demote each other at once would both find the other one still there.
    lock_until_commit("the administrators")
    user.refresh_from_db()
    if not user.is_admin:
        return
    if not User.objects.active_admins().exclude(pk=user.pk).exists():
        message = f"{user.username} is the last administrator: make somebody else one first."
        raise LastAdmin(message)
    if actor.pk == user.pk:
        message = f"You cannot {deed} yourself: ask another administrator."
        raise OwnRights(message)
