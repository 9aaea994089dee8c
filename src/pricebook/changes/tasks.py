from __future__ import annotations

from celery import shared_task

from pricebook.changes.position import place_changesets


@shared_task(name="pricebook.changes.place", ignore_result=True)
def place() -> None:
    """Give committed change sets their positions."""
    place_changesets()
