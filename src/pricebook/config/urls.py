from django.urls import include, path

from pricebook.web.views.health import health

urlpatterns = [
    path("healthz", health, name="health"),
    path("api/", include("pricebook.api.urls")),
    path("", include("pricebook.web.urls")),
]
