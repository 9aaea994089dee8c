"""What the API has done in the background."""

from __future__ import annotations

from celery import shared_task

from pricebook.api.idempotency import purge_answers


@shared_task(name="pricebook.api.purge_answers", ignore_result=True)
def purge() -> None:
    """Forget the answers that nobody can ask for any more."""
    purge_answers()
