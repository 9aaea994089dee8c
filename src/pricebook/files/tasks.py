"""What beat asks of files."""

from __future__ import annotations

from celery import shared_task

from pricebook.files.uploads import forget_uploads


@shared_task(name="pricebook.files.forget_uploads", ignore_result=True)
def forget() -> None:
    """Give up the uploads whose time is over."""
    forget_uploads()
