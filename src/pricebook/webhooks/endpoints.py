"""Writing endpoints: made, changed, enabled and disabled, their secrets rotated (C1, C2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Now
from django.utils import timezone

from pricebook.accounts import audit
from pricebook.changes.models import ChangeSet, EventType
from pricebook.changes.position import place_changesets
from pricebook.core.addresses import UrlRefused, check_url
from pricebook.core.errors import PermanentError
from pricebook.feed.records import is_storable
from pricebook.webhooks.event_types import canonical
from pricebook.webhooks.models import (
    DEFAULT_RATE,
    MAX_DESCRIPTION,
    MAX_RATE,
    Backlog,
    BulkMode,
    Delivery,
    DeliveryStatus,
    Disabled,
    Endpoint,
    SigningSecret,
)
from pricebook.webhooks.signing import is_secret, new_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from pricebook.accounts.models import User

DEFAULT_OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=7)
# Whoever rotates again and again within the overlap: each of them signs every request.
_MOST_SECRETS: Final = 5


class Unset(Enum):
    """What is not said, where None says something."""

    TOKEN = 0


UNSET: Final = Unset.TOKEN


@dataclass(frozen=True, slots=True)
class EndpointValues:
    """What an endpoint is to be; None leaves a value as it is, or as a new endpoint has it."""

    url: str | None = None
    event_types: tuple[str, ...] | None = None
    description: str | None = None
    bulk_mode: str | None = None
    # Requests a second; None for as many as it takes.
    rate_limit: int | Literal[Unset.TOKEN] | None = UNSET
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value."""

    field: str
    code: str
    message: str


class EndpointRefused(PermanentError):
    """An endpoint cannot be like that; `problems` say what is wrong, value by value."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


class EndpointGone(PermanentError):
    """There is no such endpoint, or it was deleted."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An endpoint and its new secret, which is shown this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


@transaction.atomic
def create_endpoint(*, values: EndpointValues, actor: User | None, secret: str = "") -> Issued:
    """Add an endpoint; it hears of what happens from now on. Raises EndpointRefused.

    A secret of the caller's own is `whsec_` and the base64 of 24 to 64 bytes.
    """
    if values.url is None or values.event_types is None:
        message = "An endpoint needs a URL and at least one event type."
        name = "url" if values.url is None else "event_types"
        raise EndpointRefused(Problem(name, "required", message))
    # What has happened is behind it, whether or not somebody has numbered it yet.
    while place_changesets():
        pass
    newest = ChangeSet.objects.aggregate(position=Max("position"))["position"]
    endpoint = Endpoint(created_by=actor, rate_limit=DEFAULT_RATE, begins_after=newest or 0)
    _write(endpoint, values)
    endpoint.refresh_from_db()
    issued = _give_secret(endpoint, secret)
    _note(endpoint, "endpoint made", actor)
    return issued


@transaction.atomic
def update_endpoint(*, endpoint_id: UUID, values: EndpointValues, actor: User | None) -> Endpoint:
    """Change what is given of an endpoint. Raises EndpointRefused and EndpointGone.

    Enabling one that was disabled by itself begins its time of failing anew.
    """
    endpoint = _lock(endpoint_id)
    _write(endpoint, values)
    _note(endpoint, "endpoint changed", actor)
    return endpoint


@transaction.atomic
def delete_endpoint(*, endpoint_id: UUID, actor: User | None) -> None:
    """Delete an endpoint with its log; what waits for it is not sent any more.

    It is gone at once, its log bit by bit (`housekeeping`). Raises EndpointGone.
    """
    endpoint = _lock(endpoint_id)
    endpoint.enabled, endpoint.deleted_at = False, timezone.now()
    endpoint.save(update_fields=["enabled", "deleted_at"])
    endpoint.secrets.all().delete()
    Backlog.objects.filter(endpoint=endpoint).delete()
    _note(endpoint, "endpoint deleted", actor)


@transaction.atomic
def rotate_secret(
    *,
    endpoint_id: UUID,
    actor: User | None,
    overlap: timedelta = DEFAULT_OVERLAP,
    secret: str = "",
) -> Issued:
    """Give an endpoint a new secret; older ones sign beside it until the overlap has passed.

    Without an overlap nothing but the new one signs. Raises EndpointRefused and EndpointGone.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        hours = LONGEST_OVERLAP // timedelta(hours=1)
        message = f"The old secret may go on for 0 to {hours} hours."
        raise EndpointRefused(Problem("overlap_hours", "out_of_range", message))
    endpoint = _lock(endpoint_id)
    now = timezone.now()
    # Nothing older may sign for longer than what is said now.
    longer = Q(expires_at=None) | Q(expires_at__gt=now + overlap)
    endpoint.secrets.filter(longer).update(expires_at=now + overlap)
    endpoint.secrets.filter(expires_at__lte=now).delete()
    kept = endpoint.secrets.order_by("-pk").values_list("pk", flat=True)[: _MOST_SECRETS - 1]
    endpoint.secrets.exclude(pk__in=list(kept)).delete()
    issued = _give_secret(endpoint, secret)
    _note(endpoint, "secret of an endpoint rotated", actor)
    return issued


def clean_event_types(names: Iterable[str]) -> tuple[str, ...]:
    """Return types in our spelling, each once, in the order of the catalogue.

    Raises EndpointRefused for a name that is no type, and for none at all.
    """
    wanted = set()
    for name in names:
        type_ = canonical(name)
        if type_ is None:
            known = ", ".join(EventType.values)
            message = f"There is no event type “{name[:50]}”. There are {known}."
            raise EndpointRefused(Problem("event_types", "unknown_event_type", message))
        wanted.add(type_)
    if not wanted:
        message = "Choose at least one event type."
        raise EndpointRefused(Problem("event_types", "required", message))
    return tuple(type_.value for type_ in EventType if type_ in wanted)


def _lock(endpoint_id: UUID) -> Endpoint:
    held = Endpoint.objects.live().select_for_update(no_key=True)
    endpoint = held.filter(pk=endpoint_id).first()
    if endpoint is None:
        message = "This endpoint does not exist, or it was deleted."
        raise EndpointGone(message)
    return endpoint


def _note(endpoint: Endpoint, what: str, actor: User | None) -> None:
    """Write the audit log: who may hear of the whole catalogue is nobody's private matter."""
    audit.note(
        what,
        who=actor,
        whom=endpoint.pk,
        url=endpoint.url,
        event_types=endpoint.event_types,
        enabled=endpoint.enabled,
    )


def _give_secret(endpoint: Endpoint, secret: str) -> Issued:
    if secret and not is_secret(secret):
        message = "A secret is whsec_ and the base64 of 24 to 64 bytes."
        raise EndpointRefused(Problem("secret", "invalid", message))
    made = SigningSecret.objects.create(endpoint=endpoint, secret=secret or new_secret())
    return Issued(endpoint, made.secret)


def _write(endpoint: Endpoint, values: EndpointValues) -> None:
    """Check all that is given, then save it. Raises EndpointRefused with every problem."""
    problems = tuple(_problems(values))
    if problems:
        raise EndpointRefused(*problems)
    if values.url is not None:
        endpoint.url = values.url
    if values.event_types is not None:
        endpoint.event_types = list(clean_event_types(values.event_types))
    if values.description is not None:
        endpoint.description = values.description.strip()
    if values.bulk_mode is not None:
        endpoint.bulk_mode = values.bulk_mode
    if values.rate_limit is not UNSET:
        endpoint.rate_limit = values.rate_limit
    if values.enabled is not None and values.enabled != endpoint.enabled:
        _switch(endpoint, enabled=values.enabled)
    endpoint.updated_at = timezone.now()
    endpoint.save()


def _switch(endpoint: Endpoint, *, enabled: bool) -> None:
    endpoint.enabled = enabled
    endpoint.disabled_because = "" if enabled else Disabled.BY_PERSON
    endpoint.disabled_at = None if enabled else timezone.now()
    endpoint.disabling_told_at = None
    if enabled:
        endpoint.failing_since = None
        # Whoever mends a receiver need not wait for the next retries.
        waiting = Delivery.objects.filter(endpoint=endpoint, status=DeliveryStatus.PENDING)
        waiting.filter(due_at__gt=Now(), sender_id=None).update(due_at=Now())


def _problems(values: EndpointValues) -> Iterator[Problem]:
    if values.url is not None:
        try:
            check_url(values.url, networks=settings.WEBHOOK_NETWORKS)
        except UrlRefused as error:
            yield Problem("url", error.code, str(error))
    if values.event_types is not None:
        try:
            clean_event_types(values.event_types)
        except EndpointRefused as error:
            yield from error.problems
    text = values.description
    if text is not None and (len(text.strip()) > MAX_DESCRIPTION or not is_storable(text)):
        message = f"A description has at most {MAX_DESCRIPTION} characters, none of them NUL."
        yield Problem("description", "invalid", message)
    if values.bulk_mode is not None and values.bulk_mode not in BulkMode.values:
        message = f"The mode is one of {', '.join(BulkMode.values)}."
        yield Problem("bulk_mode", "invalid_choice", message)
    rate = values.rate_limit
    if isinstance(rate, int) and not 1 <= rate <= MAX_RATE:
        message = f"The rate is 1 to {MAX_RATE:,} requests a second, or nothing for no limit."
        yield Problem("rate_limit", "out_of_range", message)
