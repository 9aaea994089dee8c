"""Settings → API keys: every person's own, and everybody's for an administrator (G4)."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from pricebook.accounts.keys import (
    IssuedKey,
    KeyCannotRotate,
    issue_api_key,
    revoke_api_key,
    rotate_api_key,
)
from pricebook.accounts.models import ApiKey, ApiKeyQuerySet
from pricebook.web.account_forms import KeyFilter, KeyForm, RotationForm
from pricebook.web.htmx import PageRequest, parts_and_pages
from pricebook.web.modal import close_modal

PAGE_SIZE = 25
CHANGED = "keys-changed"


@parts_and_pages
def keys(request: PageRequest) -> HttpResponse:
    """List the keys that the person may see."""
    form = KeyFilter(request.GET)
    state = form.values().get("state", "")
    page = Paginator(_in_state(_visible(request), state), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    template = "web/partials/key_table.html" if request.htmx else "web/keys.html"
    return render(request, template, {"form": form, "page": page, "state": state})


@never_cache
@require_http_methods(["GET", "POST"])
def new_key(request: PageRequest) -> HttpResponse:
    """Ask in the modal what the key is to be; make it, and show its token this once."""
    person = request.user
    form = KeyForm(request.POST or None, person=person)
    if not form.is_valid():
        return render(request, "web/partials/key_form.html", {"form": form})
    return _show_token(request, issue_api_key(owner=person, actor=person, **form.chosen()))


@never_cache
@require_http_methods(["GET", "POST"])
def rotate_key(request: PageRequest, key_id: int) -> HttpResponse:
    """Ask in the modal how long the old token works on; show the new one this once."""
    api_key = get_object_or_404(_visible(request), pk=key_id)
    form = RotationForm(request.POST or None)
    if form.is_valid():
        try:
            issued = rotate_api_key(actor=request.user, api_key=api_key, overlap=form.overlap())
        except KeyCannotRotate as error:
            form.add_error(None, str(error))
        else:
            return _show_token(request, issued)
    return render(request, "web/partials/key_rotation.html", {"form": form, "key": api_key})


@require_POST
def revoke_key(request: PageRequest, key_id: int) -> HttpResponse:
    """End a key at once."""
    api_key = get_object_or_404(_visible(request), pk=key_id)
    revoke_api_key(actor=request.user, api_key=api_key)
    messages.info(request, f"The key {api_key} is revoked: it works nowhere any more.")
    return close_modal(request, CHANGED)


def _visible(request: PageRequest) -> ApiKeyQuerySet:
    return ApiKey.objects.visible_to(request.user)


def _in_state(found: ApiKeyQuerySet, state: str) -> ApiKeyQuerySet:
    now = timezone.now()
    if state == "live":
        return found.live(now)
    return found.ended(now) if state == "ended" else found


def _show_token(request: PageRequest, issued: IssuedKey) -> HttpResponse:
    response = render(request, "web/partials/key_token.html", {"issued": issued})
    return trigger_client_event(response, CHANGED)
