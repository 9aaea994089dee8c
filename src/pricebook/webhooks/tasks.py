"""What beat has done for webhooks; they are sent by a process of their own (`sender`)."""

from __future__ import annotations

from celery import shared_task

from pricebook.webhooks import housekeeping, notices


@shared_task(name="pricebook.webhooks.purge", ignore_result=True)
def purge() -> None:
    """Forget what is older than the log is kept, and what deleted endpoints leave behind."""
    housekeeping.purge_log()
    housekeeping.delete_remains()


@shared_task(name="pricebook.webhooks.tell_of_disabled", ignore_result=True)
def tell_of_disabled() -> None:
    """Tell people which endpoints were disabled by themselves."""
    notices.tell_of_disabled()
