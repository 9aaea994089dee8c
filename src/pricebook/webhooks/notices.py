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
    untold = Endpoint.objects.filter(enabled=False, disabling_told_at=None)
    told = 0
    for endpoint in untold.exclude(disabled_because=Disabled.BY_PERSON).select_related(
        "created_by"
    ):
        log.warning(
            "Endpoint %s was disabled: %s", endpoint.pk, endpoint.get_disabled_because_display()
        )
        try:
            _mail(endpoint, sorted(_readers(endpoint)))
        except (SMTPException, OSError) as error:
            log.warning("The mail about endpoint %s waits: %s", endpoint.pk, error)
            continue
        Endpoint.objects.filter(pk=endpoint.pk).update(disabling_told_at=timezone.now())
        told += 1
    return told


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
