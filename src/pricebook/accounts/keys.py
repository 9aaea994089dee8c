"""API keys: how they are made, and how one is recognised again.

A token reads `pb_<prefix>_<secret>`. The prefix finds the row; the row holds only the SHA-256 of
the whole token. The secret is 43 random letters and digits (256 bits), so nothing slower than one
SHA-256 is needed to keep a leaked table useless: there is nothing to guess.
"""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pricebook.accounts import audit
from pricebook.accounts.models import ApiKey, Scope, User
from pricebook.core.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Letters and digits only: the two underscores of a token can be nothing but its joints.
_ALPHABET = string.ascii_letters + string.digits
_PREFIX_LENGTH = 8
_SECRET_LENGTH = 43
_TOKEN = re.compile(rf"pb_([A-Za-z0-9]{{{_PREFIX_LENGTH}}})_[A-Za-z0-9]{{{_SECRET_LENGTH}}}")
_USE_NOTED_EVERY = timedelta(minutes=1)
# Of a key that replaces another; who says "9999-12-31" means no end.
_LONGEST_LIFETIME = timedelta(days=3650)
NAME_LENGTH = 100
MAX_OVERLAP_HOURS = 168
DEFAULT_OVERLAP_HOURS = 24


class KeyCannotRotate(PermanentError):
    """Somebody else's key, or one that has ended or was rotated before, cannot be rotated."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and its token, which nobody can read again once this object is gone."""

    api_key: ApiKey
    token: str = field(repr=False)


def clean_name(text: str) -> str:
    """Return a key's name as it is kept. Raises ValueError with a sentence."""
    name = text.strip()
    if not name or not name.isprintable() or len(name) > NAME_LENGTH:
        message = f"A key's name has 1 to {NAME_LENGTH} printable characters."
        raise ValueError(message)
    return name


@transaction.atomic
def issue_api_key(
    *,
    owner: User,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None = None,
    actor: User | None = None,
) -> IssuedKey:
    """Create a key of `owner` that may do what `scopes` say. Raises ValueError without a scope.

    `actor` is who asked for it: None for a command of the operator's.
    """
    if not scopes:
        message = "A key needs at least one scope."
        raise ValueError(message)
    issued = _make_key(owner, name, [Scope(scope) for scope in dict.fromkeys(scopes)], expires_at)
    audit.note("key.created", who=actor, whom=issued.api_key, **_facts(issued.api_key))
    return issued


@transaction.atomic
def rotate_api_key(*, actor: User, api_key: ApiKey, overlap: timedelta) -> IssuedKey:
    """Replace a key by a new one of the same name, scopes and lifetime; the old one works on.

    The old one ends after `overlap`, at once when that is zero. Raises KeyCannotRotate for a key
    that is another person's, does not live any more or was rotated already.
    """
    now = timezone.now()
    old = ApiKey.objects.select_for_update(of=("self",)).select_related("owner").get(pk=api_key.pk)
    if old.owner_id != actor.pk:
        message = (
            "Only its owner rotates a key: the new token acts in that name. Revoke it instead."
        )
        raise KeyCannotRotate(message)
    if not old.is_live(now):
        message = f"The key {old} has ended: make a new one instead."
        raise KeyCannotRotate(message)
    if old.successor_id is not None:
        message = f"The key {old} was rotated already: rotate the new one instead."
        raise KeyCannotRotate(message)
    lifetime = old.expires_at and min(old.expires_at - old.created_at, _LONGEST_LIFETIME)
    scopes = [Scope(scope) for scope in old.scopes]
    issued = _make_key(old.owner, old.name, scopes, now + lifetime if lifetime else None)
    end = now + overlap
    old.expires_at = min(end, old.expires_at or end)
    old.successor = issued.api_key
    old.save(update_fields=["expires_at", "successor"])
    audit.note(
        "key.rotated", who=actor, whom=old, ends=old.expires_at, successor=str(issued.api_key)
    )
    return issued


@transaction.atomic
def revoke_api_key(*, actor: User, api_key: ApiKey) -> None:
    """End a key at once; one that was revoked before stays as it is."""
    now = timezone.now()
    if ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=now):
        audit.note("key.revoked", who=actor, whom=api_key)


def find_live_key(token: str) -> ApiKey | None:
    """Return the key of that token while it may be used: one query, none for what is no token.

    A key stops with its revocation, its expiry or its owner's account. Its use is noted at most
    once a minute.
    """
    shape = _TOKEN.fullmatch(token)
    if shape is None:
        return None
    api_key = ApiKey.objects.select_related("owner").filter(prefix=shape[1]).first()
    if api_key is None or not compare_digest(api_key.secret_hash, _hash(token)):
        return None
    now = timezone.now()
    if not (api_key.is_live(now) and api_key.owner.is_active):
        return None
    _note_use(api_key, now)
    return api_key


def _make_key(
    owner: User, name: str, scopes: list[Scope], expires_at: datetime | None
) -> IssuedKey:
    prefix = _random_text(_PREFIX_LENGTH)
    token = f"pb_{prefix}_{_random_text(_SECRET_LENGTH)}"
    api_key = ApiKey.objects.create(
        name=name,
        owner=owner,
        prefix=prefix,
        secret_hash=_hash(token),
        scopes=[scope.value for scope in scopes],
        expires_at=expires_at,
    )
    return IssuedKey(api_key, token)


def _facts(api_key: ApiKey) -> dict[str, object]:
    """Return what the audit log says of a new key besides its name."""
    facts = {"owner": api_key.owner.username, "scopes": api_key.scopes}
    return facts | ({"expires": api_key.expires_at} if api_key.expires_at else {})


def _note_use(api_key: ApiKey, now: datetime) -> None:
    noted = api_key.last_used_at
    if noted is not None and now - noted < _USE_NOTED_EVERY:
        return
    # Conditional, so that of many requests at once only the first one writes.
    ApiKey.objects.filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - _USE_NOTED_EVERY), pk=api_key.pk
    ).update(last_used_at=now)
    api_key.last_used_at = now


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
