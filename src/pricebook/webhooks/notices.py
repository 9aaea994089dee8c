"""Telling people that an endpoint was disabled by itself (C2): by mail, beside the page."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from pricebook.accounts.models import User
from pricebook.webhooks.models import Disabled, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

log = logging.getLogger(__name__)


def tell_of_disabled() -> int:
    """Mail about each endpoint that was disabled by itself, once; return how many there were.

    Whoever cannot be reached now is written to at the next look.
    """
    untold = Endpoint.objects.live().filter(enabled=False, disabling_told_at=None)
    by_itself = untold.exclude(disabled_because=Disabled.BY_PERSON)
    told, errors = 0, []
    for endpoint in by_itself.select_related("created_by"):
        try:
            told += _tell(endpoint)
        except (SMTPException, OSError) as error:
            errors.append(error)
    if errors:
        log.warning("Mails about %d disabled endpoints wait: %s", len(errors), errors[0])
    return told


def _tell(endpoint: Endpoint) -> bool:
    """Tell of one endpoint, unless somebody else does at this moment; say whether it was done."""
    now = timezone.now()
    untold = Endpoint.objects.filter(pk=endpoint.pk, enabled=False, disabling_told_at=None)
    if not untold.update(disabling_told_at=now):
        return False
    try:
        _mail(endpoint, sorted(_readers(endpoint)))
    except Exception:
        mine = Endpoint.objects.filter(pk=endpoint.pk, disabling_told_at=now)
        mine.update(disabling_told_at=None)
        raise
    because = endpoint.get_disabled_because_display()
    log.warning("Endpoint %s was disabled: %s", endpoint.pk, because)
    return True


def _readers(endpoint: Endpoint) -> set[str]:
    """Return the addresses of whoever made the endpoint and of the administrators."""
    people: Iterable[User] = User.objects.active_admins()
    if endpoint.created_by is not None and endpoint.created_by.is_active:
        people = [*people, endpoint.created_by]
    return {person.email for person in people if person.email}


def _mail(endpoint: Endpoint, readers: list[str]) -> None:
    if not readers:
        return
    because = {
        Disabled.GONE: "It answered 410 Gone, which says that it wants no more.",
        Disabled.FAILING: "Every attempt of the last days has failed.",
    }[Disabled(endpoint.disabled_because)]
    text = (
        f"Pricebook sends nothing more to {endpoint.url}.\n\n{because}\n"
        f"The last attempt: {endpoint.last_error or 'no details'}\n\n"
        "What happens meanwhile is kept. Once the receiver works again, enable the endpoint and "
        f"recover the time since {endpoint.failing_since or endpoint.disabled_at:%Y-%m-%d %H:%M} "
        f"UTC:\n{settings.PUBLIC_URL}/webhooks/{endpoint.pk}/\n"
    )
    send_mail("Pricebook disabled a webhook endpoint", text, None, readers)
