"""Bulk edits and undos as jobs, done or broken here and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pricebook.catalogue import bulk_job
from pricebook.catalogue.bulk import start_bulk_edit, start_undo
from pricebook.catalogue.filters import ProductFilter
from pricebook.catalogue.models import BulkAction, BulkEdit, Product
from pricebook.catalogue.set_edit import Edited, edit_set
from pricebook.jobs.models import Job
from pricebook.jobs.queue import cancel_job
from pricebook.jobs.runner import run_job
from tests.factories import a_product

if TYPE_CHECKING:
    from uuid import UUID

    from pytest import MonkeyPatch  # noqa: PT013

CHUNK = 2
EVERYTHING = ProductFilter()


def five_products() -> list[Product]:
    return [a_product(f"S{n}", name="even" if n % 2 == 0 else "odd") for n in range(1, 6)]


def living() -> set[str]:
    return set(Product.objects.live().values_list("sku", flat=True))


def active() -> set[str]:
    return set(Product.objects.live().filter(active=True).values_list("sku", flat=True))


def done(edit: BulkEdit) -> Job:
    """Work on the job here and now."""
    assert run_job(edit.pk)
    return Job.objects.get(pk=edit.pk)


def start(action: BulkAction, chosen: ProductFilter = EVERYTHING) -> BulkEdit:
    return start_bulk_edit(action=action, chosen=chosen, actor=None)


def undo(job: Job) -> BulkEdit:
    return start_undo(job_id=job.pk, actor=None)


def break_at(
    monkeypatch: MonkeyPatch, step: int, error: Exception, *, function: str = "edit_set"
) -> None:
    """Let the nth chunk end in an error after it was written and before it is committed."""
    write = getattr(bulk_job, function)
    steps = 0

    def write_then_break(*args: object, **named: object) -> object:
        nonlocal steps
        outcome = write(*args, **named)
        steps += 1
        if steps == step:
            raise error
        return outcome

    monkeypatch.setattr(bulk_job, function, write_then_break)


def cancel_after(monkeypatch: MonkeyPatch, job_id: UUID) -> None:
    """Cancel the job as soon as its first chunk is committed."""

    def edit_then_cancel(*args: object) -> Edited:
        transaction.on_commit(lambda: cancel_job(job_id))
        return edit_set(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(bulk_job, "edit_set", edit_then_cancel)
