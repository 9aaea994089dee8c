"""Signing in (G4)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


@method_decorator(login_not_required, name="dispatch")
class SignIn(views.LoginView):
    """Django's own sign-in with the product's page."""

    template_name = "web/sign_in.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send the whole page here when a part of it was asked for after the session ended."""
        htmx = HtmxDetails(request)
        if htmx and request.method == "GET":
            here = htmx.current_url_abs_path or resolve_url("home")
            return HttpResponseClientRedirect(
                f"{resolve_url('sign-in')}?{urlencode({'next': here})}"
            )
        return super().dispatch(request, *args, **kwargs)
