"""Addresses that answer people with a page, and htmx with the part of it that changes."""

from __future__ import annotations

from django.http import HttpRequest
from django.views.decorators.vary import vary_on_headers
from django_htmx.middleware import HtmxDetails

from pricebook.accounts.models import User


class PageRequest(HttpRequest):
    """A request to a page, or by htmx to a part of it."""

    htmx: HtmxDetails
    # The middleware lets nobody else in.
    user: User


# Without it the browser may show a part, kept from an earlier request, in place of the page.
parts_and_pages = vary_on_headers("HX-Request")
