"""Webhooks: the endpoints with how they do, and everything that is done to one (C1 to C3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from pricebook.accounts.models import Scope
from pricebook.web.access import needs
from pricebook.web.endpoint_lines import endpoint_lines, old_secret_ends_at, stopped_endpoints
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.lines import LinePaginator, Lines
from pricebook.web.missing import gone_is_not_found
from pricebook.web.modal import close_modal
from pricebook.web.views.deliveries import log_of
from pricebook.web.webhook_forms import (
    EndpointForm,
    RecoveryForm,
    SecretForm,
    time_to_recover,
    values_of,
)
from pricebook.webhooks.endpoints import (
    EndpointRefused,
    EndpointValues,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
    update_endpoint,
)
from pricebook.webhooks.models import Endpoint

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from pricebook.webhooks.endpoints import Issued

PAGE_SIZE = 25
CHANGED = "webhooks-changed"


@parts_and_pages
def webhooks(request: PageRequest) -> HttpResponse:
    """List the endpoints, and name those that were disabled by themselves."""
    pages = LinePaginator(Lines(Endpoint.objects.live().by_age(), endpoint_lines), PAGE_SIZE)
    context = {"page": pages.get_page(request.GET.get("page")), "stopped": stopped_endpoints()}
    template = "web/partials/webhook_table.html" if request.htmx else "web/webhooks.html"
    return render(request, template, context)


@parts_and_pages
def webhook(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Show one endpoint: its facts, how it does, and the log of what was sent to it."""
    endpoint = _endpoint(endpoint_id)
    if request.htmx:
        return render(request, "web/partials/webhook_log.html", log_of(request, endpoint))
    context = _facts_of(endpoint) | log_of(request, endpoint)
    return render(request, "web/webhook.html", context)


def facts(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Show the facts of an endpoint again, for its page."""
    return render(request, "web/partials/webhook_facts.html", _facts_of(_endpoint(endpoint_id)))


@never_cache
@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
def new_webhook(request: PageRequest) -> HttpResponse:
    """Add an endpoint, in the modal; show its secret this once."""
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        try:
            issued = create_endpoint(values=form.values(), actor=request.user)
        except EndpointRefused as error:
            form.take_problems(error)
        else:
            return _show_secret(request, issued, is_new=True)
    return render(request, "web/partials/webhook_form.html", {"form": form})


@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
@gone_is_not_found()
def edit_webhook(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Change an endpoint, in the modal."""
    endpoint = _endpoint(endpoint_id)
    form = EndpointForm(request.POST or None, initial=values_of(endpoint))
    if form.is_valid():
        try:
            update_endpoint(endpoint_id=endpoint.pk, values=form.values(), actor=request.user)
        except EndpointRefused as error:
            form.take_problems(error)
        else:
            messages.info(request, "Saved.")
            return close_modal(request, CHANGED)
    return render(request, "web/partials/webhook_form.html", {"form": form, "endpoint": endpoint})


@require_POST
@needs(Scope.WRITE)
@gone_is_not_found()
def enable(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Let an endpoint have events again, and offer in the modal to send what it missed."""
    endpoint = _endpoint(endpoint_id)
    # Enabled, it does not know any more since when.
    form = RecoveryForm(initial=time_to_recover(endpoint))
    update_endpoint(
        endpoint_id=endpoint_id, values=EndpointValues(enabled=True), actor=request.user
    )
    context = {"form": form, "endpoint": endpoint, "is_enabled": True}
    response = render(request, "web/partials/webhook_recovery.html", context)
    return trigger_client_event(response, CHANGED)


@require_POST
@needs(Scope.WRITE)
@gone_is_not_found()
def disable(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Send an endpoint nothing until somebody enables it."""
    endpoint = update_endpoint(
        endpoint_id=endpoint_id, values=EndpointValues(enabled=False), actor=request.user
    )
    messages.info(request, f"{endpoint} is disabled: nothing is sent to it.")
    return close_modal(request, CHANGED)


@require_POST
@needs(Scope.WRITE)
@gone_is_not_found()
def delete(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Delete an endpoint and its log; from its own page, lead to the list."""
    endpoint = _endpoint(endpoint_id)
    delete_endpoint(endpoint_id=endpoint.pk, actor=request.user)
    messages.info(request, f"{endpoint} is deleted.")
    if (request.htmx.current_url_abs_path or "").startswith(reverse("webhook", args=[endpoint_id])):
        return HttpResponseClientRedirect(reverse("webhooks"))
    return close_modal(request, CHANGED)


@never_cache
@needs(Scope.WRITE)
@require_http_methods(["GET", "POST"])
@gone_is_not_found()
def rotate(request: PageRequest, endpoint_id: UUID) -> HttpResponse:
    """Ask in the modal how long the old secret signs on; show the new one this once."""
    endpoint = _endpoint(endpoint_id)
    form = SecretForm(request.POST or None)
    if form.is_valid():
        issued = rotate_secret(endpoint_id=endpoint.pk, actor=request.user, overlap=form.overlap())
        return _show_secret(request, issued)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "web/partials/webhook_rotation.html", context)


def _endpoint(endpoint_id: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.live().by_age(), pk=endpoint_id)


def _facts_of(endpoint: Endpoint) -> dict[str, object]:
    (line,) = endpoint_lines([endpoint])
    return {"endpoint": endpoint, "line": line, "old_secret_ends_at": old_secret_ends_at(endpoint)}


def _show_secret(request: PageRequest, issued: Issued, *, is_new: bool = False) -> HttpResponse:
    context = {"issued": issued, "is_new": is_new}
    response = render(request, "web/partials/webhook_secret.html", context)
    return trigger_client_event(response, CHANGED)
