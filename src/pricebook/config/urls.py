"""Every address of the product."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from pricebook.web.views.health import health

urlpatterns = [
    path("healthz", health, name="health"),
    path("admin/", admin.site.urls),
    path("", include("pricebook.api.compat_routes")),
    path("api/", include("pricebook.api.urls")),
    path("", include("pricebook.web.urls")),
]

handler400 = "pricebook.config.errors.bad_request"
handler403 = "pricebook.config.errors.forbidden"
handler404 = "pricebook.config.errors.not_found"
handler500 = "pricebook.config.errors.server_error"
