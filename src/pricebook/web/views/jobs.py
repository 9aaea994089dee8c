"""Background work on the pages: its cards, its page, cancel, retry and undo."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import (
    HttpResponseClientRedirect,
    HttpResponseClientRefresh,
    trigger_client_event,
)

from pricebook.accounts.models import Scope
from pricebook.accounts.roles import may
from pricebook.catalogue.bulk import retry_products_job, start_undo, would_empty_book
from pricebook.catalogue.models import BulkEdit
from pricebook.catalogue.undo import NotUndoableError
from pricebook.jobs import progress
from pricebook.jobs.models import Job
from pricebook.jobs.queue import NotAllowedNow, cancel_job
from pricebook.web.access import DELETE_ALL, needs
from pricebook.web.cards import card, running
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.toasts import answer_with_toasts

if TYPE_CHECKING:
    from uuid import UUID


@parts_and_pages
def job_page(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Show one job: its progress, its counts, and what an undo left alone; imports have their own.

    Who asks for the page of an import is sent there.
    """
    shown = card(_get_job(job_id))
    if shown.subject.is_import:
        return redirect(shown.subject.address)
    context = {"card": shown, "edit": BulkEdit.objects.filter(pk=job_id).first()}
    template = "web/partials/job_detail.html" if request.htmx else "web/job.html"
    return render(request, template, context)


def job_card(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Show the card of one job, as it stands in the tray; at its end the list is loaded again."""
    shown = card(_get_job(job_id))
    response = render(request, "web/partials/tray_card.html", {"card": shown})
    return response if shown.is_live else trigger_client_event(response, "products-changed")


def job_progress(_request: PageRequest, job_id: UUID) -> JsonResponse:
    """Tell the figures of one job, for the script that keeps its card up to date."""
    return JsonResponse(asdict(progress.read(_get_job(job_id))))


def tray(request: PageRequest, besides: UUID | None = None) -> HttpResponse:
    """Show the cards of what is running, besides the job that the page is about."""
    return render(request, "web/partials/tray.html", {"running": running(besides)})


@require_POST
@needs(Scope.WRITE)
def cancel(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Cancel a job; its card tells when it has stopped (A13)."""
    try:
        job = cancel_job(_get_job(job_id).pk)
    except NotAllowedNow as error:
        messages.error(request, str(error))
    else:
        done = "Cancelled." if job.is_finished else "Cancelling: it stops at its next step."
        messages.info(request, f"{done} What is in the book already stays there.")
    return answer_with_toasts(request)


@require_POST
@needs(Scope.WRITE)
def retry(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Queue a failed or cancelled job again; it goes on where it stood (A13)."""
    job = _get_job(job_id)
    _refuse_to_empty(request, job, by_undoing=False)
    try:
        retry_products_job(job_id=job.pk)
    except NotAllowedNow as error:
        messages.error(request, str(error))
        return answer_with_toasts(request)
    return HttpResponseClientRefresh()


@require_POST
@needs(Scope.WRITE)
def undo(request: PageRequest, job_id: UUID) -> HttpResponse:
    """Queue the undoing of a job, and go to the page where it can be watched (A14, B3)."""
    job = _get_job(job_id)
    _refuse_to_empty(request, job, by_undoing=True)
    try:
        started = start_undo(job_id=job.pk, actor=request.user)
    except NotUndoableError as error:
        messages.error(request, str(error))
        return answer_with_toasts(request)
    return HttpResponseClientRedirect(reverse("job", args=[started.pk]))


def _refuse_to_empty(request: PageRequest, job: Job, *, by_undoing: bool) -> None:
    if would_empty_book(job.pk, by_undoing=by_undoing) and not may(request.user, DELETE_ALL):
        raise PermissionDenied


def _get_job(job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.select_related("actor"), pk=job_id)
