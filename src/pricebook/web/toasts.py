"""Toasts: what a deed tells the person, with a button that takes it back where that is possible."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, trigger_client_event


def add_done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell that something was done; `undo` is the address that takes it back by a POST."""
    # A message carries one word of its own besides its level: here it is that address.
    messages.success(request, text, extra_tags=undo)


def answer_with_toasts(request: HttpRequest, *events: str) -> HttpResponse:
    """Answer htmx with the toasts alone, and fire `events` on the page."""
    response = render(request, "web/partials/toasts.html", {"is_part": True})
    for event in events:
        trigger_client_event(response, event)
    return reswap(response, "none")
