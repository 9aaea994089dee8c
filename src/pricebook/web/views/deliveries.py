"""What was sent to an endpoint: the log, one delivery, and sending again (C2, C3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from pricebook.accounts.models import Scope
from pricebook.web.access import needs
from pricebook.web.endpoint_lines import AttemptCard, attempt_cards, delivery_lines
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.latency import stages_of
from pricebook.web.lines import LinePaginator, Lines, OpenPaginator
from pricebook.web.missing import gone_is_not_found
from pricebook.web.modal import close_modal
from pricebook.web.toasts import answer_with_toasts
from pricebook.web.webhook_forms import (
    DeliveryFilterForm,
    RecoveryForm,
    SampleForm,
    time_to_recover,
)
from pricebook.webhooks.deliveries import deliveries_of
from pricebook.webhooks.models import Delivery, DeliveryStatus, Endpoint
from pricebook.webhooks.resend import DeliveryGone, RangeRefused, ResendRefused, recover, resend
from pricebook.webhooks.trial import send_test

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

PAGE_SIZE = 25
CHANGED = "deliveries-changed"


def log_of(request: PageRequest, endpoint: Endpoint) -> dict[str, object]:
    """Return what the log of an endpoint shows, by the filters of the URL."""
    form = DeliveryFilterForm(request.GET)
    found = deliveries_of(endpoint.pk, form.chosen()).defer("body")
    filters = bool(form.values())
    pages = OpenPaginator if filters else LinePaginator
    page = pages(Lines(found, delivery_lines), PAGE_SIZE).get_page(request.GET.get("page"))
    is_live = any(line.delivery.status == DeliveryStatus.PENDING for line in page)
    return {
        "endpoint": endpoint, "form": form, "page": page, "is_live": is_live, "filters": filters,
    }  # fmt: skip


@parts_and_pages
def delivery(request: PageRequest, endpoint_id: UUID, delivery_id: int) -> HttpResponse:
    """Show one delivery: what is told, and every attempt to tell it."""
    found = _delivery(endpoint_id, delivery_id)
    context = {"delivery": found, "endpoint": found.endpoint, "cards": attempt_cards(found)}
    template = "web/partials/webhook_delivery.html" if request.htmx else "web/delivery.html"
    return render(request, template, context)


@require_POST
@needs(Scope.WRITE)
def resend_one(request: PageRequest, endpoint_id: UUID, delivery_id: int) -> HttpResponse:
    """Queue a delivery again, with the id that it has."""
    found = _delivery(endpoint_id, delivery_id)
    try:
        resend(delivery_id=found.pk)
    except (DeliveryGone, ResendRefused) as error:
        messages.error(request, str(error))
    else:
        messages.info(request, "Queued again: it is sent now, with the same id.")
    return answer_with_toasts(request, CHANGED)


@require_POST
@needs(Scope.WRITE)
@gone_is_not_found()
def send_sample(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Send a signed sample now, and show in the modal what came back (C3)."""
    endpoint = get_object_or_404(Endpoint.objects.live(), pk=endpoint_id)
    asked = SampleForm(request.POST)
    chosen = asked.cleaned_data["event_type"] if asked.is_valid() else ""
    attempt = send_test(endpoint_id=endpoint.pk, event_type=chosen)
    form = SampleForm(initial={"event_type": attempt.delivery.event_type})
    card = AttemptCard(attempt, 1, stages_of(attempt))
    context = {"endpoint": endpoint, "form": form, "card": card}
    response = render(request, "web/partials/webhook_test.html", context)
    for event in ("webhooks-changed", CHANGED):
        trigger_client_event(response, event)
    return response


@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
@gone_is_not_found()
def recover_some(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask in the modal for a time; queue all of it that did not arrive."""
    endpoint = get_object_or_404(Endpoint.objects.live(), pk=endpoint_id)
    form = RecoveryForm(request.POST or None, initial=time_to_recover(endpoint))
    if form.is_valid():
        try:
            recovered = recover(endpoint_id=endpoint.pk, **form.cleaned_data)
        except ResendRefused as error:
            form.add_error("until" if isinstance(error, RangeRefused) else None, str(error))
        else:
            messages.info(request, _recovered(recovered.queued))
            return close_modal(request, CHANGED, "webhooks-changed")
    context = {"form": form, "endpoint": endpoint}
    return render(request, "web/partials/webhook_recovery.html", context)


def _recovered(queued: int) -> str:
    if not queued:
        return "Nothing of that time is left to send."
    return f"{queued:,} {'delivery is' if queued == 1 else 'deliveries are'} queued again."


def _delivery(endpoint_id: UUID, delivery_id: int) -> Delivery:
    found = Delivery.objects.select_related("endpoint").filter(
        endpoint_id=endpoint_id, endpoint__deleted_at=None
    )
    return get_object_or_404(found, pk=delivery_id)
