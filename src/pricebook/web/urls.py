"""The addresses of the pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from pricebook.web.views import home, imports, products
from pricebook.web.views.sign_in import SignIn

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    # Open, so that signing out of an ended session leads to sign-in and not back here.
    path("sign-out/", login_not_required(LogoutView.as_view()), name="sign-out"),
    path("imports/", imports.imports, name="imports"),
    path("imports/tray/", imports.tray, name="tray"),
    path("imports/<uuid:besides>/tray/", imports.tray, name="tray-besides"),
    path("imports/<uuid:import_id>/", imports.import_page, name="import"),
    path("imports/<uuid:import_id>/card/", imports.import_card, name="import-card"),
    path("imports/<uuid:import_id>/cancel/", imports.cancel_import, name="import-cancel"),
    path("imports/<uuid:import_id>/retry/", imports.retry_import, name="import-retry"),
    path("products/", products.products, name="products"),
    path("sample_products.csv", products.sample_products, name="sample-products"),
]
